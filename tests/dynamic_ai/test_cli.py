"""The commands on files: a model is trained, judged, damaged and judged again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from dynamic_ai import ENGINES, ModelFileError, SnapshotError, ValidationInputError, write_snapshot
from dynamic_ai.cli import models_group
from dynamic_ai.datasets import Feature, Recipe, Source, Splits, Table
from dynamic_ai.inference import ONNXRUNTIME
from dynamic_base import ExitCode
from tests.dynamic_ai.examples import learnable

# Real time is judged by the slow suite; here a machine under load must not decide.
CALM = ("--resamples", "499", "--rounds", "9", "--calls", "1", "--latency-tolerance", "1000")


def call(*arguments: object) -> object:
    return models_group.main([str(word) for word in arguments], prog_name="models", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return parsed


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = learnable(rows=1500)
    folder = tmp_path_factory.mktemp("data") / "snapshot"
    columns = tuple(
        Feature(name, {"indicator": name}, np.ascontiguousarray(made.features[:, n]))
        for n, name in enumerate(made.names)
    )
    source, recipe = Source("made", "0" * 64, "unknown"), Recipe("test", 1, "a straight cut")
    write_snapshot(folder, Table(source, recipe, made.time, columns, made.label, Splits.by_time(1500)))
    return folder


@pytest.fixture(scope="module")
def model(data: Path) -> Path:
    out = data.parent / "model.onnx"
    assert call("train", data, "--out", out) == ExitCode.YES
    return out


def test_training_writes_a_checked_model_that_names_its_snapshot_and_seed(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digests = []
    for name in ("a", "b"):
        assert call("train", data, "--out", tmp_path / f"{name}.onnx", "--seed", 7, "--json") == ExitCode.YES
        digests.append(document(capsys)["sha256"])
    assert digests[0] == digests[1]
    proto = onnx.load(tmp_path / "a.onnx")
    onnx.checker.check_model(proto, full_check=True)
    metadata = {entry.key: entry.value for entry in proto.metadata_props}
    assert metadata["seed"] == "7"
    assert metadata["trainer"] == "dynamic_ai.training/1"
    assert json.loads(metadata["features"]) == ["f0", "f1", "f2", "f3", "f4"]
    assert len(metadata["snapshot"]) == 64


def test_an_unchanged_model_passes(data: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("validate", model, "--baseline", model, "--data", data, "--json", *CALM) == ExitCode.YES
    found = document(capsys)
    assert found["schema"] == "dynamic.validation/1"
    assert found["verdict"] == "yes"
    assert found["thresholds"]["block_rows"] == 10
    assert {check["verdict"] for check in found["checks"]} == {"yes"}
    same, *extras = found["notes"]
    assert same == "candidate and baseline are the same file"
    assert all("is not present: " in note for note in extras)


def test_a_damaged_model_exits_1_and_the_line_says_why(
    data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proto = onnx.load(model)
    for tensor in proto.graph.initializer:
        if tensor.name == "weights3":
            tensor.raw_data = (-np.frombuffer(tensor.raw_data, "<f4")).tobytes()
    onnx.save(proto, tmp_path / "damaged.onnx")
    assert call("validate", tmp_path / "damaged.onnx", "--baseline", model, "--data", data, *CALM) == ExitCode.NO
    shown = capsys.readouterr().out
    assert "✕  accuracy" in shown
    assert "more than 0.02 is lost" in shown
    assert shown.splitlines()[-1] == "no (scored and timed by onnxruntime)"


def test_the_margin_decides_between_0_1_and_3(data: Path, model: Path, tmp_path: Path) -> None:
    assert call("train", data, "--out", tmp_path / "other.onnx", "--seed", 1) == ExitCode.YES
    words = ("validate", tmp_path / "other.onnx", "--baseline", model, "--data", data, *CALM)
    for margin, code in (("0.2", ExitCode.YES), ("0.02", ExitCode.UNDECIDED), ("0", ExitCode.NO)):
        assert call(*words, "--accuracy-margin", margin, "--brier-margin", "0.2") == code


def test_an_engine_that_is_not_present_is_listed_and_leaves_a_validation_undecided(
    data: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = replace(ONNXRUNTIME, version=lambda: "")
    monkeypatch.setattr("dynamic_ai.cli.ENGINES", (ENGINES[0], absent))
    assert call("engines") == ExitCode.YES
    assert "onnxruntime     not present; pip install onnxruntime" in capsys.readouterr().out
    assert call("validate", model, "--baseline", model, "--data", data, *CALM) == ExitCode.UNDECIDED
    assert "onnxruntime is not present" in capsys.readouterr().out


def test_engines_lists_the_version_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("engines", "--json") == ExitCode.YES
    rows = {row["name"]: row for row in document(capsys)["engines"]}
    assert rows["reference"]["version"] == f"NumPy {np.__version__}"
    assert rows["onnxruntime"]["present"]


def test_a_model_of_other_features_is_a_usage_error(data: Path, model: Path, tmp_path: Path) -> None:
    proto = onnx.load(model)
    next(entry for entry in proto.metadata_props if entry.key == "features").value = '["f1", "f0", "f2", "f3", "f4"]'
    onnx.save(proto, tmp_path / "turned.onnx")
    with pytest.raises(ValidationInputError, match="takes the features") as caught:
        call("validate", tmp_path / "turned.onnx", "--baseline", model, "--data", data, *CALM)
    assert caught.value.exit_code == ExitCode.USAGE


def test_corrupt_files_are_errors_that_name_them(data: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "torn.onnx").write_bytes(model.read_bytes()[:500])
    with pytest.raises(ModelFileError, match=r"torn\.onnx is no valid ONNX model"):
        call("validate", tmp_path / "torn.onnx", "--baseline", model, "--data", data, *CALM)
    with pytest.raises(SnapshotError, match=r"cannot read .*manifest\.json"):
        call("train", tmp_path, "--out", tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()
