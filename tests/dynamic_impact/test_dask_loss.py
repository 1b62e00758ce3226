"""Workers are killed while they work: no result is lost, none comes twice. They are processes that this test starts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import DynamicError, ExitCode, TickingClock
from dynamic_events import EventLog
from dynamic_impact.cli import run_command
from tests.dynamic_impact.clusters import cluster, workers
from tests.dynamic_impact.fake_pants import FakePants, fake_pants
from tests.dynamic_impact.repositories import Repository

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(fake: FakePants, address: str, **said: str) -> tuple[int, dict[str, Any]]:
        names = sorted(path.name for path in (fake.folder / "tests").iterdir())
        tasks = [{"id": name, "goal": "test", "subject": name, "p50_s": 9.0} for name in names]
        plan = tmp_path / "plan.json"
        document = {"schema": "dynamic.plan/1", "selection": said, "tasks": tasks, "shards": []}
        plan.write_text(json.dumps(document), encoding="utf-8")
        capsys.readouterr()
        options = ["--repo", str(repository.root), "--pants", fake.command, "--plan", str(plan), "--json"]
        code = int(run_command.main(["--scheduler", address, *options], standalone_mode=False))
        return code, json.loads(capsys.readouterr().out)

    return call


def outcomes(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(result["subject"], result["outcome"]) for result in document["results"]]


def test_a_lost_workers_task_runs_again_elsewhere_and_counts_once(
    tmp_path: Path, repository: Repository, run: Run
) -> None:
    repository.commit({"a.py": ""})
    fake = fake_pants(tmp_path / "fake", a="pass", b="pass", c="lose pass", d="pass", e="pass")
    with cluster() as made, workers(made, ["w1", "w2"], repository.root) as processes:
        code, document = run(fake, made.scheduler_address)
        dead = [process.poll() for process in processes].count(-9)
    assert dead == 1, "the worker was killed, not merely its Pants"
    assert code == ExitCode.YES
    assert outcomes(document) == [(name, "passed") for name in "abcde"]
    runs = [call[0] for call in fake.calls]
    assert runs.count("c") == 2
    events = EventLog(repository.root, TickingClock()).read().events
    assert sorted(event.subject for event in events if event.kind == "test.finished") == list("abcde")


def test_a_task_that_kills_every_worker_is_given_up_and_the_others_are_not(
    tmp_path: Path, repository: Repository, run: Run
) -> None:
    repository.commit({"a.py": ""})
    fake = fake_pants(tmp_path / "fake", a="lose", b="pass", c="pass")
    names = [f"w{number}" for number in range(5)]
    with cluster(failures=1) as made, workers(made, names, repository.root):
        code, document = run(fake, made.scheduler_address)
    assert code == ExitCode.UNDECIDED
    assert outcomes(document) == [("a", "not run"), ("b", "passed"), ("c", "passed")]
    assert document["results"][0]["source"] == "2 workers died while they ran it"
    assert [call[0] for call in fake.calls].count("a") == 4, "twice, and twice more by itself"


def test_a_cluster_that_has_lost_its_last_worker_is_an_answer(
    tmp_path: Path, repository: Repository, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamic_impact.verbs.run.PATIENCE_S", 0.5)
    repository.commit({"a.py": ""})
    fake = fake_pants(tmp_path / "fake", a="lose", b="pass")
    with (
        cluster() as made,
        workers(made, ["w1"], repository.root),
        pytest.raises(DynamicError, match="the cluster has no workers") as caught,
    ):
        run(fake, made.scheduler_address)
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_worker_with_other_files_decides_nothing_and_is_named(
    tmp_path: Path, repository: Repository, run: Run
) -> None:
    repository.commit({"a.py": ""})
    fake = fake_pants(tmp_path / "fake", a="pass")
    tree = repository.git("rev-parse", "HEAD^{tree}")
    other = tmp_path / "other"
    repository.git("clone", "--quiet", str(repository.root), str(other))
    (other / "a.py").write_text("X = 1\n")
    with (
        cluster() as made,
        workers(made, ["odd"], other),
        pytest.raises(DynamicError, match=r"worker odd: .* has the files of tree .*--any-tree") as caught,
    ):
        run(fake, made.scheduler_address, head_tree=tree)
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert not (fake.folder / "calls").exists(), "nothing was run on the wrong files"
