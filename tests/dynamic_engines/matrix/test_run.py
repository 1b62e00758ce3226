"""The matrix as a whole: a driver that crashes or hangs costs one cell, and what is missing says so."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dynamic_engines import DeviceInfo, Precision, devices
from dynamic_engines.matrix import Cell, KernelRow, Matrix, MatrixFileError, Status, latest, load, run_matrix, save
from dynamic_engines.matrix.engines import ENGINES, engine_of
from tests.dynamic_engines.matrix.fakes import Doubling, crashing_rows, hanging_rows, rows, third_is_off, twice

_PATIENT_S = 300.0
_BOTH = tuple(Precision)


def here() -> tuple[str, DeviceInfo]:
    return "#0", devices()[0]


def judged(
    load_rows: object, info: DeviceInfo | None = None, timeout_s: float = _PATIENT_S, seed: int = 1
) -> list[Cell]:
    selector, found = here()
    cells = run_matrix(load_rows, ["rolling/sma"], [(selector, info or found)], _BOTH, seed, timeout_s)  # type: ignore[arg-type]
    return [cell for cell in cells if cell.device]


def off_rows() -> list[KernelRow]:
    return [Doubling("rolling/sma", third_is_off, bound=0.0, inputs=())]


def both_are_off() -> list[KernelRow]:
    return [Doubling("rolling/sma", third_is_off, bound=0.0)]


def test_a_kernel_that_agrees_passes_in_each_precision() -> None:
    cells = judged(rows)
    assert [(cell.status, cell.precision, cell.cases) for cell in cells] == [(Status.PASS, p, 2) for p in _BOTH]


def test_a_kernel_that_is_off_fails_and_the_same_seed_finds_the_same_worst_input() -> None:
    first, again, other = (judged(off_rows, seed=seed)[1] for seed in (7, 7, 8))
    assert first.status is Status.FAIL
    assert first == again
    assert first.worst is not None
    assert first.worst.bar == 2
    assert other.worst != first.worst


def test_every_case_that_fails_is_kept() -> None:
    cell = judged(both_are_off)[1]
    assert cell.reason.startswith("given 0 (2): twice is off")
    (other,) = cell.others
    assert other.startswith("drawn (2): twice is off")


def test_a_driver_that_crashes_costs_a_cell_and_its_last_words_are_kept() -> None:
    cells = judged(crashing_rows)
    assert [cell.status for cell in cells] == [Status.FAIL] * 2
    assert cells[1].reason == "the process died (SIGABRT: LLVM ERROR: cannot select)"


def test_a_driver_that_hangs_is_killed() -> None:
    (cell, _) = judged(hanging_rows, timeout_s=0.5)
    assert (cell.status, cell.reason) == (Status.FAIL, "no answer in 0.5 s, so the process was killed")


def test_a_device_without_float64_is_unsupported_there_and_judged_in_float32() -> None:
    single = replace(here()[1], fp64=False)
    assert [cell.status for cell in judged(rows, single)] == [Status.PASS, Status.UNSUPPORTED]


def single_rows() -> list[KernelRow]:
    return [Doubling("rolling/sma", twice, precisions=(Precision.FLOAT32,))]


def test_a_precision_that_the_kernel_has_no_form_for_is_unsupported() -> None:
    cells = judged(single_rows)
    assert [cell.status for cell in cells] == [Status.PASS, Status.UNSUPPORTED]
    assert cells[1].reason == "the kernel has no form in float64"


def test_an_engine_that_is_not_here_says_how_to_get_it() -> None:
    cells = list(run_matrix(rows, ["rolling/sma"], [], _BOTH, 1, _PATIENT_S))
    assert {cell.engine for cell in cells} == {engine.name for engine in ENGINES}
    assert {cell.status for cell in cells} == {Status.NOT_PRESENT}
    assert all(cell.reason.startswith("get it: ") for cell in cells)


@pytest.mark.parametrize(
    ("platform", "kind", "engine"),
    [
        ("Portable Computing Language", "cpu", "pocl"),
        ("Intel(R) OpenCL", "cpu", "intel-cpu"),
        ("Oclgrind", "cpu", "oclgrind"),
        ("rusticl", "cpu", "rusticl"),
        ("NVIDIA CUDA", "gpu", "gpu"),
        ("Intel(R) OpenCL Graphics", "gpu", "gpu"),
        ("Somebody's", "accelerator", "opencl"),
    ],
)
def test_each_platform_belongs_to_an_engine(platform: str, kind: str, engine: str) -> None:
    assert engine_of(replace(here()[1], platform=platform, type=kind)) == engine


def recorded(seed: int, hour: int = 12) -> Matrix:
    return Matrix(datetime(2026, 1, 2, hour, tzinfo=UTC), seed, "2.0", tuple(judged(off_rows, seed=seed)))


def test_a_recorded_matrix_reads_back_the_same_and_the_newest_is_found(tmp_path: Path) -> None:
    first = recorded(7)
    save(tmp_path, first)
    later = replace(first, time=datetime(2026, 1, 2, 13, tzinfo=UTC))
    path = save(tmp_path, later)
    assert latest(tmp_path) == path
    assert load(path) == later
    assert json.loads(path.read_bytes()) == later.document()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "dynamic.matrix/2"}', "\x00"])
def test_a_file_that_is_no_matrix_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MatrixFileError, match=r"a\.json is no matrix .*: make a new one: \./dynamic matrix run"):
        load(path)


def test_a_folder_without_a_matrix_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MatrixFileError, match=r"make one: \./dynamic matrix run"):
        latest(tmp_path)
