"""The kernels under a simulator: the command, and that no result depends on what memory held before."""

import json
from pathlib import Path

import numpy as np
import pytest

from dynamic_base import DynamicError, ExitCode, UsageError
from dynamic_delivery.matrix.check import checked_rows
from dynamic_delivery.matrix.cli import matrix_group
from dynamic_engines import Precision, open_device
from dynamic_engines.checked import SimulatorMissingError, small
from dynamic_engines.matrix import KernelRow

_SEED = 20261124
# Panels are held to it by tests/dynamic_ta/indicators, all of them in the slow suite.
_FORMS = [
    pytest.param(row, precision, id=f"{row.kernel} {row.maths} {precision}")
    for row in checked_rows()
    if not row.kernel.startswith("panels/")
    for precision in row.precisions
]


def run(*words: str) -> int:
    code: int = matrix_group.main(["check", *words], standalone_mode=False)
    return code


def test_a_clean_kernel_exits_0_and_says_on_how_many_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("signals/cross", "--seed", "1", "--json") == ExitCode.YES
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["seed"]) == (1, 1)
    assert [(one["precision"], one["form"]) for one in document["checked"]] == [
        (precision, form) for precision in Precision for form in ("cpu", "gpu")
    ]
    assert all(one["entries"] == ["signals/cross:cross_lines"] and one["cases"] > 5 for one in document["checked"])
    assert all(one["findings"] == [] and one["failure"] == "" for one in document["checked"])


def test_an_unknown_kernel_and_a_folder_without_oclgrind_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="no kernel is called rolling/smaller: choose from backtest/sma_cross"):
        run("rolling/smaller")
    monkeypatch.setattr("sys.path", [])
    monkeypatch.setattr("site.getsitepackages", list)
    monkeypatch.setattr("dynamic_engines.checked.simulator._SYSTEM", tmp_path)
    with pytest.raises(SimulatorMissingError, match="the Oclgrind simulator is not here: pip install"):
        run("rolling/sma", "--oclgrind", str(tmp_path))


@pytest.mark.parametrize(("row", "precision"), _FORMS)
def test_no_result_depends_on_what_memory_held_before(row: KernelRow, precision: Precision) -> None:
    """What nobody wrote is 0 in one run and NaN in the other: Oclgrind does not watch global memory for that."""
    compared = 0
    with open_device() as device, device.like(fill=0) as zeros, device.like(fill=0xFF) as nans:
        for case in small(row.cases(np.random.default_rng(_SEED), precision)):
            try:
                first = row.computed(zeros, case, precision)
            except DynamicError:
                continue
            for line, other in zip(first, row.computed(nans, case, precision), strict=True):
                np.testing.assert_array_equal(line, other)
            compared += 1
    assert compared
