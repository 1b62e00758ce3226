"""Exponential smoothing of many series: its oracle, its launch, and how far the two may differ."""

from itertools import accumulate

import numpy as np
import numpy.typing as npt

from dynamic_engines.kernels import KernelSource
from dynamic_engines.library.chunks import Chunked, check_series, lane_knobs, rows_of
from dynamic_engines.library.inputs import check_largest, check_lines, check_whole
from dynamic_engines.library.recursive.bounds import lost_twice, roundings
from dynamic_engines.library.stage import Stage, Work, known
from dynamic_engines.model import Precision
from dynamic_engines.rounding import gamma, smallest, unit

F64 = npt.NDArray[np.float64]


def smoothed(x: F64, series: int, weight: float, seed: int) -> F64:
    """Return y += weight * (x - y), from the plain mean of the first ``seed`` values, series after series.

    Parameters
    ----------
    x : float64[series * bars]
    weight : of the newest value, 0 < weight <= 1
    seed : int, 1 <= seed <= bars

    Returns
    -------
    float64[series * bars]; NaN for the first ``seed - 1`` of each series
    """
    found = np.full(x.size, np.nan)
    for out, row in zip(rows_of(found, series), rows_of(x, series), strict=True):
        if row.size:
            later, start = row[seed:].tolist(), float(row[:seed].mean())
            out[seed - 1 :] = list(accumulate(later, lambda y, value: y + weight * (value - y), initial=start))
    return found


def check_smoothing(precision: Precision, x: F64, series: float, name: str, seed: float) -> None:
    """Return if ``x`` is so many finite series, each long enough for its seed, and no sum of a seed is too large.

    ``name`` is what the setting that says the seed's length is called.
    """
    check_lines(x=x)
    check_series(series, x=x)
    check_whole(name, seed, 1, max(1, x.size // int(series)))
    check_largest(precision, 1 / 8 / seed, x=x)


def place_smoothing(stage: Stage, kernel: KernelSource, x: F64, series: int, weight: float, seed: int) -> Work:
    """Return the work of a kernel that includes ``common/smoothing.clh``."""
    if not x.size:
        return known(np.zeros(0))
    program = stage.program(kernel, lane_knobs(stage.precision))
    chunked = Chunked(stage, program, series, x.size // series)
    weights, source = stage.send("weights", parts_of(weight, seed, stage.precision)), stage.send("x", x)
    ends, before, out = stage.room(chunked.total, 4), stage.room(chunked.total, 4), stage.room(x.size)

    def launch() -> None:
        if chunked.chunks > 1:
            chunked.each("smooth_ends", np.uint32(seed), weights, source, ends)
            chunked.carry(ends, before)
        chunked.each("smooth", np.uint32(seed), weights, source, before, out).wait()

    return Work(launch, lambda: stage.fetch(out))


def parts_of(weight: float, seed: int, precision: Precision) -> F64:
    """Return 1 - weight, weight and 1 / seed, each as high and low, which ``precision`` holds."""
    kind = precision.dtype.type
    parts = []
    for high, rest in (
        (1 - weight, (1 - (1 - weight)) - weight),  # exact: what the difference lost
        (weight, 0.0),
        (1 / seed, _left(seed)),
    ):
        top = float(kind(high))
        parts += [top, float(kind((high - top) + rest))]
    return np.array(parts)


def _left(seed: int) -> float:
    """Return 1 / seed less its float64, by whole numbers, which lose nothing."""
    numerator, denominator = (1 / seed).as_integer_ratio()
    return (denominator - numerator * seed) / (denominator * seed)


def smoothing_error(precision: Precision, x: F64, series: int, weight: float, seed: int) -> F64:
    """Return the most that the device's y may differ from ``smoothed``'s; 0 in the warm-up.

    Notes
    -----
    Let u be the unit roundoff, v that of float64, A the largest magnitude so far in its series, a the weight. What all
    values weigh adds up to 1, so the recurrence of the magnitudes never exceeds A.

    1. Sending moves values by at most d, and so a mean of them.
    2. 1 - a, a and 1 / seed are right to u^2 as high + low. A value of age k has k factors 1 - a, and
       sum k a (1 - a)^k < 1 / a: u^2 A (1 / a + 2).
    3. The recurrence loses ``lost_twice``, and rounds high + low once: u |y|. Ages are at most those of a geometric
       distribution, of which sum k < 1 / a and sum k^2 < 2 / a^2, and in the seed up to ``seed`` more.
    4. Each of a link's 16 results may be flushed, or underflow, by ``smallest``; so may a product of many 1 - a, which
       then meets a y of at most A. Together 16 smallest (1 + A) (1 / a + seed).
    5. The oracle's update rounds a (x - y) three times and y once, and shrinks what was before: 8 v A / a; its seed is
       a sum and a division, gamma(seed + 1) A in v.
    """
    u, v = unit(precision), unit(Precision.FLOAT64)
    y = smoothed(x, series, weight, seed)
    largest = np.maximum.accumulate(rows_of(np.abs(x), series), axis=1).ravel()
    shifts = np.abs(x.astype(precision.dtype).astype(np.float64) - x)
    moved = np.maximum.accumulate(rows_of(shifts, series), axis=1).ravel()
    bars = max(1, x.size // series)
    least, each = roundings(bars)
    least += 1 + each * seed
    squares = least**2 + 2 * least * each / weight + 2 * (each / weight) ** 2
    relative = u * u * (1 / weight + 2) + lost_twice(bars, precision, np.array([squares]))
    flushed = 16 * smallest(precision) * (1 + largest) * (1 / weight + seed)
    oracle = (8 * v / weight + gamma(seed + 1, v)) * largest
    bound = (moved + relative * (largest + moved) + flushed + oracle) * (1 + 2 * u) + u * np.abs(y)
    return np.where(np.isnan(y), 0.0, bound)
