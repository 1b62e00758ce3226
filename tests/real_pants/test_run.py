"""Runs on Pants itself: stopped at a failure, and tried again."""

from pathlib import Path

import pytest

from tests.dynamic_impact.repositories import Repository
from tests.real_pants.commands import document, shell_tests


def ends(found: dict[str, object]) -> dict[str, str]:
    results = found["results"]
    assert isinstance(results, list)
    return {item["subject"]: item["outcome"] for item in results if item["subject"].startswith("run:")}


def test_fail_fast_stops_what_pants_is_running(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    shell_tests(repository, bad="exit 3", slow="sleep 300")
    code, found = document(capsys, repository, command, "run", "--since", "HEAD~1", "--fail-fast")
    assert code == 1, found
    assert ends(found) == {"run:bad": "failed", "run:slow": "not run"}


def test_a_test_that_passes_the_second_time_is_flaky(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    shell_tests(repository, shaky=f"test -e {flag} || {{ touch {flag}; exit 1; }}", steady="exit 0")
    code, found = document(capsys, repository, command, "run", "--since", "HEAD~1", "--retries", "1")
    assert code == 0, found
    assert ends(found) == {"run:shaky": "flaky", "run:steady": "passed"}
    assert found["verdict"]["flaky"] == 1  # type: ignore[index]  # a JSON document
