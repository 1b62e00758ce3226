from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pants.engine.rules import QueryRule
from pants.engine.streaming_workunit_handler import StreamingWorkunitContext, WorkunitsCallbackFactory
from pants.testutil.rule_runner import RuleRunner

from durations.register import Recorder, RecorderRequest, rules

CONTEXT = cast("StreamingWorkunitContext", SimpleNamespace(run_tracker=SimpleNamespace(run_id="run_1")))


def workunit(span: str, metadata: dict[str, Any], *, parent: str = "root", seconds: int = 0) -> dict[str, Any]:
    return {
        "span_id": span,
        "parent_id": parent,
        "description": f"Scheduling: {span}",
        "start_secs": 100,
        "start_nanos": 500_000_000,
        "duration_secs": seconds,
        "duration_nanos": 0,
        "metadata": metadata,
    }


def process(span: str, *, source: str = "Ran", ms: int = 250, **place: Any) -> dict[str, Any]:
    return workunit(span, {"source": source, "exit_code": 1, "total_elapsed_ms": ms}, **place)


def tell(recorder: Recorder, *workunits: dict[str, Any], finished: bool = True) -> None:
    recorder(started_workunits=(), completed_workunits=workunits, finished=finished, context=CONTEXT)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "run_1.jsonl").read_text().splitlines()]


def test_a_process_is_recorded_without_its_wait_and_with_its_test(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    tell(recorder, process("pytest", parent="rule", seconds=3), finished=False)
    assert not list(tmp_path.iterdir())
    tell(recorder, workunit("rule", {"addresses": ["tests/test_a.py"]}))
    assert lines(tmp_path) == [
        {
            "run": "run_1",
            "description": "pytest",
            "addresses": ["tests/test_a.py"],
            "start_s": 103.25,
            "duration_s": 0.25,
            "exit_code": 1,
            "source": "Ran",
        }
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["run_1.jsonl"]


def test_a_hit_of_the_cache_tells_the_seconds_of_the_run_that_filled_it(tmp_path: Path) -> None:
    tell(Recorder(tmp_path), process("mypy", source="HitRemotely", ms=9000))
    (line,) = lines(tmp_path)
    assert (line["source"], line["duration_s"], line["start_s"], line["addresses"]) == ("HitRemotely", 9.0, 100.5, [])


def test_a_run_that_started_nothing_or_was_cancelled_leaves_no_file(tmp_path: Path) -> None:
    tell(Recorder(tmp_path), workunit("cancelled", {}))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_costs_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    tell(Recorder(tmp_path / "file" / "durations"), process("a"), process("b"))
    (warning,) = caplog.records
    assert "see [durations].path" in warning.getMessage()


def test_each_run_gets_a_recorder_of_its_own_and_the_folder_is_an_option() -> None:
    runner = RuleRunner(rules=[*rules(), QueryRule(WorkunitsCallbackFactory, [RecorderRequest])])
    runner.set_options(["--durations-path=kept/here"])
    factory = runner.request(WorkunitsCallbackFactory, [RecorderRequest()]).callback_factory
    first, second = factory(), factory()
    assert first is not second
    assert isinstance(first, Recorder)
    tell(first, process("a"))
    assert [line["description"] for line in lines(Path(runner.build_root, "kept/here"))] == ["a"]
