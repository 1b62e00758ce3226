"""``run --plan``: one shard of a saved plan, with a program in place of Pants."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import DynamicError, ExitCode, TickingClock
from dynamic_events import EventLog
from dynamic_impact.cli import impact_group
from dynamic_impact.running.planfile import calls_of, read_share
from tests.dynamic_impact.fake_pants import FakePants, fake_pants
from tests.dynamic_impact.repositories import Repository


def task(name: str, **more: object) -> dict[str, object]:
    return {"id": f"test:{name}", "goal": "test", "subject": name, "addresses": [name], "p50_s": 1.0, **more}


PLAN: dict[str, Any] = {
    "schema": "dynamic.plan/1",
    "selection": {"base": "b" * 40, "head": "h" * 40, "totals": {"tests": 9, "targets": 20}},
    "makespan": {"bound_s": 2.0},
    "tasks": [
        {"id": "setup:1", "goal": "setup", "subject": "setup:1", "addresses": [], "setup": True},
        task("a"),
        task("b", needs=["setup:1"]),
        task("c", failure=1.0),
    ],
    "shards": [
        {"index": 1, "tasks": ["test:a"], "setup": []},
        {"index": 2, "tasks": ["setup:1", "test:c", "test:b"], "setup": ["setup:1"]},
    ],
}


def write(folder: Path, **changes: Any) -> Path:
    path = folder / "plan.json"
    path.write_text(json.dumps({**PLAN, **changes}), encoding="utf-8")
    return path


def run(repository: Repository, fake: FakePants, *words: str | Path) -> int:
    options = ["--repo", str(repository.root), "--pants", fake.command]
    return int(impact_group.main(["run", *map(str, words), *options], standalone_mode=False))


@pytest.fixture
def fake(tmp_path: Path, repository: Repository) -> FakePants:
    repository.commit({"a.py": ""})
    return fake_pants(tmp_path / "fake", a="fail", b="pass", c="pass")


def test_a_shard_runs_its_own_tasks_alone_and_likely_failures_first(
    tmp_path: Path, repository: Repository, fake: FakePants, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(repository, fake, "--plan", write(tmp_path), "--shard", "2", "--json") == ExitCode.YES
    assert fake.calls == [["c"], ["b"]]
    document = json.loads(capsys.readouterr().out)
    assert document["shard"] == {"plan": str(tmp_path / "plan.json"), "index": 2, "of": 2}
    assert document["plan"]["expected_s"] == 2.0
    events = EventLog(repository.root, TickingClock()).read().events
    summary = next(event for event in events if event.kind == "run.finished")
    assert summary.attributes["vcs.ref.head.revision"] == "h" * 40
    assert sorted(event.subject for event in events if event.kind == "test.finished") == ["b", "c"]


def test_shards_together_are_the_whole_plan(tmp_path: Path, repository: Repository, fake: FakePants) -> None:
    path = write(tmp_path)
    assert run(repository, fake, "--plan", path, "--shard", "1") == ExitCode.NO
    assert run(repository, fake, "--plan", path) == ExitCode.NO
    assert fake.calls == [["a"], ["c"], ["a", "b"]]


def test_the_plan_is_read_without_asking_pants_for_its_targets(
    tmp_path: Path, repository: Repository, fake: FakePants
) -> None:
    (fake.folder / "peek.json").unlink()
    assert run(repository, fake, "--plan", write(tmp_path), "--shard", "2") == ExitCode.YES


def test_an_empty_plan_is_a_yes(
    tmp_path: Path, repository: Repository, fake: FakePants, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, tasks=[], shards=[])
    assert run(repository, fake, "--plan", path, "--shard", "1") == ExitCode.YES
    assert "this part of the plan is empty" in capsys.readouterr().out


def test_the_plan_of_other_files_decides_nothing_unless_it_may(
    tmp_path: Path, repository: Repository, fake: FakePants
) -> None:
    tree = repository.git("rev-parse", "HEAD^{tree}")
    path = write(tmp_path, selection={"head": "h" * 40, "head_tree": tree})
    assert run(repository, fake, "--plan", path, "--shard", "2") == ExitCode.YES
    repository.write_all({"a.py": "X = 1\n"})
    with pytest.raises(DynamicError, match=f"was made for the files of tree {tree[:12]}.*--any-tree") as caught:
        run(repository, fake, "--plan", path, "--shard", "2")
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert run(repository, fake, "--plan", path, "--shard", "2", "--any-tree") == ExitCode.YES


def test_a_plan_that_was_written_into_its_own_tree_is_still_for_it(repository: Repository, fake: FakePants) -> None:
    tree = repository.git("rev-parse", "HEAD^{tree}")
    path = write(repository.root, selection={"head": "h" * 40, "head_tree": tree})
    assert run(repository, fake, "--plan", path, "--shard", "2") == ExitCode.YES
    repository.write_all({"b.py": ""})
    with pytest.raises(DynamicError, match="was made for the files of tree"):
        run(repository, fake, "--plan", path, "--shard", "2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read the plan .*No such file"),
        ("", "is no JSON"),
        ("[]", "is no dynamic.plan/1 document"),
        ('{"schema": "dynamic.run/1", "tasks": [], "shards": []}', r"is no dynamic.plan/1 document \(schema"),
        ('{"schema": "dynamic.plan/1"}', r"is no dynamic.plan/1 document \(tasks: Field required"),
        (json.dumps(PLAN)[:-40], "is no JSON"),
        (json.dumps({**PLAN, "tasks": []}), r"names a task that it does not hold \(test:a\)"),
        (json.dumps({**PLAN, "tasks": [task("a", p50_s=-1)]}), r"tasks\.0\.p50_s"),
    ],
    ids=[
        "missing",
        "empty",
        "a list",
        "another document",
        "half a document",
        "torn",
        "no such task",
        "a negative time",
    ],
)
def test_a_file_that_is_no_plan_says_how_to_make_one(
    tmp_path: Path, repository: Repository, fake: FakePants, text: str | None, said: str
) -> None:
    path = tmp_path / "plan.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(DynamicError, match=f"{said}.*impact plan --output") as caught:
        run(repository, fake, "--plan", path, "--shard", "1")
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_shard_that_is_not_there_is_wrong_usage_and_the_range_is_named(
    tmp_path: Path, repository: Repository, fake: FakePants
) -> None:
    with pytest.raises(DynamicError, match="has no shard 3: it has 2: give --shard 1 to 2") as caught:
        run(repository, fake, "--plan", write(tmp_path), "--shard", "3")
    assert caught.value.exit_code == ExitCode.USAGE


def test_tasks_of_one_goal_and_one_need_are_one_call(tmp_path: Path) -> None:
    tasks = [
        task("a"),
        task("g", resources={"GPU": 1}),
        {"id": "lint", "goal": "lint", "addresses": ["x", "y"]},
        task("b"),
    ]
    share = read_share(write(tmp_path, tasks=tasks, shards=[]), 0)
    assert [(call.goal, call.addresses, dict(call.resources)) for call in calls_of(share.tasks)] == [
        ("test", ("a", "b"), {}),
        ("test", ("g",), {"GPU": 1}),
        ("lint", ("x", "y"), {}),
    ]
