"""Episodes whose traces were worked out on paper before they were run."""

import json
from typing import Any

from dynamic_agi import run_episode
from dynamic_agi.events import Duplicated, Lost
from dynamic_agi.simulation.faults import Crash, Fate, Silence
from tests.dynamic_agi.builders import Planned, setup

# Every message takes 5 ms, the work 20 ms. Not in the file, so as they stand in Settings: an unconfirmed assignment is
# said again after 60 ms, a lease is 200 ms. Agents beat every 60 ms and repeat a report after 50 ms.


def told(faults: Planned, **changes: Any) -> list[tuple[int, str]]:
    """Return each event as its time and a short text."""
    episode = run_episode(setup(**changes), 0, faults=faults, keep=True)
    assert episode.violation is None
    return [(event["at"], _short(event)) for event in map(json.loads, episode.lines)]


def _short(event: dict[str, Any]) -> str:
    if event["kind"] in ("sent", "delivered"):
        return f"{event['kind']} {event['message']['type']} to {event['to']}"
    names = ("task", "agent", "token", "incarnation", "effect", "key", "outcome", "why")
    return " ".join([event["kind"], *(str(event[name]) for name in names if event.get(name))])


def test_one_task_whose_assignment_is_lost_takes_one_resend_longer() -> None:
    # The submission leaves at 0 and arrives at 5, where the task is accepted and given out: the assignment is lost.
    # It is said again at 5 + 60 = 65 and arrives at 70. The agent beats at once, and works from 70 to 90. The result
    # arrives at 95, the effect happens there, and the agent hears at 100 that it may rest.
    assert told(Planned({("Assign", 1): Fate((), fault=Lost)})) == [
        (0, "orchestrator_started"),
        (0, "process_started echo 1"),
        (0, "sent submit to orchestrator"),
        (5, "delivered submit to orchestrator"),
        (5, "task_accepted ping-1"),
        (5, "sent accepted to client"),
        (5, "lease_granted ping-1 echo 1"),
        (5, "sent assign to echo"),
        (5, "lost"),
        (10, "delivered accepted to client"),
        (65, "sent assign to echo"),
        (70, "delivered assign to echo"),
        (70, "sent heartbeat to orchestrator"),
        (75, "delivered heartbeat to orchestrator"),
        (90, "sent result to orchestrator"),
        (95, "delivered result to orchestrator"),
        (95, "result_taken ping-1 1"),
        (95, "sent taken to echo"),
        (95, "effect_written ping-1#pong"),
        (95, "effect_applied ping-1 pong"),
        (95, "task_ended ping-1 done"),
        (100, "delivered taken to echo"),
        (100, "finished at rest"),
    ]


def test_a_crash_between_effect_and_journal_repeats_neither_effect_nor_work() -> None:
    # Without the lost assignment everything after 5 is 60 ms earlier: the assignment arrives at 10, the result leaves
    # at 30 and arrives at 35. The facts so far: accepted 1, granted 2, taken 3. The effect is written, and the process
    # dies before fact 4 (applied) is durable, for 30 ms. At 65 the next one finds a result taken and an effect that is
    # in the store, and writes facts 4 and 5 down. Taken had left before: the agent rests at 40.
    events = told(Planned(facts={4: Crash.BEFORE}))
    assert events[events.index((35, "result_taken ping-1 1")) :] == [
        (35, "result_taken ping-1 1"),
        (35, "sent taken to echo"),
        (35, "effect_written ping-1#pong"),
        (35, "orchestrator_crashed"),
        (40, "delivered taken to echo"),
        (65, "orchestrator_started"),
        (65, "effect_applied ping-1 pong"),
        (65, "task_ended ping-1 done"),
        (65, "finished at rest"),
    ]


def test_a_crash_right_after_a_result_is_durable_lets_the_agent_repeat_it_and_hear_taken() -> None:
    # As above, but the process dies right after fact 3, so Taken is never said. The next process settles the task at
    # 65. The agent, whose result left at 30, says it again at 80 (50 ms later); it arrives at 85.
    events = told(Planned(facts={3: Crash.AFTER}))
    assert events[events.index((35, "result_taken ping-1 1")) :] == [
        (35, "result_taken ping-1 1"),
        (35, "orchestrator_crashed"),
        (65, "orchestrator_started"),
        (65, "effect_written ping-1#pong"),
        (65, "effect_applied ping-1 pong"),
        (65, "task_ended ping-1 done"),
        (70, "sent heartbeat to orchestrator"),
        (75, "delivered heartbeat to orchestrator"),
        (75, "sent stale to echo"),
        (80, "sent result to orchestrator"),
        (80, "delivered stale to echo"),
        (85, "delivered result to orchestrator"),
        (85, "sent taken to echo"),
        (90, "delivered taken to echo"),
        (90, "finished at rest"),
    ]


def test_a_silent_store_that_did_write_is_asked_before_it_is_written_again() -> None:
    # Call 1 is "has" (no), call 2 is the write, which happens and is not answered. The first wait is 10 to 20 ms.
    events = told(Planned(stores={2: Silence.DONE}))
    assert [text for _, text in events].count("effect_written ping-1#pong") == 1
    (ended,) = (at for at, text in events if text == "task_ended ping-1 done")
    assert 35 + 10 <= ended <= 35 + 20


def test_a_copy_of_an_assignment_does_not_start_the_work_again() -> None:
    # Said at 5, the assignment arrives at 10, and its copy at 20. The work goes on from 10 to 30 all the same.
    events = told(Planned({("Assign", 1): Fate((5, 15), ordered=False, fault=Duplicated)}))
    assert [at for at, text in events if text == "delivered assign to echo"] == [10, 20]
    assert [at for at, text in events if text == "sent result to orchestrator"] == [30]
    assert [at for at, text in events if text == "sent heartbeat to orchestrator"] == [10]
