"""Rolling minimum and maximum."""

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
    periods,
    warmed,
    windows_of,
)
from dynamic_engines.library.stage import Stage, Work, groups
from dynamic_engines.memory import Buffer
from dynamic_engines.model import Precision
from dynamic_engines.rounding import smallest, unit


def rolling_extrema(x: F64, period: int) -> Lines:
    """Least and greatest of the last ``period`` values.

    Parameters
    ----------
    x : float64[n], finite, oldest first
    period : int, 1 <= period <= n

    Returns
    -------
    two float64[n], least and greatest; NaN for the first ``period - 1`` values (warm-up)
    """
    windows = windows_of(x, period)
    return warmed(windows.min(axis=1), x.size), warmed(windows.max(axis=1), x.size)


def _check(precision: Precision, x: F64, period: float) -> None:
    check_window(x, period)
    check_largest(precision, 1.0, x=x)


def _place(stage: Stage, x: F64, period: int) -> Work:
    program = stage.program(load_kernel("rolling/extrema"), lane_knobs(stage.precision))
    local, bars = stage.pick(GROUP), np.uint32(x.size)
    source, least, greatest = stage.send("x", x), stage.room(x.size), stage.room(x.size)

    def short(length: int, low: Buffer, high: Buffer) -> None:
        groups(program, count_of(stage, x.size, length), local, bars, np.uint32(length), source, low, high).wait()

    if period <= MOST:
        return Work(lambda: short(period, least, greatest), lambda: stage.fetch(least, greatest))
    low, high = stage.room(x.size), stage.room(x.size)

    def launch() -> None:
        short(MOST, low, high)
        whole = (bars, np.uint32(period), low, high, least, greatest)
        groups(program, -(-x.size // SPAN), local, *whole, entry="extrema_long").wait()

    return Work(launch, lambda: stage.fetch(least, greatest))


def _most_error(precision: Precision, x: F64, period: int) -> tuple[F64 | float, ...]:
    """Rounding is monotone: the least of the values that were sent is the least value as it was sent."""
    if precision is Precision.FLOAT64:
        return 0.0, 0.0
    sent = [unit(precision) * np.abs(line) + smallest(precision) for line in rolling_extrema(x, period)]
    return tuple(np.nan_to_num(line) for line in sent)


ROLLING_EXTREMA = Kernel(
    name="rolling/extrema",
    title="Rolling minimum and maximum",
    inputs=(Argument("x", "n", "REAL", "any", "the values, oldest first"),),
    settings=(Setting("period", 20, 1, "values in the window, at most n"),),
    outputs=(
        Argument("least", "n", "REAL", "any", "NaN for the first period - 1 (warm-up)"),
        Argument("greatest", "n", "REAL", "any", "NaN for the first period - 1 (warm-up)"),
    ),
    check=_check,
    compute=rolling_extrema,
    place=_place,
    most_error=_most_error,
    bound_source="exact, but for the rounding of what is sent",
    cost=lambda size, n, _: Cost(3 * size * n, 6 * n),
    draw=line_cases(settings=periods, lengths=LENGTHS),
    sample=walks(4_000_000, settings=(20,)),
    knobs=lane_knobs,
)
