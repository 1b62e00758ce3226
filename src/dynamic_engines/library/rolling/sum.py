"""Rolling sum."""

import numpy as np

from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import check_largest
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting
from dynamic_engines.library.pairs import GROUP, lane_knobs
from dynamic_engines.library.rolling.windows import (
    LENGTHS,
    MOST,
    SPAN,
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


def rolling_sum(x: F64, period: int) -> Lines:
    """Sum of the last ``period`` values.

    Parameters
    ----------
    x : float64[n], finite, oldest first, period * |x| at most half of float64's largest
    period : int, 1 <= period <= n

    Returns
    -------
    float64[n]; NaN for the first ``period - 1`` values (warm-up)

    Notes
    -----
    Each window afresh: O(n * period) time. Nothing is subtracted.
    """
    return (warmed(windows_of(x, period).sum(axis=1), x.size),)


def _check(precision: Precision, x: F64, period: float) -> None:
    check_window(x, period)
    check_largest(precision, 0.5 / period, x=x)


def _place(stage: Stage, x: F64, period: int) -> Work:
    program = stage.program(load_kernel("rolling/sum"), lane_knobs(stage.precision))
    local, bars = stage.pick(GROUP), np.uint32(x.size)
    source, out = stage.send("x", x), stage.room(x.size)

    def short(length: int, target: Buffer) -> None:
        groups(program, count_of(stage, x.size, length), local, bars, np.uint32(length), source, target).wait()

    if period <= MOST:
        return Work(lambda: short(period, out), lambda: stage.fetch(out))
    most, rest, left = stage.room(x.size), stage.room(x.size), period % MOST

    def launch() -> None:
        short(MOST, most)
        if left:
            short(left, rest)
        whole = (bars, np.uint32(period), most, rest, out)
        groups(program, -(-x.size // SPAN), local, *whole, entry="sum_long").wait()

    return Work(launch, lambda: stage.fetch(out))


def _most_error(precision: Precision, x: F64, period: int) -> tuple[F64]:
    """Return the bound of each sum.

    Notes
    -----
    With M the sum of the window's magnitudes and D the additions that a value passes (``depth_of``), a tree of sums is
    off by gamma(D) M [1]_; sending moves each value by u of it, and a device may flush ``period`` denormals a way.
    The oracle's sum, in whatever order, is off by gamma64(period) M.

    References
    ----------
    .. [1] N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, section 4.2
    """
    u, u64 = unit(precision), unit(Precision.FLOAT64)
    single = precision is Precision.FLOAT32
    magnitude = rolling_sum(np.abs(x), period)[0] * (1 + gamma(period, u64))
    roundings = gamma(depth_of(period, MOST) + single, u) + gamma(period, u64)
    flushed = 3 * period * smallest(precision) if single else 0.0
    return (np.nan_to_num(magnitude * roundings + flushed),)


ROLLING_SUM = Kernel(
    name="rolling/sum",
    title="Rolling sum",
    inputs=(Argument("x", "n", "REAL", "any", "the values, oldest first"),),
    settings=(Setting("period", 20, 1, "values in the window, at most n"),),
    outputs=(Argument("sums", "n", "REAL", "any", "NaN for the first period - 1 (warm-up)"),),
    check=_check,
    compute=rolling_sum,
    place=_place,
    most_error=_most_error,
    bound_source="Higham's gamma of the additions that a value passes (30 at a period of 511) times the magnitudes",
    cost=lambda size, n, _: Cost(2 * size * n, 2 * n),
    draw=line_cases(settings=periods, lengths=LENGTHS),
    sample=walks(4_000_000, settings=(20,)),
    knobs=lane_knobs,
)
