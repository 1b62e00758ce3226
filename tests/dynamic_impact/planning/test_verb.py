"""``impact plan`` from a saved graph to a table, a document, and what build servers read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner, Result

from dynamic_base import DynamicError, ExitCode, SystemClock
from dynamic_events import EventLog
from dynamic_impact.verbs.plan import plan_command
from tests.dynamic_impact.repositories import Repository

Plan = Callable[..., Result]
_TESTS = {"a/test_long.py": 90.0, "a/test_one.py": 30.0, "b/test_two.py": 31.0, "b/test_three.py": 29.0}


def _peek() -> list[dict[str, Any]]:
    lock = {"address": "lock", "target_type": "_lockfile", "sources": ["a.lock"], "dependencies": []}
    pytest_ = {
        "address": "r#x",
        "target_type": "python_requirement",
        "dependencies": ["lock"],
        "requirements": ["x==1"],
    }
    tests = [
        {"address": name, "target_type": "python_test", "sources": [name], "dependencies": ["r#x"]} for name in _TESTS
    ]
    return [lock, pytest_, *tests]


@pytest.fixture
def plan(repository: Repository, tmp_path: Path) -> Plan:
    """Return the command over a repository whose tests have each run once."""
    repository.commit({**dict.fromkeys(_TESTS, ""), "a.lock": "x==1\n    # via -r a.in\n"})
    graph = tmp_path / "peek.json"
    graph.write_text(json.dumps(_peek()))
    log = EventLog(repository.root, SystemClock())
    log.append(
        "run",
        [
            log.event("test.finished", "run", name, {"test.case.result.status": "pass", "duration_s": seconds})
            for name, seconds in _TESTS.items()
        ],
    )

    def call(*words: str, files: tuple[str, ...] = tuple(_TESTS)) -> Result:
        asked = [word for name in files for word in ("--files", name)]
        argv = ["--repo", str(repository.root), "--graph", str(graph), *(asked or ["--since", "HEAD"]), *words]
        return CliRunner().invoke(plan_command, argv, standalone_mode=False)

    return call


def test_the_document_holds_every_test_its_time_and_one_command_a_shard(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "out" / "my plan.json"
    done = plan("--shards", "2", "--workers", "1", "--output", str(file), "--json")
    assert done.return_value == ExitCode.YES
    document = json.loads(done.stdout)
    assert json.loads(file.read_text()) == document
    assert document["schema"] == "dynamic.plan/1"
    assert document["selection"]["totals"] == {"targets": 6, "tests": 4, "tests_selected": 4}
    assert len(document["selection"]["head_tree"]) == 40
    tests = {task["subject"]: task for task in document["tasks"] if task["goal"] == "test"}
    assert {name: task["p50_s"] for name, task in tests.items()} == _TESTS
    assert {task["source"] for task in tests.values()} == {"history"}
    # 90 beside 30 + 31 + 29: each with the setups, of 60 and 3 s by the constants where nothing is on record.
    assert [shard["expected_s"] for shard in document["shards"]] == [153.0, 153.0]
    assert document["makespan"]["ratio"] == 1.0
    assert [len(shard["setup"]) for shard in document["shards"]] == [2, 2]
    commands = [shard["command"] for shard in document["shards"]]
    assert commands == [f"./dynamic impact run --plan '{file}' --shard {index}" for index in (1, 2)]
    ran = [word for shard in document["shards"] for line in shard["pants"] for word in line.split()[2:]]
    assert sorted(ran) == sorted(_TESTS)


def test_a_person_reads_shards_makespan_and_the_critical_path(plan: Plan) -> None:
    said = plan("--shards", "2", "--warm", "--workers", "1").stdout
    assert "makespan 90.0 s, at least 90.0 s: ratio 1.000" in said
    assert "critical path 90.0 s: install a.lock -> environment of x -> a/test_long.py" in said
    assert "./dynamic impact run --plan plan.json --shard 2" in said


def test_githubs_matrix_is_one_line_and_names_each_shard(plan: Plan) -> None:
    (line,) = plan("--shards", "2", "--emit", "github").stdout.splitlines()
    rows = json.loads(line)["include"]
    assert [row["shard"] for row in rows] == [1, 2]
    assert rows[1]["command"] == "./dynamic impact run --plan plan.json --shard 2"
    # GitHub takes only scalars as the values of a matrix that a job may print.
    assert all(isinstance(value, str | int | float) for row in rows for value in row.values())


def test_gitlabs_child_pipeline_has_a_job_a_shard_that_takes_the_plan_from_its_parent(plan: Plan) -> None:
    pipeline = yaml.safe_load(plan("--shards", "2", "--emit", "gitlab", "--resource", "GPU=1:a/test_long*").stdout)
    jobs = {name: job for name, job in pipeline.items() if not name.startswith(".")}
    assert [job["script"] for job in jobs.values()] == [
        [f"./dynamic impact run --plan plan.json --shard {index}"] for index in (1, 2)
    ]
    assert [job.get("tags") for job in jobs.values()].count(["GPU"]) == 1
    assert all(pipeline[job["extends"]]["needs"][0]["pipeline"] == "$PARENT_PIPELINE_ID" for job in jobs.values())


def test_the_shards_alone_are_a_document_too(plan: Plan) -> None:
    document = json.loads(plan("--shards", "2", "--emit", "json").stdout)
    assert [shard["index"] for shard in document["shards"]] == [1, 2]


def test_nothing_to_run_is_a_yes_and_what_each_build_server_can_take(plan: Plan) -> None:
    done = plan("--shards", "3", "--json", files=())
    assert done.return_value == ExitCode.YES
    document = json.loads(done.stdout)
    assert (document["tasks"], document["shards"], document["makespan"]["p95_s"]) == ([], [], 0.0)
    assert json.loads(plan("--emit", "github", files=()).stdout) == {"include": []}
    assert yaml.safe_load(plan("--emit", "gitlab", files=()).stdout) == {"nothing to run": {"script": ["true"]}}
    assert plan("--budget", "1m", files=()).return_value == ExitCode.YES


def test_a_budget_that_holds_takes_runners_and_shows_the_others(plan: Plan) -> None:
    done = plan("--budget", "3m", "--p95", "1h", "--warm", "--workers", "1", "--startup", "10s", "--json")
    assert done.return_value == ExitCode.YES
    document = json.loads(done.stdout)
    budget = document["budget"]
    assert (budget["p50_s"], budget["p95_s"], budget["holds"]) == (180.0, 3600.0, True)
    assert len(document["shards"]) == 2
    assert [tried["runners"] for tried in budget["tries"] if not tried["holds"]] == [1]


def test_a_budget_that_cannot_hold_is_a_no_that_names_the_test(plan: Plan) -> None:
    done = plan("--budget", "1m", "--warm")
    assert done.return_value == ExitCode.NO
    assert "a/test_long.py alone takes 90 s" in done.stderr
    assert "split it" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--shards", "2", "--budget", "3m"), "exclude each other"),
        (("--p95", "3m"), "goes with --budget"),
        (("--json", "--emit", "json"), "exclude each other"),
        (("--budget", "soon"), "no span of time"),
        (("--budget", "0s"), "longer than nothing"),
        (("--resource", "GPU"), "is not NAME=N:PATTERN"),
        (("--shards", "0"), "--shards"),
        (("--runner-cost", "nan"), "--runner-cost"),
    ],
)
def test_words_that_do_not_fit_are_named(plan: Plan, words: tuple[str, ...], told: str) -> None:
    error = plan(*words).exception
    assert isinstance(error, click.UsageError)
    assert told in error.format_message()


def test_a_plan_that_cannot_be_written_is_an_error_that_names_the_file(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = plan("--output", str(tmp_path / "file" / "plan.json")).exception
    assert isinstance(error, DynamicError)
    assert "plan.json" in str(error)
