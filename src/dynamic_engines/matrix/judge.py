"""One kernel, one device, one input: whether it agrees with the oracle, and where it is worst."""

from dataclasses import dataclass, field, replace

import numpy as np

from dynamic_base import DynamicError
from dynamic_engines.device import Device
from dynamic_engines.errors import EngineError, KernelDomainError
from dynamic_engines.matrix.cases import F64, Case
from dynamic_engines.matrix.rows import KernelRow
from dynamic_engines.model import Precision

_SHOWN_BARS = 4

Lines = tuple[F64, ...]


@dataclass(frozen=True, slots=True)
class Worst:
    """The value that lies farthest from the oracle's, and what caused it.

    Parameters
    ----------
    ulp : distance in units in the last place of the cell's precision, at the expected value
    error : the same distance, in the line's unit
    bound_share : the largest ``error / bound`` of the case, at whichever bar; above 1 the cell fails
    inputs : the last values of each input up to that bar, oldest first
    """

    ulp: float
    error: float
    bound_share: float
    case: str
    settings: tuple[int | float, ...]
    output: str
    bar: int
    expected: float
    got: float
    inputs: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one case showed.

    Parameters
    ----------
    reason : empty if the device agreed
    worst : None where nothing was compared
    got : what the device gave, where it gave something
    """

    reason: str
    worst: Worst | None
    got: Lines | None = field(default=None, compare=False, repr=False)


def judge(row: KernelRow, device: Device, case: Case, precision: Precision) -> Verdict:
    """Compare the device with the oracle. A refusal counts as an answer: both sides must give the same one."""
    try:
        expected = row.expected(case)
    except DynamicError as refusal:
        return _refused(row, device, case, precision, refusal)
    try:
        got = row.computed(device, case, precision)
    except KernelDomainError as error:
        return _only_the_device_refuses(case, precision, error)
    except EngineError as error:
        return Verdict(f"{_where(case)}: {type(error).__name__}: {error.message}", None)
    except DynamicError as error:
        return _only_the_device_refuses(case, precision, error)
    return replace(_compare(row, case, precision, expected, got), got=got)


def _only_the_device_refuses(case: Case, precision: Precision, error: DynamicError) -> Verdict:
    """The narrower precision may have a smaller domain, and says so."""
    lossless = precision is Precision.FLOAT64
    return Verdict(f"{_where(case)}: only the device refuses: {error.message}" if lossless else "", None)


def _refused(row: KernelRow, device: Device, case: Case, precision: Precision, refusal: DynamicError) -> Verdict:
    try:
        row.computed(device, case, precision)
    except DynamicError as error:
        same = type(error) is type(refusal)
        return Verdict("" if same else f"{_where(case)}: {type(error).__name__}, not {type(refusal).__name__}", None)
    return Verdict(f"{_where(case)}: the device answers where the oracle says: {refusal.message}", None)


def _compare(row: KernelRow, case: Case, precision: Precision, expected: Lines, got: Lines) -> Verdict:
    reason, worst = "", None
    for name, want, have, bound in zip(row.outputs, expected, got, row.bounds(case, precision), strict=True):
        if want.shape != have.shape:
            return Verdict(f"{_where(case)}: {name} has shape {have.shape}, not {want.shape}", None)
        strange = np.flatnonzero(np.isfinite(want) != np.isfinite(have))
        if strange.size:
            at = int(strange[0])
            reason = reason or f"{_where(case)}: {name} at bar {at} is {have[at]}, not {want[at]}"
        line = _farthest(case, precision, name, want, have, np.broadcast_to(np.asarray(bound), want.shape))
        if line is None:
            continue
        if line.bound_share > 1:
            reason = reason or f"{_where(case)}: {name} is off by {line.bound_share:.3g} times the bound"
        worst = line if worst is None or line.ulp > worst.ulp else worst
    return Verdict(reason, worst)


def _farthest(case: Case, precision: Precision, name: str, want: F64, have: F64, bound: F64) -> Worst | None:
    both = np.flatnonzero(np.isfinite(want) & np.isfinite(have))
    if not both.size:
        return None
    error = np.abs(have[both] - want[both])
    with np.errstate(over="ignore"):  # a large error at a tiny value may be more units than float64 counts
        ulps = error / _spacing(want[both], precision)
    n = int(np.argmax(ulps))
    bar = int(both[n])
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(error == 0, 0.0, error / bound[both])
    first = max(0, bar + 1 - _SHOWN_BARS)
    return Worst(
        ulp=float(ulps[n]),
        error=float(error[n]),
        bound_share=float(np.max(shares)),
        case=case.name,
        settings=case.settings,
        output=name,
        bar=bar,
        expected=float(want[bar]),
        got=float(have[bar]),
        inputs=tuple(tuple(line[first : bar + 1].tolist()) for line in case.inputs),
    )


def _spacing(values: F64, precision: Precision) -> F64:
    """Return one unit in the last place of ``precision`` at each value; below the normal range, the smallest step."""
    kind = np.finfo(precision.dtype)
    # One step below the largest, whose own spacing would be infinite.
    within = np.clip(np.abs(values), 0, float(kind.max) * (1 - float(kind.eps))).astype(precision.dtype)
    return np.maximum(np.spacing(within).astype(np.float64), float(kind.smallest_subnormal))


def _where(case: Case) -> str:
    settings = ", ".join(f"{value:g}" for value in case.settings)
    return f"{case.name} ({settings})"
