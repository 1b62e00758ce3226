"""The orchestrator in a world without a simulator: time passes by hand, and every word is seen."""

import pytest

from dynamic_agi import AgentSpec, JournalError, Settings, fold
from dynamic_agi.facts import AgentRetired, LeaseGranted, LeaseLost, RestartScheduled, TaskEnded
from dynamic_agi.messages import (
    Accepted,
    Answer,
    Ask,
    Assign,
    Busy,
    Exited,
    Failure,
    Heartbeat,
    Result,
    Stale,
    Submit,
    Taken,
)
from dynamic_agi.model import Loss, Outcome, Phase, Status
from dynamic_agi.simulation.faults import Silence
from tests.dynamic_agi.builders import HandWorld

ADA, BOB = AgentSpec("ada", ("trade", "approve")), AgentSpec("bob", ("trade", "approve"))
QUANT = AgentSpec("quant", ("research",))
GUARDED = Settings(guarded=("order",), approval="approve")


def test_a_submission_said_twice_is_accepted_twice_and_given_out_once() -> None:
    world = HandWorld([ADA])
    first = world.hear("client", Submit("t", "trade"))
    assert first == [("client", Accepted("t")), ("ada", Assign("t", "trade", 1))]
    assert world.hear("client", Submit("t", "trade")) == [("client", Accepted("t"))]


def test_beyond_the_limit_a_submitter_is_told_to_come_back_until_a_task_ends() -> None:
    world = HandWorld([ADA], Settings(queue_limit=1))
    world.hear("client", Submit("t", "trade"))
    assert world.hear("client", Submit("u", "trade")) == [("client", Busy("u"))]
    world.hear("ada", Result("t", 1, "ok", ()))
    assert world.hear("client", Submit("u", "trade"))[0] == ("client", Accepted("u"))


def test_an_assignment_is_said_again_until_a_heartbeat_confirms_it() -> None:
    world = HandWorld([ADA])
    world.hear("client", Submit("t", "trade"))
    assert world.advance(60) == [("ada", Assign("t", "trade", 1))]
    world.hear("ada", Heartbeat("t", 1))
    assert world.advance(259) == []


def test_a_silent_holder_loses_its_lease_to_the_millisecond_and_is_restarted_after_the_back_off() -> None:
    # Jitter 0 gives the shortest waits: 20 // 2 = 10 for the first retry, 30 // 2 = 15 for the first restart.
    world = HandWorld([ADA, BOB])
    world.hear("client", Submit("t", "trade"))
    world.advance(50)
    world.hear("ada", Heartbeat("t", 1))
    world.advance(249)
    assert not any(isinstance(fact, LeaseLost) for fact in world.facts)
    world.advance(250)
    assert world.facts[-2:] == [LeaseLost(250, "t", 1, Loss.EXPIRED, 10), RestartScheduled(250, "ada", 2, 15)]
    assert world.advance(260) == [("bob", Assign("t", "trade", 2))]
    world.advance(264)
    assert ("ada", 2) not in world.started
    world.advance(265)
    assert ("ada", 2) in world.started


def test_a_result_under_an_old_token_is_refused_and_the_new_holders_is_taken_once() -> None:
    world = HandWorld([ADA, BOB])
    world.hear("client", Submit("t", "trade"))
    world.advance(210)
    assert world.hear("ada", Result("t", 1, "late", ("note",))) == [("ada", Stale("t", 1))]
    assert world.hear("bob", Result("t", 2, "ok", ("note",))) == [("bob", Taken("t", 2))]
    assert world.hear("bob", Result("t", 2, "ok", ("note",))) == [("bob", Taken("t", 2))]
    assert world.stored == ["t#note"]


def test_an_exit_reported_twice_is_one_restart() -> None:
    world = HandWorld([ADA])
    world.hear("ada", Exited("ada", 1))
    world.hear("ada", Exited("ada", 1))
    world.advance(100)
    world.hear("ada", Exited("ada", 1))
    assert [fact.incarnation for fact in world.facts if isinstance(fact, RestartScheduled)] == [2]


def test_an_agent_beyond_its_restarts_is_retired_and_what_only_it_does_goes_to_a_person() -> None:
    world = HandWorld([ADA], Settings(max_restarts=2))
    for incarnation in (1, 2, 3):
        world.hear("ada", Exited("ada", incarnation))
        world.advance(world.at + 100)
    assert AgentRetired(200, "ada", "2 restarts in the last 2000 ms") in world.facts
    assert world.stopped == ["ada"]
    world.hear("client", Submit("t", "trade"))
    assert world.facts[-1] == TaskEnded(300, "t", Outcome.ESCALATED, "no agent is left for trade")


def test_restarts_further_apart_than_the_window_never_retire() -> None:
    world = HandWorld([ADA], Settings(max_restarts=1))
    for incarnation in range(1, 6):
        world.hear("ada", Exited("ada", incarnation))
        world.advance(world.at + 2000)
    assert world.orchestrator.state.agents["ada"].status is Status.UP


def test_a_task_is_handed_to_a_person_after_its_last_attempt_and_a_permanent_failure_at_once() -> None:
    world = HandWorld([ADA], Settings(max_attempts=2))
    world.hear("client", Submit("t", "trade"))
    world.hear("ada", Failure("t", 1, "no data", permanent=False))
    world.advance(10)
    world.hear("ada", Failure("t", 2, "no data", permanent=False))
    assert world.facts[-1] == TaskEnded(10, "t", Outcome.ESCALATED, "2 attempts, the last: no data")
    world.hear("client", Submit("u", "trade"))
    world.hear("ada", Failure("u", 3, "over the limit", permanent=True))
    assert world.facts[-1] == TaskEnded(10, "u", Outcome.FAILED, "over the limit")


def test_an_ask_said_again_by_the_next_holder_is_the_same_work() -> None:
    world = HandWorld([ADA, BOB, QUANT])
    world.hear("client", Submit("t", "trade"))
    assert world.hear("ada", Ask("t", 1, 0, "research")) == [("quant", Assign("t/0", "research", 2))]
    world.hear("ada", Exited("ada", 1))
    world.hear("quant", Result("t/0", 2, "long", ()))
    world.advance(10)
    answer = ("bob", Answer("t", 3, 0, Outcome.DONE, "long"))
    assert world.hear("bob", Ask("t", 3, 0, "research")) == [answer]
    assert world.hear("ada", Ask("t", 1, 0, "research")) == [("ada", Stale("t", 1))]


def test_a_guarded_effect_waits_for_the_approval_of_another() -> None:
    world = HandWorld([ADA, BOB], GUARDED)
    world.hear("client", Submit("t", "trade"))
    said = world.hear("ada", Result("t", 1, "buy", ("order",)))
    assert said == [("ada", Taken("t", 1)), ("bob", Assign("t#order", "approve", 2))]
    assert world.stored == []
    world.hear("bob", Result("t#order", 2, "approved", ()))
    assert world.stored == ["t#order"]
    assert world.orchestrator.state.tasks["t"].outcome is Outcome.DONE


def test_a_refused_effect_never_happens_and_the_task_says_why() -> None:
    world = HandWorld([ADA, BOB], GUARDED)
    world.hear("client", Submit("t", "trade"))
    world.hear("ada", Result("t", 1, "buy", ("order",)))
    world.hear("bob", Result("t#order", 2, "refused", ()))
    assert world.stored == []
    assert world.facts[-1] == TaskEnded(0, "t", Outcome.FAILED, "order was refused")


def test_where_nobody_else_may_approve_the_task_goes_to_a_person() -> None:
    world = HandWorld([ADA], GUARDED)
    world.hear("client", Submit("t", "trade"))
    world.hear("ada", Result("t", 1, "buy", ("order",)))
    assert world.stored == []
    ended = world.orchestrator.state.tasks["t"]
    assert (ended.outcome, ended.reason) == (
        Outcome.ESCALATED,
        "nobody decided on order: no agent is left for approve",
    )


@pytest.mark.parametrize("silence", Silence)
def test_a_store_that_does_not_answer_is_asked_again_and_written_once(silence: Silence) -> None:
    world = HandWorld([ADA])
    world.silences = [silence]
    world.hear("client", Submit("t", "trade"))
    world.hear("ada", Result("t", 1, "ok", ("note",)))
    assert world.orchestrator.state.tasks["t"].phase is Phase.SETTLING
    world.advance(10)
    assert world.stored == ["t#note"]
    assert world.orchestrator.state.tasks["t"].outcome is Outcome.DONE


def test_a_new_process_takes_over_wherever_the_journal_ends() -> None:
    """After each fact of a whole life, a new process over the journal so far ends every task."""
    world = HandWorld([ADA, BOB], GUARDED)
    world.hear("client", Submit("t", "trade"))
    world.hear("ada", Exited("ada", 1))
    world.advance(10)
    world.hear("bob", Result("t", 2, "buy", ("note", "order")))
    world.advance(40)
    world.hear("ada", Result("t#order", 3, "approved", ()))
    whole = tuple(world.facts)
    assert whole[-1] == TaskEnded(40, "t", Outcome.DONE, "")
    for length in range(1, len(whole) + 1):
        heir = HandWorld([ADA, BOB], GUARDED)
        heir.facts = list(whole[:length])
        heir.stored = [key for key in ("t#note", "t#order") if _is_applied(heir.facts, key)]
        heir.boot()
        for _ in range(20):
            live = [task for task in heir.orchestrator.state.tasks.values() if task.phase is Phase.LEASED]
            for task in live:
                value, effects = ("approved", ()) if "#" in task.id else ("buy", ("note", "order"))
                heir.hear(task.agent, Result(task.id, task.token, value, effects))
            heir.advance(heir.at + 50)
        assert heir.orchestrator.state.tasks["t"].outcome is Outcome.DONE, f"after {length} facts"
        assert sorted(heir.stored) == ["t#note", "t#order"]
        again = fold([ADA, BOB], heir.facts)
        assert (again.tasks, again.agents) == (heir.orchestrator.state.tasks, heir.orchestrator.state.agents)


def _is_applied(facts: object, key: str) -> bool:
    return any(f"{getattr(fact, 'task', '')}#{getattr(fact, 'effect', '')}" == key for fact in facts)  # type: ignore[attr-defined]


def test_a_journal_about_a_task_that_nobody_accepted_is_an_error_with_a_next_step() -> None:
    with pytest.raises(JournalError, match=r"LeaseGranted at 3 ms is about 't'.*restore the journal"):
        fold([ADA], [LeaseGranted(3, "t", "ada", 1)])
