"""A run on Dask's workers in this process, with a program in place of Pants."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_impact.cli import run_command
from dynamic_impact.running.chunks import chunks
from dynamic_impact.running.model import Call
from dynamic_impact.running.slots import own_daemon, slot
from dynamic_impact.running.worker import WorkerPlaceError, _portable
from tests.dynamic_impact.fake_pants import FakePants, fake_pants
from tests.dynamic_impact.repositories import Repository

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a plan of a fake's tests, each expected to take a second and so a call of its own, on Dask."""

    def call(fake: FakePants, *words: str, **resources: dict[str, float]) -> tuple[int, dict[str, Any]]:
        repository.commit({"a.py": ""})
        names = sorted(path.name for path in (fake.folder / "tests").iterdir())
        tasks = [
            {"id": name, "goal": "test", "subject": name, "p50_s": 1.0, "resources": resources.get(name, {})}
            for name in names
        ]
        plan = tmp_path / "plan.json"
        plan.write_text(json.dumps({"schema": "dynamic.plan/1", "tasks": tasks, "shards": []}), encoding="utf-8")
        capsys.readouterr()
        options = ["--repo", str(repository.root), "--pants", fake.command, "--plan", str(plan), "--json"]
        code = int(run_command.main([*words, *options], standalone_mode=False))
        return code, json.loads(capsys.readouterr().out)

    return call


def ends(document: dict[str, Any]) -> dict[str, str]:
    return {result["subject"]: result["outcome"] for result in document["results"]}


def test_each_task_is_a_call_of_its_own_and_each_result_comes_once(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", a="pass", b="fail", c="fail pass", d="pass")
    code, document = run(fake, "--on", "dask", "--retries", "1")
    assert code == ExitCode.NO
    assert [result["subject"] for result in document["results"]] == ["a", "b", "c", "d"], "in the plan's order"
    assert ends(document) == {"a": "passed", "b": "failed", "c": "flaky", "d": "passed"}
    assert sorted(map(tuple, fake.calls)) == [("a",), ("b",), ("b",), ("c",), ("c",), ("d",)]
    assert document["executor"] == {"kind": "dask", "scheduler": "embedded"}


def test_workers_that_share_a_checkout_have_a_daemon_each(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", a="meet", b="meet")
    code, document = run(fake, "--on", "dask", "--workers", "2")
    # Each waits for the other, so both were running at a time.
    assert code == ExitCode.YES, document
    assert len({result["worker"] for result in document["results"]}) == 2
    folders = [word for words in fake.words for word in words.split() if word.startswith("--pants-workdir")]
    assert folders == ["--pants-workdir=.pants.d/slot-1"], "and the first the checkout's own"


def test_fail_fast_cancels_what_waits_and_ends_what_runs(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", a="hang", b="fail", c="pass", d="pass")
    fake.does("b", "fail-when-met")
    code, document = run(fake, "--on", "dask", "--workers", "2", "--fail-fast")
    assert code == ExitCode.NO
    found = ends(document)
    assert (found["a"], found["b"]) == ("not run", "failed")
    assert set(found) == {"a", "b", "c", "d"}, "nothing is lost"


def test_an_interrupt_ends_the_run_and_keeps_its_results(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = fake_pants(tmp_path / "fake", a="pass", b="hang")
    fake.does("b", f"interrupt-{os.getpid()}")
    with pytest.raises(click.Abort):
        run(fake, "--on", "dask")
    assert ends(json.loads(capsys.readouterr().out)) == {"a": "passed", "b": "not run"}


def test_what_needs_a_gpu_runs_where_there_is_one(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", a="pass", b="pass")
    code, document = run(fake, "--on", "dask", "--resource", "GPU=1", b={"GPU": 1})
    assert code == ExitCode.YES
    assert ends(document) == {"a": "passed", "b": "passed"}


def test_what_no_worker_can_do_is_given_up_and_named(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynamic_impact.verbs.run.PATIENCE_S", 0.1)
    code, document = run(fake_pants(tmp_path / "fake", a="pass", b="pass"), "--on", "dask", b={"GPU": 1})
    assert code == ExitCode.UNDECIDED
    assert [(r["subject"], r["outcome"], r["source"]) for r in document["results"]] == [
        ("a", "passed", "ran"),
        ("b", "not run", "no worker has GPU"),
    ]


def test_a_scheduler_that_is_not_there_is_an_answer_in_bounded_time(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamic_impact.running.dask._CONNECT_S", 0.3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    for scheduler in (address, "nonsense"):
        with pytest.raises(DynamicError, match=f"no Dask scheduler answers at {scheduler}.*impact worker") as caught:
            run(fake_pants(tmp_path / scheduler[-5:], a="pass"), "--scheduler", scheduler)
        assert caught.value.exit_code == ExitCode.UNDECIDED


def test_workers_of_this_process_are_not_to_be_reached_from_the_network(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int]] = []
    listen = socket.socket.listen

    def noted(self: socket.socket, *backlog: int) -> None:
        heard.append(self.getsockname())
        listen(self, *backlog)

    monkeypatch.setattr(socket.socket, "listen", noted)
    code, _ = run(fake_pants(tmp_path / "fake", a="pass"), "--on", "dask")
    assert code == ExitCode.YES
    assert {address[0] for address in heard} <= {"127.0.0.1"}


def test_pieces_hold_half_a_second_and_keep_the_order() -> None:
    call = Call("test", tuple("abcdefgh"), resources={"GPU": 1})
    pieces = chunks([call, Call("lint", ("x", "y"))], dict.fromkeys("abcdefgh", 0.2), workers=1)
    assert [piece.addresses for piece in pieces] == [tuple("abc"), tuple("def"), tuple("gh"), ("x", "y")]
    assert [piece.expected_s for piece in pieces[:3]] == [0.6, 0.6, 0.4]
    assert all(piece.resources == {"GPU": 1} for piece in pieces[:3])


def test_many_short_tests_are_eight_pieces_a_worker() -> None:
    names = tuple(map(str, range(10_000)))
    pieces = chunks([Call("test", names)], dict.fromkeys(names, 1.0), workers=4)
    assert len(pieces) == 32
    assert tuple(name for piece in pieces for name in piece.addresses) == names


def test_a_slot_is_held_by_one_and_free_after_it(tmp_path: Path) -> None:
    with slot(tmp_path) as first, slot(tmp_path) as second:
        assert (first, second) == (0, 1)
    with slot(tmp_path) as again:
        assert again == 0
    assert own_daemon(0) == ()


def test_an_error_travels_with_its_hint() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(_portable(WorkerPlaceError("no", "do this"), "w1")))
    assert str(error) == "worker w1: no: do this"


def test_one_worker_keeps_the_plans_order(tmp_path: Path, run: Run) -> None:
    fake = fake_pants(tmp_path / "fake", **dict.fromkeys("abcdef", "pass"))
    code, _ = run(fake, "--on", "dask")
    assert code == ExitCode.YES
    assert [call[0] for call in fake.calls] == list("abcdef")
