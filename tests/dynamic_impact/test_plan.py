"""The order of work, and its record."""

from pathlib import Path

from dynamic_base import TickingClock
from dynamic_events import EventLog
from dynamic_impact.execute import Outcome, Result
from dynamic_impact.history import past_of, record
from dynamic_impact.model import Affected, Change, Selection, Step
from dynamic_impact.plan import Past, Task, plan
from dynamic_impact.render import verdict


def selection(*tests: tuple[str, int]) -> Selection:
    affected = tuple(
        Affected(
            name,
            "python_test",
            True,
            distance,
            tuple(
                Step(f"n{i}" if i else "file:a & b.py", name if i == distance - 1 else f"n{i + 1}", "why")
                for i in range(distance)
            ),
        )
        for name, distance in tests
    )
    change = Change("b" * 40, "t0", "h" * 40, "t1", (), "a test")
    return Selection(change, ("lib",), (), affected, (), (), 10, 20, {})


def test_what_failed_last_time_is_a_task_before_the_others_in_their_order() -> None:
    past = {
        "far": Past(1.0, failed=True),
        "short": Past(1.0, failed=False),
        "long": Past(9.0, failed=False),
        "elsewhere": Past(5.0, failed=False),
    }
    made = plan(selection(("near", 1), ("long", 2), ("short", 2), ("far", 3)), ("test",), past)
    assert made.tasks == (Task("test", ("far",)), Task("test", ("near", "long", "short")))
    assert (made.expected_s, made.everything_s, made.known) == (11.0, 16.0, 3)


def test_lint_judges_what_changed_and_check_what_is_affected() -> None:
    made = plan(selection(("t", 1)), ("lint", "check"), {})
    assert made.tasks == (Task("lint", ("lib",)), Task("check", ("t",)))


def test_nothing_affected_is_nothing_to_do() -> None:
    assert plan(selection(), ("test", "check"), {}).tasks == ()


def test_a_record_is_the_next_runs_past(tmp_path: Path) -> None:
    clock = TickingClock()
    first = (
        Result("test", "a", Outcome.FAILED, 2.5, "ran", "boo"),
        Result("test", "b", Outcome.PASSED, 1.0, "memoized"),
    )
    record(tmp_path, clock, selection(("a", 1), ("b", 1)), first, 3.0)
    assert past_of(tmp_path, clock) == {"a": Past(2.5, failed=True), "b": Past(1.0, failed=False)}
    record(tmp_path, clock, selection(("a", 1)), (Result("test", "a", Outcome.PASSED, 2.0, "ran"),), 3.0)
    assert past_of(tmp_path, clock)["a"] == Past(2.0, failed=False)
    runs = EventLog(tmp_path, clock).query(
        "SELECT count(*), sum((attributes->>'failed')::INT) FROM events WHERE kind = 'run.finished'"
    )
    assert runs.rows == ((2, 1),)


def test_a_test_that_did_not_run_leaves_no_record(tmp_path: Path) -> None:
    record(tmp_path, TickingClock(), selection(("a", 1)), (Result("test", "a", Outcome.NOT_RUN, 0.0, ""),), 3.0)
    assert past_of(tmp_path, TickingClock()) == {}


def test_the_verdict_counts_what_was_left_out_and_what_that_is_worth() -> None:
    results = (Result("test", "a", Outcome.PASSED, 1.0, "memoized"), Result("test", "b", Outcome.FAILED, 1.0, "ran"))
    chosen = selection(("a", 1), ("b", 1))
    text = verdict(
        chosen, plan(chosen, ("test",), {"a": Past(1.0, failed=False), "z": Past(4.0, failed=False)}), results, 2.0
    )
    assert "1 passed (1 cached), 1 failed" in text
    assert "8 of 10 tests left out, worth 4.0 s" in text


def test_a_change_that_breaks_nothing_is_said_to_run_nothing() -> None:
    text = verdict(selection(), plan(selection(), ("test",), {}), (), 0.4)
    assert text.startswith("[green]nothing to run[/]")
    assert "10 of 10 tests left out" in text
