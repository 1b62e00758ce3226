"""Whether a kernel gives the same bits again: at once on the same device, and later in a context of its own."""

import hashlib

import numpy as np

from dynamic_base import DynamicError
from dynamic_engines.device import Device
from dynamic_engines.matrix.cases import F64, Case
from dynamic_engines.matrix.judge import Lines
from dynamic_engines.matrix.rows import KernelRow
from dynamic_engines.model import Precision


def fingerprint(lines: Lines) -> str:
    """Return a digest of all bits of ``lines`` and of their lengths.

    Every NaN counts as the same: which one comes out of an operation is the processor's choice (IEEE 754-2019, 6.2.3),
    and no decision reads it. The two zeros count as different, since a reciprocal would.
    """
    sha = hashlib.sha256()
    for line in lines:
        sha.update(line.size.to_bytes(8, "little"))
        sha.update(_bits(line).tobytes())
    return sha.hexdigest()


def difference(names: tuple[str, ...], first: Lines, again: Lines) -> str:
    """Return the first value whose bits are others; "" if none is."""
    for name, one, two in zip(names, first, again, strict=True):
        if one.shape != two.shape:
            return f"{name} has shape {two.shape}, then {one.shape}"
        changed = np.flatnonzero(_bits(one) != _bits(two))
        if changed.size:
            at = int(changed[0])
            return f"{name}[{at}] is {float(one[at])!r}, then {float(two[at])!r}"
    return ""


def repeated(row: KernelRow, device: Device, case: Case, precision: Precision, first: Lines) -> str:
    """Compute ``case`` again and return what is other than ``first``; "" if nothing is."""
    try:
        return difference(row.outputs, first, row.computed(device, case, precision))
    except DynamicError as error:
        return f"the second call is refused: {error.message}"


def _bits(line: F64) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]":
    same_nan = np.where(np.isnan(line), np.nan, line)
    return np.ascontiguousarray(same_nan).view(np.uint64)
