"""A run on Dask's workers, each with a Pants of its own, of which one is killed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.dynamic_impact.clusters import cluster, workers
from tests.dynamic_impact.repositories import Repository
from tests.real_pants.commands import document, shell_tests


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
