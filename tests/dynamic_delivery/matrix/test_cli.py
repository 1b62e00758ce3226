"""The command on the real device and kernels, and each way in which it can end."""

import json
from pathlib import Path

import pytest

from dynamic_base import ExitCode
from dynamic_cli.main import main
from dynamic_delivery.matrix import cli, rows
from dynamic_delivery.matrix.indicator_row import IndicatorRow
from dynamic_engines import Precision
from dynamic_engines.matrix import latest
from dynamic_ta import INDICATORS
from tests.dynamic_engines.matrix.fakes import crashing_rows


def document(capsys: pytest.CaptureFixture[str], repository: Path, *words: str) -> tuple[int, dict[str, object]]:
    code = main(["matrix", *words, "--json", "--repo", str(repository)])
    return code, json.loads(capsys.readouterr().out)


def cells(document: dict[str, object]) -> list[dict[str, object]]:
    found = document["cells"]
    assert isinstance(found, list)
    return found


def test_every_kernel_agrees_with_its_oracle_on_the_device_of_this_machine(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, shown = document(capsys, tmp_path, "run", "--device", "portable")
    judged = [cell for cell in cells(shown) if cell["engine"] == "pocl"]
    assert {(cell["kernel"], cell["precision"]) for cell in judged} == {
        (row.kernel, precision) for row in rows.kernel_rows() for precision in Precision
    }
    missing = {
        (row.kernel, precision)
        for row in rows.kernel_rows()
        for precision in Precision
        if precision not in row.precisions
    }
    assert {(cell["kernel"], cell["precision"]) for cell in judged if cell["status"] == "unsupported"} == missing
    assert [cell["reason"] for cell in judged if cell["status"] not in {"pass", "unsupported"}] == []
    assert code == ExitCode.YES
    assert document(capsys, tmp_path, "show")[1]["cells"] == shown["cells"]
    assert shown["file"] == str(latest(tmp_path))


def test_every_indicator_with_a_kernel_has_a_row_and_no_other_has() -> None:
    judged = [row for row in rows.kernel_rows() if isinstance(row, IndicatorRow)]
    assert [(row.indicator, row.kernel) for row in judged] == [
        (indicator, indicator.kernel.name) for indicator in INDICATORS if indicator.kernel is not None
    ]


def test_a_red_cell_exits_1_and_shows_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "kernel_rows", crashing_rows)
    assert main(["matrix", "run", "--precision", "float64", "--repo", str(tmp_path)]) == ExitCode.NO
    assert "in float64: the process died (SIGABRT: LLVM ERROR: cannot select)" in capsys.readouterr().out


def test_a_recorded_cell_is_stale_once_its_kernel_or_its_driver_is_another(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    document(capsys, tmp_path, "run", "--kernel", "rolling/sma", "--precision", "float64")
    path = latest(tmp_path)
    held = json.loads(path.read_bytes())
    assert document(capsys, tmp_path, "show")[1]["stale"] == []
    for field, value in {"kernel_digest": "0", "driver": "of yesterday", "kernel": "rolling/gone"}.items():
        path.write_text(json.dumps({**held, "cells": [{**held["cells"][0], field: value}]}), encoding="utf-8")
        assert document(capsys, tmp_path, "show")[1]["stale"] == [0], field


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run", "--kernel", "rolling/smaller"], ExitCode.USAGE, "no kernel is called rolling/smaller: choose from"),
        (["run", "--device", "abacus"], ExitCode.USAGE, "no device is called 'abacus': see './dynamic devices'"),
        (["show"], ExitCode.UNDECIDED, "no matrix was recorded"),
    ],
)
def test_wrong_words_and_missing_records_are_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], code: ExitCode, said: str
) -> None:
    assert main(["matrix", *words, "--repo", str(tmp_path)]) == code
    captured = capsys.readouterr().err
    assert said in captured
    assert captured.count("\n") == 1


def test_a_machine_without_a_device_cannot_decide(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "devices", lambda: ())
    assert main(["matrix", "run", "--repo", str(tmp_path)]) == ExitCode.UNDECIDED
    assert "there is no OpenCL device: install PoCL" in capsys.readouterr().err
