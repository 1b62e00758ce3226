"""Who of a batch failed, and what several tries come to. The reports are those of pytest under Pants 2.17.1."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dynamic_impact.execute import Call, Ended, Outcome, Place, Result, Rules, execute
from dynamic_impact.running.attempts import settle
from dynamic_impact.running.junit import read_cases, shares

A, B, C = "py/test_a.py:tests", "py/test_b.py:tests", "py/test_c.py:tests"
XML = "batch-of-py.test_a.py.tests+2-files.xml"
ONE_FAILS = """\
<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" tests="4">
<testcase classname="py.test_a" name="test_a" time="0.010" />
<testcase classname="py.test_b.TestX" name="test_b" time="0.302">
<failure message="AssertionError: boo b">boo b</failure></testcase>
<testcase classname="py.test_b" name="test_skipped" time="0.001"><skipped message="no" /></testcase>
<testcase classname="py.test_c" name="test_c" time="0.020" /></testsuite></testsuites>
"""
CANNOT_IMPORT = """\
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" tests="1">
<testcase classname="" name="py.test_c" time="0.000"><error message="collection failure">no module</error></testcase>
</testsuite></testsuites>
"""


def batch(word: str, members: Sequence[str]) -> list[str]:
    mark = {"failed": "✕", "succeeded": "✓"}[word]
    return [f"{mark} {members[0]} and {len(members) - 1} other files {word} in 0.60s."]


def single(address: str, word: str) -> str:
    return f"{'✕' if word == 'failed' else '✓'} {address} {word} in 0.10s."


@dataclass
class BatchingPants:
    """Puts all that it is given into one batch, which ends as told; alone, each ends as told."""

    together: str
    report: str = ""
    alone: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, ...]] = field(default_factory=list)

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
        self.calls.append(tuple(addresses))
        if "--test-batch-size=1" in options:
            lines = [single(address, self.alone.get(address, "succeeded")) for address in addresses]
        else:
            lines = batch(self.together, addresses)
            if self.report:
                folder = build_root / env["PANTS_TEST_REPORT_DIR"]
                folder.mkdir(parents=True)
                (folder / XML).write_text(self.report, encoding="utf-8")
        for line in lines:
            on_line(line)
        return int(any(line.startswith("✕") for line in lines))


class Silent:
    def started(self, what: str) -> None: ...

    def ended(self, subject: str, *, passed: bool, output: str) -> None: ...


def run(pants: BatchingPants, folder: Path, retries: int = 0) -> dict[str, Result]:
    ended = execute([Call("test", (A, B, C))], Place(folder, pants, Silent()), Rules(retries))
    return {result.subject: result for result in ended.results}


def outcomes(results: Mapping[str, Result]) -> list[Outcome]:
    return [results[address].outcome for address in (A, B, C)]


def test_the_report_of_a_batch_tells_who_failed_how_long_each_took_and_what_it_said(tmp_path: Path) -> None:
    pants = BatchingPants("failed", ONE_FAILS)
    results = run(pants, tmp_path)
    assert outcomes(results) == [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]
    # Its cases took 0.333 of 0.6 s, so each bears 0.089 s of the rest.
    assert [results[address].seconds for address in (A, B, C)] == [0.099, 0.392, 0.109]
    assert results[B].output == "py.test_b.TestX.test_b\nboo b"
    assert pants.calls == [(A, B, C)], "nothing has to be run again to know it"


def test_a_passing_batch_passes_with_the_time_of_each(tmp_path: Path) -> None:
    results = run(
        BatchingPants("succeeded", ONE_FAILS.replace("<failure", "<skipped").replace("</failure", "</skipped")),
        tmp_path,
    )
    assert outcomes(results) == [Outcome.PASSED] * 3
    assert results[C].seconds == 0.109


def test_a_batch_that_one_member_kept_from_starting_is_run_one_by_one(tmp_path: Path) -> None:
    pants = BatchingPants("failed", CANNOT_IMPORT, {B: "failed"})
    results = run(pants, tmp_path)
    assert outcomes(results) == [Outcome.PASSED, Outcome.FAILED, Outcome.FAILED]
    assert results[A].attempts == ()
    assert pants.calls == [(A, B, C), (A, B)]


def test_a_crashed_batch_is_told_of_the_member_that_fails_alone(tmp_path: Path) -> None:
    results = run(BatchingPants("failed", alone={B: "failed"}), tmp_path)
    assert outcomes(results) == [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]


def test_a_crash_that_no_member_shows_alone_is_not_hidden(tmp_path: Path) -> None:
    results = run(BatchingPants("failed"), tmp_path)
    assert outcomes(results) == [Outcome.FLAKY] * 3
    assert [attempt.outcome for attempt in results[A].attempts] == [Outcome.FAILED, Outcome.PASSED]


def test_a_failing_case_that_is_nobodys_makes_every_member_a_suspect(tmp_path: Path) -> None:
    stray = '<testcase classname="elsewhere.z" name="z" time="0.1"><failure>z</failure></testcase></testsuite>'
    pants = BatchingPants("failed", ONE_FAILS.replace("</testsuite>", stray), {A: "failed"})
    results = run(pants, tmp_path)
    assert pants.calls == [(A, B, C), (A, B, C)], "the second time each by itself"
    assert outcomes(results) == [Outcome.FAILED, Outcome.PASSED, Outcome.PASSED]


@pytest.mark.parametrize("torn", ["", "<testsuites>", "no xml", ONE_FAILS[:300], '<a><testcase time="x" /></a>'])
def test_a_torn_report_says_nothing(tmp_path: Path, torn: str) -> None:
    (tmp_path / XML).write_text(torn, encoding="utf-8")
    assert read_cases(tmp_path) == ()


@pytest.mark.parametrize(
    ("address", "sources"),
    [
        ("py/test_b.py", {}),
        ("py/test_b.py:tests", {}),
        ("py/test_b.py:../tests@resolve=a", {}),
        ("py:b", {"py:b": ("py/test_b.py",)}),
    ],
)
def test_a_member_is_found_by_its_file(tmp_path: Path, address: str, sources: dict[str, tuple[str, ...]]) -> None:
    (tmp_path / XML).write_text(ONE_FAILS, encoding="utf-8")
    found = shares(read_cases(tmp_path), [address, A, C], sources)
    assert found[address].failed
    assert not found[A].failed


def test_a_failing_case_of_a_file_with_two_targets_is_both_of_theirs(tmp_path: Path) -> None:
    (tmp_path / XML).write_text(ONE_FAILS, encoding="utf-8")
    both = ("py/test_b.py@p=1", "py/test_b.py@p=2")
    found = shares(read_cases(tmp_path), [*both, A, C], {})
    assert [found[address].failed for address in both] == [True, True]


@dataclass
class Script:
    """Ends each round as told: a mapping from a target to its outcome."""

    rounds: list[dict[str, Outcome]]
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, call: Call, *, until_failure: bool, alone: bool) -> Ended:
        self.asked.append(call.addresses)
        found = self.rounds.pop(0)
        results = tuple(Result("test", a, found.get(a, Outcome.NOT_RUN), 1.0, "ran", "said") for a in call.addresses)
        return Ended(results, stopped=until_failure and Outcome.FAILED in found.values())


def settled(
    rules: Rules, *rounds: dict[str, Outcome], addresses: Iterable[str] = "ab"
) -> tuple[dict[str, str], Script]:
    script = Script(list(rounds))
    ended = settle(Call("test", tuple(addresses)), script, rules)
    return {result.subject: result.outcome.value for result in ended.results}, script


P, F = Outcome.PASSED, Outcome.FAILED


def test_tries_end_with_the_first_pass() -> None:
    found, script = settled(Rules(3), {"a": F, "b": F}, {"a": P, "b": F}, {"b": F}, {"b": F})
    assert found == {"a": "flaky", "b": "failed"}
    assert script.asked == [("a", "b"), ("a", "b"), ("b",), ("b",)]


def test_a_try_that_gives_no_result_leaves_the_failure() -> None:
    found, _ = settled(Rules(1), {"a": F, "b": P}, {})
    assert found == {"a": "failed", "b": "passed"}


def test_a_stop_without_any_result_does_not_go_round_for_ever() -> None:
    found, script = settled(Rules(1, fail_fast=True), {"a": F}, {"a": P}, {})
    assert found == {"a": "flaky", "b": "not run"}
    assert script.asked == [("a", "b"), ("a",), ("b",)]
