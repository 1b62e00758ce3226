"""Every kernel of the repository under Oclgrind, and compiled without a warning on every device of this machine."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from dynamic_delivery.matrix.check import checked_rows
from dynamic_engines import KernelBuildError, KernelSource, build, devices, open_device
from dynamic_engines.checked import Check, Checked, Form, Watch, check_kernels, find_simulator
from dynamic_engines.matrix import KernelRow
from tests.dynamic_delivery.matrix.compiling import compiled_apart

_SEED = 1
_FORM_S = 1200.0
_ENTRY = re.compile(r"^\s*(?:__kernel|kernel)\b.*?\bvoid\s+(\w+)\s*\(", re.MULTILINE | re.DOTALL)
_KERNELS = sorted({row.kernel for row in checked_rows()})
_DEVICES = [pytest.param(n, id=info.label) for n, info in enumerate(devices())]

# Kernels that Oclgrind's watch for values that were never set cannot judge, each with the reason.
# test_no_result_depends_on_what_memory_held_before holds for them. One that it can judge must leave the list.
_FORGETS = "it forgets that an earlier launch wrote what this one reads"
_NOT_JUDGED = {
    "backtest/sma_cross": "it ends with a segmentation fault",
    "portfolio/drawdown": _FORGETS,
    "portfolio/equity": _FORGETS,
    "portfolio/positions": _FORGETS,
    "portfolio/rebalance": "from a process's second launch on it forgets what an item itself wrote; the first is clean",
    "recursive/exponential": _FORGETS,
    "recursive/linear": _FORGETS,
    "recursive/wilder": _FORGETS,
    "reductions/extrema": _FORGETS,
    "reductions/sum": _FORGETS,
    "rolling/sum": _FORGETS,
    "rolling/variance": _FORGETS,
    "scans/inclusive_sum": _FORGETS,
    "scans/segmented_sum": _FORGETS,
    # has_the_oracles_bits of tests/dynamic_ta/indicators/panels.py holds for these, with memory that held NaN before.
    **{kernel: "it ends with a segmentation fault" for kernel in _KERNELS if kernel.startswith("panels/")},
}


def checked(kernel: str, watch: Watch) -> list[Checked]:
    return list(check_kernels(Check(checked_rows, find_simulator([]), watch, _SEED, _FORM_S), [kernel]))


@pytest.fixture(scope="module")
def raced() -> dict[str, list[Checked]]:
    return defaultdict(list)


@pytest.mark.parametrize("kernel", _KERNELS)
def test_no_kernel_reads_or_writes_out_of_bounds_or_races(kernel: str, raced: dict[str, list[Checked]]) -> None:
    raced[kernel] = checked(kernel, Watch.RACES)
    assert [str(one) for one in raced[kernel] if not one.clean] == []
    assert {one.form for one in raced[kernel]} == set(Form)
    assert sum(one.cases for one in raced[kernel]) >= len(raced[kernel])


def test_every_function_of_every_kernel_file_was_run(raced: dict[str, list[Checked]]) -> None:
    """After the test above: a kernel without a row, or a function that no input reaches, would go unwatched."""
    files = sorted(Path("kernels").glob("*/*.cl"))
    assert files
    ran = {entry for every in raced.values() for one in every for entry in one.entries}
    there = {f"{file.parent.name}/{file.stem}:{entry}" for file in files for entry in _ENTRY.findall(file.read_text())}
    assert there - ran == set()


@pytest.mark.parametrize("kernel", [kernel for kernel in _KERNELS if kernel not in _NOT_JUDGED])
def test_no_kernel_reads_a_value_that_was_never_set(kernel: str) -> None:
    assert [str(one) for one in checked(kernel, Watch.UNINITIALIZED) if not one.clean] == []


@pytest.mark.parametrize("kernel", _NOT_JUDGED)
def test_a_kernel_that_can_be_judged_after_all_leaves_the_list(kernel: str) -> None:
    assert any(not one.clean for one in checked(kernel, Watch.UNINITIALIZED))


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.kernel} {row.maths}") for row in checked_rows()])
@pytest.mark.parametrize("number", _DEVICES)
def test_every_kernel_compiles_without_a_warning(number: int, row: KernelRow, form: Form) -> None:
    assert compiled_apart(f"#{number}", row.kernel, row.maths, form) == ""


@pytest.mark.parametrize("number", _DEVICES)
def test_every_device_refuses_a_kernel_with_a_warning(number: int) -> None:
    warns = "__kernel void k(__global float *x)\n{\n#warning careful\n    x[0] = 1;\n}\n"
    with open_device(f"#{number}") as device, pytest.raises(KernelBuildError, match="careful") as caught:
        build(device, KernelSource("test/k", warns), {})
    assert (caught.value.kernel, caught.value.device) == ("test/k", device.info.label)
