"""Engines in processes of their own, and what becomes of their cells."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dynamic_ai.inference import ONNXRUNTIME, OPENCL, REFERENCE
from dynamic_base import ExitCode
from dynamic_cli.main import main
from dynamic_delivery.matrix.inference import inference_cells, names, why_moved
from dynamic_delivery.matrix.inference.judge import Answer, Question
from dynamic_delivery.matrix.inference.run import _serve
from dynamic_delivery.matrix.stale import changed_why
from dynamic_engines import Maths
from dynamic_engines.isolation import Isolated, WorkerDiedError
from dynamic_engines.matrix import Status, latest

ABSENT = replace(ONNXRUNTIME, name="absent", version=lambda: "", remedy="buy one")


@dataclass(frozen=True)
class Crash:
    kernel: str = "inference/mlp"
    maths: Maths = Maths.STRICT

    def answer(self, *_: object) -> Answer:
        os.write(2, b"engine: bad weights\n")
        os.abort()


@dataclass(frozen=True)
class Hang:
    kernel: str = "inference/mlp"
    maths: Maths = Maths.STRICT

    def answer(self, *_: object) -> Answer:
        while True:
            pass


def test_an_engine_that_crashes_or_hangs_costs_one_cell() -> None:
    with Isolated(_serve) as process:
        with pytest.raises(WorkerDiedError, match="SIGABRT: engine: bad weights"):
            process.ask(Crash(), 60)
        answer = process.ask(Question("inference/one", "reference", "", 1), 60)
        assert isinstance(answer, Answer)
        assert answer.status is Status.PASS
    with Isolated(_serve) as process, pytest.raises(WorkerDiedError, match=r"no answer in 0\.5 s"):
        process.ask(Hang(), 0.5)


def test_each_model_has_a_cell_on_each_engine_and_an_absent_one_says_how_to_get_it() -> None:
    cells = list(
        inference_cells(["inference/one", "inference/log"], "", 3, 60, timed=True, engines=(REFERENCE, ABSENT))
    )
    assert [(cell.kernel, cell.engine, cell.status) for cell in cells] == [
        ("inference/one", "reference", Status.PASS),
        ("inference/log", "reference", Status.PASS),
        ("inference/one", "absent", Status.NOT_PRESENT),
        ("inference/log", "absent", Status.NOT_PRESENT),
    ]
    judged, _, missing, _ = cells
    assert judged.driver.startswith("NumPy ")
    assert judged.deterministic
    assert judged.timing is not None
    assert judged.timing.call_s > 0
    assert missing.reason == "get it: buy one"
    assert (missing.device, missing.driver, missing.timing, missing.deterministic) == ("", "", None, None)


def test_the_same_seed_draws_the_same_inputs_whatever_else_runs() -> None:
    alone = list(inference_cells(["inference/one"], "", 3, 60, engines=(REFERENCE,)))
    among = list(inference_cells(["inference/log", "inference/one"], "", 3, 60, engines=(REFERENCE,)))
    other = list(inference_cells(["inference/one"], "", 4, 60, engines=(REFERENCE,)))
    assert alone == among[1:]
    assert alone != other


def test_a_cell_is_stale_once_its_model_its_engine_or_its_device_is_another() -> None:
    (cell,) = inference_cells(["inference/one"], "", 3, 60, engines=(REFERENCE,))
    assert changed_why(cell) == why_moved(cell) == ""
    assert changed_why(replace(cell, kernel_digest="0")) == "the kernel was changed"
    assert changed_why(replace(cell, kernel="inference/gone")) == "the kernel is gone"
    assert why_moved(replace(cell, driver="NumPy 0")).startswith("the engine is NumPy ")
    assert why_moved(replace(cell, engine="sold")) == "the engine is gone"
    assert why_moved(replace(cell, device="", driver="")) == "the engine is here now"
    ours = replace(cell, engine="opencl", driver=OPENCL.version(), device="#97 of yesterday")
    assert why_moved(ours) == "the device is gone"


def test_the_command_judges_models_beside_kernels_and_records_both(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["--kernel", "inference/mlp", "--kernel", "rolling/sma", "--precision", "float32", "--device", "portable"]
    assert main(["matrix", "run", *words, "--json", "--repo", str(tmp_path)]) == ExitCode.YES
    shown = json.loads(capsys.readouterr().out)
    judged = {(cell["kernel"], cell["engine"]) for cell in shown["cells"] if cell["status"] == "pass"}
    assert judged == {("rolling/sma", "pocl"), ("inference/mlp", "opencl")}
    assert main(["matrix", "show", str(latest(tmp_path)), "--json", "--repo", str(tmp_path)]) == ExitCode.YES
    assert json.loads(capsys.readouterr().out)["stale"] == []


def test_a_machine_without_opencl_still_judges_models(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamic_delivery.matrix.cli.devices", lambda: ())
    words = ["--kernel", "inference/one", "--device", "onnxruntime"]
    assert main(["matrix", "run", *words, "--json", "--repo", str(tmp_path)]) == ExitCode.YES
    assert [cell["status"] for cell in json.loads(capsys.readouterr().out)["cells"]] == ["pass"]


def test_a_model_in_float64_is_refused_rather_than_left_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["--kernel", "inference/one", "--precision", "float64", "--repo", str(tmp_path)]
    assert main(["matrix", "run", *words]) == ExitCode.USAGE
    assert "inference/one has no form in float64" in capsys.readouterr().err


def test_every_name_is_below_inference() -> None:
    assert all(name.startswith("inference/") for name in names())
