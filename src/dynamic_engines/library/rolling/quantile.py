"""Rolling quantile."""

import math
from collections.abc import Sequence

import numpy as np

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import check_largest
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting, Settings
from dynamic_engines.library.pairs import GROUP, lane_knobs, width_of
from dynamic_engines.library.rolling.windows import check_window, warmed, windows_of
from dynamic_engines.library.stage import Stage, Work
from dynamic_engines.matrix.cases import Rng
from dynamic_engines.model import Precision
from dynamic_engines.rounding import smallest, unit

_SHORT, _TILE = 128, 256
_LENGTHS = (0, 1, 2, 128, 129, 255, 257, 509)


def rolling_quantile(x: F64, period: int, level: float) -> Lines:
    """Quantile of the last ``period`` values, between neighbours in proportion.

    Parameters
    ----------
    x : float64[n], finite, oldest first, at most half of float64's largest
    period : int, 1 <= period <= n
    level : 0 <= level <= 1; 0.5 is the median

    Returns
    -------
    float64[n]; NaN for the first ``period - 1`` values (warm-up)

    Notes
    -----
    The place is ``level * (period - 1)``, counted from 0: Hyndman and Fan's definition 7 [1]_, NumPy's and pandas'
    default. O(n * period) time.

    References
    ----------
    .. [1] R. J. Hyndman, Y. Fan, Sample quantiles in statistical packages, The American Statistician 50, 1996
    """
    low, high, share = _neighbours(x, period, level)
    return (warmed(low + share * (high - low), x.size),)


def _place_of(period: int, level: float) -> tuple[int, float]:
    place = level * (period - 1)
    return math.floor(place), place - math.floor(place)


def _neighbours(x: F64, period: int, level: float) -> tuple[F64, F64, float]:
    rank, share = _place_of(period, level)
    above = min(rank + 1, period - 1)
    ordered = np.partition(windows_of(x, period), sorted({rank, above}), axis=1)
    return ordered[:, rank], ordered[:, above], share


def _check(precision: Precision, x: F64, period: float, level: float) -> None:
    check_window(x, period)
    check_largest(precision, 0.5, x=x)
    if not 0 <= level <= 1:
        raise KernelDomainError(f"level is {level}", "use 0 <= level <= 1")


def _place(stage: Stage, x: F64, period: int, level: float) -> Work:
    program = stage.program(load_kernel("rolling/quantile"), lane_knobs(stage.precision))
    rank, share = _place_of(period, level)
    source, out = stage.send("x", x), stage.room(x.size)
    every = (np.uint32(x.size), np.uint32(period), np.uint32(rank), stage.real(share), source, out)
    if period > _SHORT:
        return Work(lambda: program.run(x.size, *every, entry="quantile_long"), lambda: stage.fetch(out))
    local, bars = stage.pick(GROUP), _TILE * stage.pick(width_of(stage.precision))
    return Work(lambda: program.run(-(-x.size // bars), *every, local=local), lambda: stage.fetch(out))


def _most_error(precision: Precision, x: F64, period: int, level: float) -> tuple[F64]:
    """Return the bound of each quantile.

    Notes
    -----
    Rounding what is sent is monotone, so the neighbours a <= b in order are those of the oracle, each moved by u of
    itself. a + share (b - a): share is rounded (u), the difference (u), the product (u), and the sum (u of the result).
    With m = max(|a|, |b|), b - a <= 2 m: 3 u 2 m + u m + what sending moved, u m; 10 u m covers the second order. The
    oracle does the same in float64. Four results may be flushed.
    """
    low, high, _ = _neighbours(x, period, level)
    size = np.maximum(np.abs(low), np.abs(high))
    bound = 10 * (unit(precision) + unit(Precision.FLOAT64)) * size + 6 * smallest(precision)
    return (np.nan_to_num(warmed(bound, x.size)),)


def _settings(rng: Rng, size: int) -> Sequence[Settings]:
    periods = [period for period in (1, 2, 20, 127, 128, 129, 255) if period <= size] or [1]
    return [(int(rng.choice(periods)), level) for level in (0.0, 0.5, round(float(rng.uniform()), 4), 1.0)]


ROLLING_QUANTILE = Kernel(
    name="rolling/quantile",
    title="Rolling quantile",
    inputs=(Argument("x", "n", "REAL", "any", "the values, oldest first"),),
    settings=(
        Setting("period", 20, 1, "values in the window, at most n"),
        Setting("level", 0.5, 0.0, "0 to 1; 0.5 is the median"),
    ),
    outputs=(Argument("quantile", "n", "REAL", "any", "NaN for the first period - 1 (warm-up)"),),
    check=_check,
    compute=rolling_quantile,
    place=_place,
    most_error=_most_error,
    bound_source="exact neighbours in order (comparisons only), and four roundings between them",
    # A median by selection compares each value of a window about twice.
    cost=lambda size, n, period, _: Cost(2 * size * n, 2 * period * n),
    draw=line_cases(settings=_settings, lengths=_LENGTHS),
    sample=walks(400_000, settings=(20, 0.5)),
    needs=(),
    knobs=lane_knobs,
)
