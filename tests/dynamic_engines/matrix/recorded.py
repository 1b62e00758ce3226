"""Cells as a run would record them, with whatever a test wants to be other."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dynamic_engines import DeviceInfo, Precision
from dynamic_engines.matrix import Cell, Status, Worst

RECORDED = datetime(2026, 11, 1, 12, tzinfo=UTC)
WORST = Worst(2.5, 1e-7, 0.25, "walk of 257 bars", (20,), "sma", 256, 100.5, 100.25, ((1.0, 2.0, 3.0, 4.0),))
CELL = Cell(
    "rolling/sma",
    "d1",
    "intel-cpu",
    "AMD EPYC",
    "Intel(R) OpenCL 2026.22.10",
    Precision.FLOAT32,
    Status.PASS,
    cases=41,
    worst=WORST,
    bound_share=0.25,
    deterministic=True,
)
DEVICE = DeviceInfo(
    platform="Intel(R) OpenCL",
    name="AMD EPYC",
    vendor="Intel",
    driver_version="2026.22.10",
    opencl_c_version="OpenCL C 3.0",
    type="cpu",
    fp64=True,
    compute_units=2,
    max_work_group=8192,
    global_memory_bytes=2**30,
    max_allocation_bytes=2**28,
    preferred_vector_width=1,
)


def cell(**changes: Any) -> Cell:
    return replace(CELL, **changes)


def worst(**changes: Any) -> Worst:
    return replace(WORST, **changes)
