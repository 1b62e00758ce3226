"""Whether a recorded cell still says something of this tree and this machine: what is here now, asked at the rim."""

from collections.abc import Iterable
from datetime import timedelta

from dynamic_base import Clock, SystemClock
from dynamic_delivery.matrix.inference import UnknownModelError, digest_of, is_inference, why_moved
from dynamic_engines import EngineError, devices, load_kernel
from dynamic_engines.matrix import Cell, Matrix
from dynamic_engines.matrix.staleness import MAX_AGE_DAYS, Present, why_aged, why_changed, why_stale


def stale_whys(matrix: Matrix, max_age_days: int = MAX_AGE_DAYS, clock: Clock | None = None) -> list[str]:
    """Return why each cell of ``matrix`` says nothing of the present tree and machine; "" for those that still do."""
    held = Present(
        (clock or SystemClock()).now(),
        devices(),
        _digests(cell.kernel for cell in matrix.cells),
        timedelta(days=max_age_days),
    )
    return [
        why_changed(cell, held.digests) or why_moved(cell) or why_aged(matrix.time, held)
        if is_inference(cell.kernel)
        else why_stale(cell, matrix.time, held)
        for cell in matrix.cells
    ]


def changed_why(cell: Cell) -> str:
    """Return why ``cell`` says nothing of the present tree."""
    return why_changed(cell, _digests([cell.kernel]))


def _digests(kernels: Iterable[str]) -> dict[str, str]:
    found = {}
    for kernel in set(kernels):
        try:
            found[kernel] = digest_of(kernel) if is_inference(kernel) else load_kernel(kernel).digest
        except (EngineError, UnknownModelError):
            continue  # gone, and so it has no digest
    return found
