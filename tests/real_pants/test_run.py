"""Runs on Pants itself: stopped at a failure, tried again, and on Dask's workers."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.dynamic_impact.clusters import cluster, workers
from tests.dynamic_impact.repositories import Repository
from tests.real_pants.commands import document


def shell_tests(repository: Repository, **commands: str) -> None:
    """Commit a target ``run:NAME`` for each of ``commands``."""
    lines = [
        f"experimental_test_shell_command(name={name!r}, command={command!r}, tools=['sleep', 'touch'])\n"
        for name, command in commands.items()
    ]
    repository.commit({"run/BUILD": "".join(lines)})


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


@pytest.mark.skipif(not os.environ.get("DYNAMIC_SLOW"), reason="a second daemon takes half a minute to start")
def test_a_killed_worker_loses_and_doubles_no_result(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    with cluster() as made, workers(made, ["w1", "w2"], repository.root) as processes:
        killer = f"test -e {flag} || {{ touch {flag}; kill -9 {processes[0].pid}; }}"
        shell_tests(repository, a=killer, b="sleep 2", c="sleep 2", d="sleep 2")
        tasks: list[dict[str, Any]] = [
            {"id": name, "goal": "test", "subject": f"run:{name}", "p50_s": 9.0} for name in "abcd"
        ]
        plan = tmp_path / "plan.json"
        plan.write_text(json.dumps({"schema": "dynamic.plan/1", "tasks": tasks, "shards": []}))
        code, found = document(
            capsys, repository, command, "run", "--plan", str(plan), "--scheduler", made.scheduler_address
        )
        dead = processes[0].poll()
    assert code == 0, found
    assert dead == -9
    results = found["results"]
    assert isinstance(results, list)
    assert [(item["subject"], item["outcome"]) for item in results] == [(f"run:{name}", "passed") for name in "abcd"]
