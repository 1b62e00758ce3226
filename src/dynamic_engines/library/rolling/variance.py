"""Rolling mean and variance."""

import math
from typing import Any

import numpy as np

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import check_lines
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting
from dynamic_engines.library.pairs import GROUP, lane_knobs
from dynamic_engines.library.rolling.extrema import rolling_extrema
from dynamic_engines.library.rolling.windows import (
    LENGTHS,
    check_window,
    count_of,
    depth_of,
    periods,
    warmed,
    windows_of,
)
from dynamic_engines.library.stage import Stage, Work, groups
from dynamic_engines.memory import Buffer
from dynamic_engines.model import Precision
from dynamic_engines.rounding import gamma, smallest, unit

_SPAN, _MOST = 768, 256


def rolling_variance(x: F64, period: int) -> Lines:
    """Mean and population variance of the last ``period`` values.

    Parameters
    ----------
    x : float64[n], finite, oldest first, below sqrt(float64's largest / (16 * period))
    period : int, 1 <= period <= n

    Returns
    -------
    two float64[n], mean and variance (divided by ``period``); NaN for the first ``period - 1`` values (warm-up)

    Notes
    -----
    Two passes over each window, relative to a value in the middle of the series: O(n * period) time.
    """
    center = _center(x)
    windows = windows_of(x - center, period)
    means = windows.mean(axis=1)
    return warmed(means + center, x.size), warmed(windows.var(axis=1), x.size)


def _center(x: F64) -> float:
    """Return a value near the others that float32 holds: nothing is lost by subtracting it that matters."""
    return float(np.float32(np.median(x))) if x.size else 0.0


def _check(precision: Precision, x: F64, period: float) -> None:
    check_lines(x=x)
    check_window(x, period)
    limit = math.sqrt(float(np.finfo(precision.dtype).max) / (16 * period))
    if float(np.abs(x).max()) >= limit:
        raise KernelDomainError(f"x reaches {np.abs(x).max():.3g}, beyond {limit:.3g}", "use a larger unit")


def _place(stage: Stage, x: F64, period: int) -> Work:
    program = stage.program(load_kernel("rolling/variance"), lane_knobs(stage.precision))
    local, bars = stage.pick(GROUP), np.uint32(x.size)
    source, means, spreads = stage.send("x", x), stage.room(x.size), stage.room(x.size)
    center, zero = stage.real(_center(x)), stage.real(0)

    def short(length: int, divisor: int, offset: "np.generic[Any]", mean: Buffer, squares: Buffer) -> None:
        words = (bars, np.uint32(length), np.uint32(divisor), center, offset)
        groups(program, count_of(stage, x.size, length, _SPAN), local, *words, source, mean, squares).wait()

    if period <= _MOST:
        return Work(lambda: short(period, period, center, means, spreads), lambda: stage.fetch(means, spreads))
    most, rest = ((stage.room(x.size), stage.room(x.size)) for _ in range(2))
    left = period % _MOST

    def launch() -> None:
        short(_MOST, 1, zero, *most)
        if left:
            short(left, 1, zero, *rest)
        whole = (bars, np.uint32(period), center, *most, *rest, means, spreads)
        groups(program, -(-x.size // _SPAN), local, *whole, entry="variance_long").wait()

    return Work(launch, lambda: stage.fetch(means, spreads))


def _most_error(precision: Precision, x: F64, period: int) -> tuple[F64, F64]:
    """Return the bounds of each mean and variance.

    Notes
    -----
    Let R be the window's largest distance from the center, V its variance, D the joins that a value passes, u the unit
    roundoff, and t what a flushed denormal loses.

    1. Subtracting the center rounds each value: u R. That, and in float32 what sending moved, shifts every value by at
       most d; a mean moves by d, and a deviation, which is a norm, by d: a variance by d (2 sqrt(V) + d).
    2. A join computes m + a w, where a is a difference of means (|a| <= 2 R) and w <= 1 a share. Their roundings are 1
       for a, at most 6 for w (a division is right to 2.5 ulp = 5 u in single [1]_), 1 for the product and 1 of the sum:
       at most 17 u R, and earlier errors do not grow, since the new mean lies between. So e = gamma(18 D) R + 4 D t.
    3. The squares are the sum over all joins of c a^2, every term positive, c = n_a n_b / (n_a + n_b) [2]_. A computed
       a is off by 2 e + u |a|. Relative errors (a twice, the square, c's 8, the product, D sums, the division's 5) are
       gamma(2 D + 20) V. What is left is sum c (4 e |a| + 4 e^2) / period, where sum c <= period D / 2, as a level's
       c add up to at most period / 2; by Cauchy and Schwarz 4 e sqrt(V D / 2) + 2 D e^2.
    4. The oracle is the same with two passes: e64 = gamma64(period + 2) R, and gamma64(period + 8) V + e64^2.

    References
    ----------
    .. [1] Khronos, The OpenCL Specification 1.2, 2012, section 7.4, relative error as ULPs
    .. [2] T. F. Chan, G. H. Golub, R. J. LeVeque, Algorithms for computing the sample variance, The American
       Statistician 37, 1983
    """
    u, u64, tiny = unit(precision), unit(Precision.FLOAT64), smallest(precision)
    center = _center(x)
    _, variance = rolling_variance(x, period)
    away = np.maximum(*np.abs(np.stack(rolling_extrema(x - center, period))))
    largest = np.maximum(*np.abs(np.stack(rolling_extrema(x, period))))
    depth = depth_of(period, _MOST)
    sent = u * largest + tiny if precision is Precision.FLOAT32 else 0.0
    shift = sent + (u + u64) * (away + sent)
    reach = away + shift
    error = gamma(18 * depth, u) * reach + 4 * depth * tiny
    error_64 = gamma(period + 2, u64) * reach + smallest(Precision.FLOAT64)
    mean_bound = shift + error + error_64 + (u + 2 * u64) * (largest + sent + error)

    seen = variance + error_64**2 + shift * (2 * np.sqrt(variance) + shift)
    squares = gamma(2 * depth + 20, u) * seen + 4 * error * np.sqrt(seen * depth / 2) + 2 * depth * error**2
    oracle = gamma(period + 8, u64) * seen + 2 * error_64**2
    moved = shift * (2 * np.sqrt(seen) + shift)
    variance_bound = (squares + oracle + moved) * (1 + 64 * u) + 32 * depth * tiny
    return np.nan_to_num(mean_bound), np.nan_to_num(variance_bound)


ROLLING_VARIANCE = Kernel(
    name="rolling/variance",
    title="Rolling mean and variance",
    inputs=(Argument("x", "n", "REAL", "any", "the values, oldest first"),),
    settings=(Setting("period", 20, 1, "values in the window, at most n"),),
    outputs=(
        Argument("mean", "n", "REAL", "any", "NaN for the first period - 1 (warm-up)"),
        Argument("variance", "n", "REAL", "any, squared", "divided by period; NaN for the first period - 1"),
    ),
    check=_check,
    compute=rolling_variance,
    place=_place,
    most_error=_most_error,
    bound_source="Chan, Golub and LeVeque's joins: roundings of each, Cauchy and Schwarz for what the means pass on",
    cost=lambda size, n, _: Cost(3 * size * n, 7 * n),
    draw=line_cases(settings=periods, lengths=LENGTHS),
    sample=walks(4_000_000, settings=(20,)),
    knobs=lane_knobs,
)
