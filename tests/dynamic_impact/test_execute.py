"""How Pants' words are read. The lines are those of Pants 2.17.1 itself, taken from a terminal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_impact.errors import PantsFailedError
from dynamic_impact.execute import Call, Ended, Outcome, Place, Result, Rules, execute

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
    reports: dict[str, str] = field(default_factory=dict)

    def run_goal(
        self,
        build_root: Path,
        goal: str,
        addresses: Sequence[str],
        options: Sequence[str],
        on_line: Callable[[str], None],
        *,
        env: Mapping[str, str],
        pulse: Callable[[], bool],
    ) -> int:
        del goal, options, pulse
        for name, text in self.reports.items():
            path = build_root / env["PANTS_TEST_REPORT_DIR"] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
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


def run_calls(
    pants: SayingPants, *calls: Call, rules: Rules | None = None, folder: Path = Path()
) -> tuple[list[tuple[str, ...]], Ended]:
    told = Told([])
    return told.events, execute(calls, Place(folder, pants, told), rules or Rules())


def test_results_are_told_as_they_come_and_summed_up_at_the_end() -> None:
    addresses = ("a:bad", "a/b c:ü")
    told, ended = run_calls(SayingPants({addresses: (MIXED, 1)}), Call("test", addresses))
    assert told == [
        ("started", "Running the `experimental_test_shell_command` at `a:bad`"),
        ("failed", "a:bad", "boo"),
        ("passed", "a/b c:ü", ""),
    ]
    assert ended.results == (
        Result("test", "a/b c:ü", Outcome.PASSED, 0.03, "cached locally"),
        Result("test", "a:bad", Outcome.FAILED, 0.04, "ran", "boo"),
    )


def test_a_test_that_pants_never_mentions_is_not_called_passed() -> None:
    _, ended = run_calls(SayingPants({("a", "b"): (["✓ a succeeded in 0.10s."], 0)}), Call("test", ("a", "b")))
    assert [(result.subject, result.outcome) for result in ended.results] == [
        ("a", Outcome.PASSED),
        ("b", Outcome.NOT_RUN),
    ]


def test_a_file_without_tests_has_an_end_of_its_own() -> None:
    told, ended = run_calls(
        SayingPants({("a",): (["09:07:09.05 [INFO] Completed: Run Pytest - a - no tests found."], 0)}),
        Call("test", ("a",)),
    )
    assert told == [("passed", "a", "")]
    assert [(result.outcome, result.source) for result in ended.results] == [(Outcome.PASSED, "no tests found")]


def test_a_bad_end_without_a_failing_test_is_no_verdict() -> None:
    lines = [
        "09:07:09.04 [ERROR] 1 Exception encountered:",
        "",
        "Engine traceback:",
        "  in `test` goal",
        "",
        "InvalidFieldException: no such file",
    ]
    _, ended = run_calls(SayingPants({("a",): (lines, 1)}), Call("test", ("a",)))
    assert isinstance(ended.error, PantsFailedError)
    assert "InvalidFieldException: no such file" in str(ended.error)
    assert [result.outcome for result in ended.results] == [Outcome.NOT_RUN]


def test_fail_fast_starts_nothing_after_a_failure_and_says_what_was_left() -> None:
    pants = SayingPants({("a",): (["✕ a failed in 0.10s."], 1)})
    _, ended = run_calls(pants, Call("test", ("a",)), Call("test", ("b",)), rules=Rules(fail_fast=True))
    assert [(result.subject, result.outcome) for result in ended.results] == [
        ("a", Outcome.FAILED),
        ("b", Outcome.NOT_RUN),
    ]


def test_the_members_of_a_batch_without_a_report_share_its_end(tmp_path: Path) -> None:
    lines = ["✓ alone succeeded in 0.10s.", "✓ b/test_1.py and 1 other files succeeded in 0.20s."]
    addresses = ("alone", "b/test_1.py", "b/test_2.py")
    _, ended = run_calls(SayingPants({addresses: (lines, 0)}), Call("test", addresses), folder=tmp_path)
    assert [(result.subject, result.outcome, result.seconds) for result in ended.results] == [
        ("alone", Outcome.PASSED, 0.1),
        ("b/test_1.py", Outcome.PASSED, 0.1),
        ("b/test_2.py", Outcome.PASSED, 0.1),
    ]
