"""Wilder's smoothing of many series."""

from collections.abc import Sequence

from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.chunks import LENGTHS, lane_knobs
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting, Settings
from dynamic_engines.library.recursive.smoothing import check_smoothing, place_smoothing, smoothed, smoothing_error
from dynamic_engines.library.stage import Stage, Work
from dynamic_engines.matrix.cases import Rng
from dynamic_engines.model import Precision


def wilder(x: F64, series: int, period: int) -> Lines:
    """Return y += (x - y) / period for each of ``series`` series, from the plain mean of its first ``period`` values.

    Parameters
    ----------
    x : float64[series * bars], series after series, oldest first, finite
    series : int, at least 1
    period : int, bars, 1 <= period <= bars

    Returns
    -------
    float64[series * bars]; NaN for the first ``period - 1`` of each series (warm-up)

    Notes
    -----
    TA-Lib smooths the true range so for its ATR. Wilder's sums (S -= S / period; S += x), which it has in +DM, are
    ``period`` times this, from another seed.

    References
    ----------
    .. [1] J. W. Wilder, New Concepts in Technical Trading Systems, 1978, section 3
    """
    return (smoothed(x, series, 1 / period, period),)


def _check(precision: Precision, x: F64, series: float, period: float) -> None:
    check_smoothing(precision, x, series, "period", period)


def _place(stage: Stage, x: F64, series: int, period: int) -> Work:
    return place_smoothing(stage, load_kernel("recursive/wilder"), x, series, 1 / period, period)


def _most_error(precision: Precision, x: F64, series: int, period: int) -> Lines:
    return (smoothing_error(precision, x, series, 1 / period, period),)


def _settings(rng: Rng, size: int) -> Sequence[Settings]:
    several = next((n for n in (7, 5, 3) if size % n == 0), 1)
    bars = max(1, size // several)
    return [(1, 14), (several, int(rng.integers(1, min(bars, 300) + 1))), (1, 1), (1, max(1, size))]


WILDER = Kernel(
    name="recursive/wilder",
    title="Wilder's smoothing",
    inputs=(Argument("x", "n", "REAL", "any", "the values, series after series, oldest first"),),
    settings=(
        Setting("series", 1, 1, "series, one after the other; it divides n"),
        Setting("period", 14, 1, "bars; the newest value weighs 1 / period"),
    ),
    outputs=(Argument("mean", "n", "REAL", "any", "NaN for the first period - 1 of each series (warm-up)"),),
    check=_check,
    compute=wilder,
    place=_place,
    most_error=_most_error,
    bound_source="compensated Horner, whose magnitudes never exceed the largest value: one rounding, and u^2 terms",
    cost=lambda size, n, *_: Cost(2 * size * n, 3 * n),
    draw=line_cases(settings=_settings, lengths=LENGTHS),
    sample=walks(8_000_000, settings=(1, 14)),
    knobs=lane_knobs,
)
