"""Times that a person can trust: really cold, beside the roof, and silent where nothing is known."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dynamic_engines import Device, Maths, Precision, devices, open_device
from dynamic_engines.library import library_rows
from dynamic_engines.matrix import Cell, KernelRow, Status, TimingPlan, run_matrix
from dynamic_engines.matrix.isolation import Judge
from dynamic_engines.matrix.questions import CompileQuestion
from dynamic_engines.matrix.run import timing_of
from dynamic_engines.matrix.timing import best_of, call_time, empty_caches
from tests.dynamic_engines.matrix.fakes import Busy, rows, twice

_PATIENT_S = 300.0
_SMALL = TimingPlan(share=0.01, rounds=2)


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with open_device() as opened:
        yield opened


def timed(load_rows: object, kernel: str) -> Cell:
    chosen = [("#0", devices()[0])]
    single = [Precision.FLOAT32]
    return next(run_matrix(load_rows, [kernel], chosen, single, 1, _PATIENT_S, _SMALL))  # type: ignore[arg-type]


def test_the_arms_take_turns_and_the_best_counted_call_wins() -> None:
    called: list[str] = []
    arms = {"a": lambda: called.append("a"), "b": lambda: called.append("b")}
    # The round that warms up reads the clock once an arm: it is started and not stopped.
    took = best_of(arms, 2, iter([0.0, 0.0, 10.0, 13.0, 20.0, 25.0, 30.0, 34.0, 40.0, 42.0]).__next__)
    assert called == ["a", "b"] * 3
    assert took == {"a": 3.0, "b": 2.0}


def test_a_cell_of_the_library_has_every_time_and_its_share_is_the_arithmetic_of_its_parts() -> None:
    cell = timed(library_rows, "reductions/sum")
    assert (cell.status, cell.reason) == (Status.PASS, "")
    timing = cell.timing
    assert timing is not None
    assert timing.case == "160000 values"
    moved, roof, share = timing.bytes_per_s, timing.roof_bytes_per_s, timing.roof_share
    assert moved is not None
    assert roof is not None
    assert share is not None
    assert moved * timing.call_s == pytest.approx(4 * 160_000)  # each float32 is read once
    assert (timing.bound_by, timing.resident) == ("memory", True)
    assert share == pytest.approx(moved / roof)


def programs_in(folder: Path) -> set[Path]:
    """PoCL keeps a shared library for each function that it compiled."""
    return set(folder.rglob("*.so"))


def test_nothing_that_is_cached_hastens_the_cold_compilation_and_the_next_process_finds_it(tmp_path: Path) -> None:
    question = CompileQuestion("reductions/sum", Precision.FLOAT32, Maths.STRICT)
    with Judge(library_rows, "#0", _PATIENT_S) as usual:
        assert usual.ask(question) is not None  # now the caches of this user hold it
    caches = empty_caches(tmp_path)
    assert not any(tmp_path.iterdir())
    with Judge(library_rows, "#0", _PATIENT_S, caches) as first:
        cold = first.ask(question)
    written = programs_in(tmp_path)
    with Judge(library_rows, "#0", _PATIENT_S, caches) as second:
        cached = second.ask(question)
    assert written
    assert programs_in(tmp_path) == written  # the second compiled nothing
    assert cold is not None
    assert cached is not None
    assert cached < cold


def test_a_kernel_that_cannot_be_timed_has_no_time_and_passes() -> None:
    cell = timed(rows, "rolling/sma")
    assert (cell.status, cell.timing) == (Status.PASS, None)


def test_a_kernel_without_a_declared_cost_has_a_time_and_no_share_of_a_roof(device: Device) -> None:
    timing = timing_of(call_time(Busy("rolling/sma", twice), device, Precision.FLOAT32, 0.01, 2), None, None)
    assert timing.call_s > 0
    assert (timing.bytes_per_s, timing.operations_per_s, timing.roof_share, timing.bound_by) == (None, None, None, "")


class Crashing(Busy):
    def sample(self, *_: object) -> object:  # type: ignore[override]
        os.abort()


def crashing_sample_rows() -> list[KernelRow]:
    return [Crashing("rolling/sma", twice)]


def test_a_driver_that_crashes_on_the_larger_sample_fails_the_cell_and_keeps_what_was_judged() -> None:
    cell = timed(crashing_sample_rows, "rolling/sma")
    assert (cell.status, cell.cases, cell.timing) == (Status.FAIL, 2, None)
    assert cell.reason == "while it was timed: the process died (SIGABRT)"


def test_twice_the_work_takes_longer(device: Device) -> None:
    light = Busy("rolling/sma", twice, steps=2_000_000)
    short, long = (
        call_time(row, device, Precision.FLOAT32, 0.01, 3).call_s for row in (light, replace(light, steps=200_000_000))
    )
    assert long > 10 * short
