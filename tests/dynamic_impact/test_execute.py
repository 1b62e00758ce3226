"""How Pants' words are read. The lines are those of Pants 2.17.1 itself, taken from a terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dynamic_impact.errors import PantsFailedError
from dynamic_impact.execute import Outcome, Result, execute
from dynamic_impact.plan import Plan, Task

MIXED = """\
09:07:08.96 [INFO] Starting: Running the `experimental_test_shell_command` at `a:bad`
09:07:09.01 [INFO] Completed: Running the `experimental_test_shell_command` at `a:bad`
09:07:09.01 [ERROR] Completed: Test with shell command - a:bad - failed (exit code 3).
boo


09:07:09.04 [INFO] Completed: Running the `experimental_test_shell_command` at `a/b c:ü`
09:07:09.05 [INFO] Completed: Test with shell command - a/b c:ü - succeeded.

✓ a/b c:ü succeeded in 0.03s (cached locally).
✕ a:bad failed in 0.04s.
""".splitlines()


@dataclass
class SayingPants:
    """A Pants that says its lines and exits."""

    says: dict[tuple[str, ...], tuple[list[str], int]]

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        raise AssertionError

    def run_goal(
        self,
        build_root: Path,
        goal: str,
        addresses: Sequence[str],
        options: Sequence[str],
        on_line: Callable[[str], None],
    ) -> int:
        del build_root, goal, options
        lines, status = self.says[tuple(addresses)]
        for line in lines:
            on_line(line)
        return status


@dataclass
class Told:
    """Keeps what it is told."""

    events: list[tuple[str, ...]]

    def started(self, what: str) -> None:
        self.events.append(("started", what))

    def ended(self, subject: str, *, passed: bool, output: str) -> None:
        self.events.append(("passed" if passed else "failed", subject, output))


def run_tasks(
    pants: SayingPants, *tasks: Task, fail_fast: bool = False
) -> tuple[list[tuple[str, ...]], tuple[Result, ...]]:
    told = Told([])
    results = execute(Plan(tasks, 0.0, 0.0, 0), pants, Path(), told, fail_fast=fail_fast)
    return told.events, results


def test_results_are_told_as_they_come_and_summed_up_at_the_end() -> None:
    addresses = ("a:bad", "a/b c:ü")
    told, results = run_tasks(SayingPants({addresses: (MIXED, 1)}), Task("test", addresses))
    assert told == [
        ("started", "Running the `experimental_test_shell_command` at `a:bad`"),
        ("failed", "a:bad", "boo"),
        ("passed", "a/b c:ü", ""),
    ]
    assert results == (
        Result("test", "a/b c:ü", Outcome.PASSED, 0.03, "cached locally"),
        Result("test", "a:bad", Outcome.FAILED, 0.04, "ran", "boo"),
    )


def test_a_test_that_pants_never_mentions_is_not_called_passed() -> None:
    _, results = run_tasks(SayingPants({("a", "b"): (["✓ a succeeded in 0.10s."], 0)}), Task("test", ("a", "b")))
    assert [(result.subject, result.outcome) for result in results] == [("a", Outcome.PASSED), ("b", Outcome.NOT_RUN)]


def test_a_file_without_tests_has_an_end_of_its_own() -> None:
    told, results = run_tasks(
        SayingPants({("a",): (["09:07:09.05 [INFO] Completed: Run Pytest - a - no tests found."], 0)}),
        Task("test", ("a",)),
    )
    assert told == [("passed", "a", "")]
    assert [(result.outcome, result.source) for result in results] == [(Outcome.PASSED, "no tests found")]


def test_a_bad_end_without_a_failing_test_is_no_verdict() -> None:
    lines = [
        "09:07:09.04 [ERROR] 1 Exception encountered:",
        "",
        "Engine traceback:",
        "  in `test` goal",
        "",
        "InvalidFieldException: no such file",
    ]
    with pytest.raises(PantsFailedError, match="InvalidFieldException: no such file"):
        run_tasks(SayingPants({("a",): (lines, 1)}), Task("test", ("a",)))


def test_fail_fast_starts_nothing_after_a_failure_and_says_what_was_left() -> None:
    pants = SayingPants({("a",): (["✕ a failed in 0.10s."], 1)})
    _, results = run_tasks(pants, Task("test", ("a",)), Task("test", ("b",)), fail_fast=True)
    assert [(result.subject, result.outcome) for result in results] == [("a", Outcome.FAILED), ("b", Outcome.NOT_RUN)]


@pytest.mark.parametrize(
    ("word", "mark", "outcome"), [("succeeded", "✓", Outcome.PASSED), ("failed", "✕", Outcome.FAILED)]
)
def test_the_members_of_a_batch_share_its_end(word: str, mark: str, outcome: Outcome) -> None:
    lines = ["✓ alone succeeded in 0.10s.", f"{mark} b/test_1.py and 1 other files {word} in 0.20s."]
    _, results = run_tasks(
        SayingPants({("alone", "b/test_1.py", "b/test_2.py"): (lines, int(word == "failed"))}),
        Task("test", ("alone", "b/test_1.py", "b/test_2.py")),
    )
    assert [(result.subject, result.outcome) for result in results] == [
        ("alone", Outcome.PASSED),
        ("b/test_1.py", outcome),
        ("b/test_2.py", outcome),
    ]
    assert [result.seconds for result in results] == [0.1, 0.1, 0.1]
