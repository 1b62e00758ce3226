"""Each invariant fires on a short history that breaks it, and on no shorter one."""

from collections.abc import Sequence

import pytest

from dynamic_agi import INVARIANTS, AgentSpec, Settings, fold
from dynamic_agi.events import (
    AT_REST,
    Delivered,
    EffectWritten,
    Event,
    Finished,
    Happening,
    Lost,
    OrchestratorStarted,
    ProcessStarted,
    Sent,
)
from dynamic_agi.facts import (
    AgentRetired,
    AgentStarted,
    EffectApplied,
    Fact,
    LeaseGranted,
    LeaseLost,
    RestartScheduled,
    ResultTaken,
    TaskAccepted,
    TaskEnded,
)
from dynamic_agi.invariants import View, broken
from dynamic_agi.ledger import Ledger
from dynamic_agi.messages import Accepted, Answer, Assign, Busy, Taken
from dynamic_agi.model import Loss, Outcome

ROSTER = (AgentSpec("ada", ("trade", "approve")), AgentSpec("bob", ("trade", "approve")))
SETTINGS = Settings(queue_limit=1, max_attempts=2, max_restarts=1, guarded=("order",), approval="approve")
History = Sequence[tuple[int, Fact | Happening]]

START: History = [(0, OrchestratorStarted(0)), (0, TaskAccepted(0, "t", "trade", "", ""))]
GRANTED: History = [*START, (1, LeaseGranted(1, "t", "ada", 1))]
TAKEN: History = [*GRANTED, (2, ResultTaken(2, "t", 1, "ok", ("note",)))]
NOTED: History = [*TAKEN, (2, EffectWritten("t#note", "ok"))]
ENDED: History = [*NOTED, (2, TaskEnded(2, "t", Outcome.DONE, ""))]
ORDERED: History = [
    *GRANTED,
    (2, ResultTaken(2, "t", 1, "ok", ("order",))),
    (2, TaskAccepted(2, "t#order", "approve", "t", "ada")),
]
RESTARTING: History = [(0, OrchestratorStarted(0)), (5, RestartScheduled(5, "ada", 2, 20))]
LETTER = Busy("t")


def decided(by: str, value: str) -> History:
    """Return a history in which ``by`` says ``value`` to the order."""
    return [
        *ORDERED,
        (3, LeaseGranted(3, "t#order", by, 2)),
        (4, ResultTaken(4, "t#order", 2, value, ())),
        (4, TaskEnded(4, "t#order", Outcome.DONE, "")),
    ]


BREAKS: Sequence[tuple[str, History, tuple[int, Fact | Happening]]] = [
    ("causality", [], (5, Delivered(1, "a", "client", LETTER))),
    ("causality", [(0, Sent(1, "a", "client", LETTER))], (0, Delivered(1, "a", "client", LETTER))),
    ("causality", [(0, Sent(1, "a", "client", LETTER)), (0, Lost(1))], (5, Delivered(1, "a", "client", LETTER))),
    ("causality", [(0, Sent(1, "a", "client", LETTER))], (5, Delivered(1, "a", "client", Busy("other")))),
    (
        "causality",
        [(0, Sent(1, "a", "client", LETTER)), (5, Delivered(1, "a", "client", LETTER))],
        (6, Delivered(1, "a", "client", LETTER)),
    ),
    ("said-is-stored", [], (0, Sent(1, "orchestrator", "client", Accepted("t")))),
    ("said-is-stored", GRANTED, (1, Sent(1, "orchestrator", "bob", Assign("t", "trade", 1)))),
    ("said-is-stored", GRANTED, (1, Sent(1, "orchestrator", "ada", Taken("t", 1)))),
    ("said-is-stored", GRANTED, (1, Sent(1, "orchestrator", "ada", Answer("t", 1, 0, Outcome.DONE, "")))),
    ("queue-bound", START, (0, TaskAccepted(0, "u", "trade", "", ""))),
    ("tasks-kept", ENDED, (2, TaskAccepted(2, "t", "trade", "", ""))),
    ("tasks-kept", ENDED, (3, TaskEnded(3, "t", Outcome.FAILED, ""))),
    ("tasks-kept", [], (3, TaskEnded(3, "t", Outcome.FAILED, ""))),
    (
        "attempts-bound",
        [
            *GRANTED,
            (2, LeaseLost(2, "t", 1, Loss.FAILED, 10)),
            (12, LeaseGranted(12, "t", "ada", 2)),
            (13, LeaseLost(13, "t", 2, Loss.FAILED, 20)),
        ],
        (33, LeaseGranted(33, "t", "ada", 3)),
    ),
    ("one-holder", [], (0, LeaseGranted(0, "t", "ada", 1))),
    ("one-holder", GRANTED, (1, LeaseGranted(1, "t", "bob", 2))),
    ("one-holder", TAKEN, (2, LeaseGranted(2, "t", "bob", 2))),
    ("one-holder", [*GRANTED, (1, TaskAccepted(1, "u", "trade", "t", ""))], (1, LeaseGranted(1, "u", "ada", 2))),
    ("one-holder", [*GRANTED, (2, TaskAccepted(2, "u", "trade", "t", ""))], (2, LeaseGranted(2, "u", "bob", 1))),
    ("one-holder", TAKEN, (3, LeaseLost(3, "t", 1, Loss.EXITED, 10))),
    ("results-fenced", START, (3, ResultTaken(3, "t", 1, "ok", ()))),
    ("results-fenced", GRANTED, (3, ResultTaken(3, "t", 2, "ok", ()))),
    ("lease-time", GRANTED, (200, LeaseLost(200, "t", 1, Loss.EXPIRED, 10))),
    ("lease-time", GRANTED, (202, Sent(1, "client", "orchestrator", LETTER))),
    ("backoff-bounds", GRANTED, (2, LeaseLost(2, "t", 1, Loss.FAILED, 9))),
    ("backoff-bounds", GRANTED, (2, LeaseLost(2, "t", 1, Loss.FAILED, 21))),
    ("backoff-bounds", [(0, OrchestratorStarted(0))], (5, RestartScheduled(5, "ada", 2, 31))),
    ("restart-once", RESTARTING, (6, RestartScheduled(6, "ada", 2, 30))),
    ("restart-once", [(0, OrchestratorStarted(0))], (5, RestartScheduled(5, "ada", 3, 20))),
    ("restart-once", [(0, OrchestratorStarted(0))], (5, AgentStarted(5, "ada", 2))),
    ("restart-once", RESTARTING, (24, AgentStarted(24, "ada", 2))),
    ("restart-once", RESTARTING, (24, ProcessStarted("ada", 2))),
    ("restart-once", [(0, ProcessStarted("ada", 1))], (24, ProcessStarted("ada", 1))),
    ("restart-limit", [(0, OrchestratorStarted(0))], (5, AgentRetired(5, "ada", ""))),
    ("restart-limit", [*RESTARTING, (25, AgentStarted(25, "ada", 2))], (26, RestartScheduled(26, "ada", 3, 30))),
    (
        "restart-limit",
        [*RESTARTING, (25, AgentStarted(25, "ada", 2)), (26, AgentRetired(26, "ada", ""))],
        (3000, RestartScheduled(3000, "ada", 3, 15)),
    ),
    ("effects-assigned", GRANTED, (2, EffectWritten("t#note", ""))),
    ("effects-assigned", TAKEN, (2, EffectWritten("t#other", ""))),
    ("approval-first", ORDERED, (3, EffectWritten("t#order", ""))),
    ("approval-first", decided("bob", "refused"), (5, EffectWritten("t#order", ""))),
    ("approval-first", decided("ada", "approved"), (5, EffectWritten("t#order", ""))),
    ("effects-once", NOTED, (2, EffectWritten("t#note", "ok"))),
    ("effects-stored", TAKEN, (2, EffectApplied(2, "t", "note"))),
    ("effects-stored", TAKEN, (2, TaskEnded(2, "t", Outcome.DONE, ""))),
    ("effects-stored", GRANTED, (2, TaskEnded(2, "t", Outcome.DONE, ""))),
    ("tasks-end", GRANTED, (2, Finished(AT_REST))),
    ("tasks-end", ENDED, (2, Finished("still busy at the horizon"))),
]


def judge(history: History) -> list[str]:
    """Return the name of the invariant that each event of ``history`` breaks, or ""; the orchestrator is right."""
    view = View(Ledger(SETTINGS, ROSTER, least_latency_ms=5), fold(ROSTER, ()))
    found = [broken(view, Event(n, at, what)) for n, (at, what) in enumerate(history, 1)]
    return [invariant.name if (invariant := row and row[0]) else "" for row in found]


@pytest.mark.parametrize(("name", "before", "last"), BREAKS, ids=[f"{b[0]}-{i}" for i, b in enumerate(BREAKS)])
def test_it_fires_at_the_event_that_breaks_it(name: str, before: History, last: tuple[int, Fact | Happening]) -> None:
    assert judge([*before, last]) == [*[""] * len(before), name]


@pytest.mark.parametrize(
    "history",
    [
        [*ENDED, (2, Finished(AT_REST))],
        [*decided("bob", "approved"), (5, EffectWritten("t#order", ""))],
        [*GRANTED, (201, LeaseLost(201, "t", 1, Loss.EXPIRED, 10))],
        [*RESTARTING, (25, AgentStarted(25, "ada", 2)), (25, ProcessStarted("ada", 2))],
        [*RESTARTING, (25, AgentStarted(25, "ada", 2)), (2006, RestartScheduled(2006, "ada", 3, 15))],
        [(0, Sent(1, "a", "client", LETTER)), (5, Delivered(1, "a", "client", LETTER))],
    ],
)
def test_histories_that_keep_the_rules_break_none(history: History) -> None:
    assert set(judge(history)) == {""}


def test_memory_that_is_not_the_fold_of_the_journal_is_named() -> None:
    view = View(Ledger(SETTINGS, ROSTER, 5), fold(ROSTER, ()))
    memory = fold(ROSTER, [TaskAccepted(0, "t", "trade", "", "")])
    view.product = lambda: memory
    found = broken(view, Event(1, 0, OrchestratorStarted(0)))
    assert found is not None
    assert found[0].name == "state-is-fold"
    assert found[1].startswith("task t is Task(id='t'")


def test_a_forgotten_task_is_named_and_whether_its_submitter_was_told() -> None:
    view = View(Ledger(SETTINGS, ROSTER, 5), fold(ROSTER, ()))
    for n, (at, what) in enumerate([*START, (0, Sent(1, "orchestrator", "client", Accepted("t")))], 1):
        assert broken(view, Event(n, at, what)) is None
    view.product = lambda: fold(ROSTER, ())
    found = broken(view, Event(4, 1, Lost(1)))
    assert found is not None
    assert (found[0].name, found[1]) == (
        "tasks-kept",
        "t was accepted and its submitter told so, and is forgotten",
    )


def test_every_invariant_was_made_to_fire() -> None:
    assert {invariant.name for invariant in INVARIANTS} == {name for name, _, _ in BREAKS} | {"state-is-fold"}


def test_an_invariant_has_nothing_to_say_of_events_that_it_is_not_about() -> None:
    """Else leaving it out there would hide something: each is asked about the last event of every broken history."""
    for _, before, (at, what) in BREAKS:
        view = View(Ledger(SETTINGS, ROSTER, least_latency_ms=5), fold(ROSTER, ()))
        for n, (earlier, fact) in enumerate(before, 1):
            broken(view, Event(n, earlier, fact))
        event = Event(len(before) + 1, at, what)
        for invariant in INVARIANTS:
            if invariant.about and type(what) not in invariant.about:
                assert invariant.check(view, event) == ""
