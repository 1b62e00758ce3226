"""``run`` whole, with a program in place of Pants: what it answers, what it records, and what is never lost."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from dynamic_base import DynamicError, ExitCode, TickingClock
from dynamic_events import EventLog
from dynamic_impact.cli import impact_group, run_command
from tests.dynamic_impact.fake_pants import FakePants, fake_pants
from tests.dynamic_impact.repositories import Repository

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(repository: Repository, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run everything that a fake's tests are, and return the exit code and the document."""

    def call(fake: FakePants, *words: str) -> tuple[int, dict[str, Any]]:
        for test in (fake.folder / "tests").iterdir():
            repository.write_all({f"{test.name}.py": ""})
        repository.commit()
        capsys.readouterr()
        options = ["--repo", str(repository.root), "--pants", fake.command, "--json"]
        chosen = [] if "--plan" in words else ["--all"]
        try:
            code = int(run_command.main([*words, *chosen, *options], standalone_mode=False))
        except DynamicError as error:
            code = error.exit_code
        except click.Abort:
            code = ExitCode.INTERRUPTED
        return code, json.loads(capsys.readouterr().out or "{}")

    return call


def ends(document: dict[str, Any]) -> dict[str, str]:
    return {result["subject"]: result["outcome"] for result in document["results"]}


def recorded(repository: Repository) -> dict[str, object]:
    events = EventLog(repository.root, TickingClock()).read().events
    return {e.subject: e.attributes["test.case.result.status"] for e in events if e.kind == "test.finished"}


def test_a_failure_that_passes_again_is_flaky_and_both_tries_are_shown(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", steady="pass", shaky="fail pass")
    code, document = run(fake, "--retries", "2")
    assert code == ExitCode.YES
    assert ends(document) == {"steady": "passed", "shaky": "flaky"}
    shaky = next(result for result in document["results"] if result["subject"] == "shaky")
    assert [(attempt["outcome"], attempt["seconds"], attempt["output"]) for attempt in shaky["attempts"]] == [
        ("failed", 0.5, "shaky is broken"),
        ("passed", 0.25, ""),
    ]
    assert shaky["output"] == "shaky is broken"
    assert document["verdict"]["flaky"] == 1
    assert fake.calls == [["shaky", "steady"], ["shaky"]], "only the failed one is tried again"


def test_a_flaky_test_is_an_error_where_it_is_asked_to_be(tmp_path: Path, run: Run) -> None:
    code, document = run(fake_pants(tmp_path / "fake", shaky="fail pass"), "--retries", "1", "--flaky-fails")
    assert code == ExitCode.NO
    assert document["verdict"]["ok"] is False


def test_a_test_that_fails_every_try_is_failed_and_no_try_is_hidden(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", bad="fail")
    code, document = run(fake, "--retries", "2")
    assert code == ExitCode.NO
    assert [attempt["outcome"] for attempt in document["results"][0]["attempts"]] == ["failed"] * 3
    assert len(fake.calls) == 3


def test_without_retries_a_failure_is_tried_once(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", shaky="fail pass")
    code, document = run(fake)
    assert code == ExitCode.NO
    assert "attempts" not in document["results"][0]
    assert len(fake.calls) == 1


def test_fail_fast_ends_the_call_that_is_running_and_keeps_what_is_known(
    tmp_path: Path, run: Run, repository: Repository
) -> None:
    fake = fake_pants(tmp_path / "fake", a_good="pass", b_bad="fail", c_endless="hang", d_never="pass")
    code, document = run(fake, "--fail-fast")
    assert code == ExitCode.NO
    assert ends(document) == {"a_good": "passed", "b_bad": "failed", "c_endless": "not run", "d_never": "not run"}
    bad = next(result for result in document["results"] if result["subject"] == "b_bad")
    assert (bad["seconds"], bad["output"]) == (0.5, "b_bad is broken"), "by Pants' own stamps: the summary never came"
    assert recorded(repository) == {"a_good": "pass", "b_bad": "fail"}


def test_fail_fast_goes_on_after_a_failure_that_was_only_flaky(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", a_shaky="fail pass", b_slow="hang pass", c_good="pass")
    code, document = run(fake, "--fail-fast", "--retries", "1")
    assert code == ExitCode.YES
    assert ends(document) == {"a_shaky": "flaky", "b_slow": "passed", "c_good": "passed"}
    assert fake.calls == [["a_shaky", "b_slow", "c_good"], ["a_shaky"], ["b_slow", "c_good"]]


def test_a_killed_pants_decides_nothing_and_what_had_ended_is_recorded(
    tmp_path: Path, run: Run, repository: Repository
) -> None:
    fake = fake_pants(tmp_path / "fake", a_good="pass", b_fatal="die", c_never="pass")
    code, document = run(fake)
    assert code == ExitCode.UNDECIDED
    assert ends(document) == {"a_good": "passed", "b_fatal": "not run", "c_never": "not run"}
    assert document["verdict"]["ok"] is False
    assert recorded(repository) == {"a_good": "pass"}


def test_a_killed_pants_is_no_verdict_even_where_a_failure_is_known(tmp_path: Path, run: Run) -> None:
    code, document = run(fake_pants(tmp_path / "fake", a_bad="fail", b_fatal="die", c_never="pass"))
    assert code == ExitCode.UNDECIDED
    assert ends(document) == {"a_bad": "failed", "b_fatal": "not run", "c_never": "not run"}


def test_an_interrupt_is_answered_in_order_and_what_had_ended_is_recorded(
    tmp_path: Path, run: Run, repository: Repository
) -> None:
    fake = fake_pants(tmp_path / "fake", a_good="pass", b_endless="hang")
    fake.does("b_endless", f"interrupt-{os.getpid()}")
    code, document = run(fake)
    assert code == ExitCode.INTERRUPTED
    assert ends(document) == {"a_good": "passed", "b_endless": "not run"}
    assert recorded(repository) == {"a_good": "pass"}


def test_options_for_pants_are_handed_on(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", a="pass")
    code, _ = run(
        fake, "--pants-option=--remote-cache-read", "--pants-option", "--process-execution-local-parallelism=1"
    )
    assert code == ExitCode.YES
    assert " --remote-cache-read --process-execution-local-parallelism=1 test a" in fake.words[0]


def test_the_verb_of_the_group_is_the_same_command(tmp_path: Path, repository: Repository) -> None:
    fake = fake_pants(tmp_path / "fake", a="fail")
    repository.commit({"a.py": ""})
    words = ["run", "--all", "--repo", str(repository.root), "--pants", fake.command]
    assert impact_group.main(words, standalone_mode=False) == ExitCode.NO


@pytest.mark.parametrize(
    "words",
    [
        ["--shard", "1"],
        ["--any-tree"],
        ["--plan", "p", "--all"],
        ["--plan", "p", "--goal", "lint"],
        ["--retries", "-1"],
    ],
)
def test_words_that_do_not_fit_each_other_are_wrong_usage(repository: Repository, words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        run_command.main([*words, "--repo", str(repository.root)], standalone_mode=False)
