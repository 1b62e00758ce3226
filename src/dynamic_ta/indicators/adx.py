"""Average directional index, with the directional indicators that it is made of."""

import math
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up, wilder_sum, wilder_weight
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.prices import percent, true_range
from dynamic_ta.indicators.steps import WilderSum, percent_of
from dynamic_ta.indicators.tiles import forget_bars


def adx(high: F64, low: F64, close: F64, period: int) -> tuple[F64, F64, F64]:
    """Strength of a trend, and the shares of the range that went up and down.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (200 * period)
    period : int, bars, 2 <= period, and 2 * period <= n_bars

    Returns
    -------
    adx, plus_di, minus_di : float64[n_bars] each, 0 to 100 where each low and high surround the close; NaN (warm-up)
        for the first ``2 * period - 1`` bars of the first, and for the first ``period`` bars of the others

    Raises
    ------
    IndicatorInputError : lengths that differ, period out of range, or a non-finite or too large price

    Notes
    -----
    A bar's move is up by its high above the one before, or down by its low below it, whichever is more; a tie is none.
    The indicators are Wilder's sums [1]_ of the moves over those of the true ranges, 0 without a range; each sum is
    seeded with ``period - 1`` bars. The index starts from the mean of ``period`` values of |plus - minus| / (plus +
    minus), of which one without a move counts as 0; later it keeps its value there. All of this is TA-Lib's (ADX,
    PLUS_DI, MINUS_DI). O(n_bars) time.

    References
    ----------
    .. [1] J. W. Wilder, New Concepts in Technical Trading Systems, 1978, section IV
    """
    _check(high, low, close, period)
    rise, fall = high[1:] - high[:-1], low[:-1] - low[1:]
    plus = np.where((rise > 0) & (rise > fall), rise, 0.0)
    minus = np.where((fall > 0) & (fall > rise), fall, 0.0)
    ranges = wilder_sum(true_range(high, low, close), period)
    up, down = (percent(wilder_sum(moves, period), ranges) for moves in (plus, minus))
    both = up + down
    index = np.where(both != 0, percent(np.abs(up - down), both), np.nan)
    return (
        after_warm_up(_mean(index, period), close.size),
        after_warm_up(up, close.size),
        after_warm_up(down, close.size),
    )


def adx_warm_up(period: int) -> tuple[int, int, int]:
    """Return how many bars of each line have no value yet."""
    return 2 * period - 1, period, period


@dataclass(slots=True)
class AdxStream:
    """``adx``, one bar at a time. ``total`` sums the ``seen`` first values of the index, which its mean starts from."""

    period: int
    plus: WilderSum
    minus: WilderSum
    ranges: WilderSum
    high: float = math.nan
    low: float = math.nan
    close: float = math.nan
    seen: int = 0
    total: float = 0.0
    index: float = math.nan

    def update(self, high: float, low: float, close: float) -> tuple[float, float, float]:
        rise, fall, before = high - self.high, self.low - low, self.close
        self.high, self.low, self.close = high, low, close
        if math.isnan(before):
            return before, before, before
        plus = self.plus.update(rise if rise > 0 and rise > fall else 0.0)
        minus = self.minus.update(fall if fall > 0 and fall > rise else 0.0)
        ranges = self.ranges.update(max(high - low, abs(high - before), abs(low - before)))
        if math.isnan(ranges):
            return ranges, ranges, ranges
        up, down = percent_of(plus, ranges), percent_of(minus, ranges)
        self._average(abs(up - down), up + down)
        return self.index, up, down

    def _average(self, apart: float, both: float) -> None:
        if self.seen < self.period:
            self.seen += 1
            self.total += percent_of(apart, both)
            self.index = self.total / self.period if self.seen == self.period else math.nan
        elif both != 0:
            self.index = _next(self.index, percent_of(apart, both), self.period)


def adx_stream(period: int) -> AdxStream:
    """Return a stream that has seen no bar."""
    plus, minus, ranges = (WilderSum(period) for _ in range(3))
    return AdxStream(period, plus, minus, ranges)


def _mean(index: F64, period: int) -> F64:
    """Return Wilder's mean of ``index``, NaN where there was no move."""
    seed = float(np.cumsum(np.nan_to_num(index[:period], nan=0.0))[-1]) / period
    later: list[float] = index[period:].tolist()
    return np.array(list(accumulate(later, lambda m, x: m if math.isnan(x) else _next(m, x, period), initial=seed)))


def _next(mean: float, value: float, period: int) -> float:
    return (mean * (period - 1) + value) / period


def _check(high: F64, low: F64, close: F64, period: int) -> None:
    bars = check_series(high=high, low=low, close=close)
    check_period("period", period, 2, bars // 2, bars)
    largest = float(np.finfo(np.float64).max) / (200 * period)
    check_values(largest, Precision.FLOAT64, high=high, low=low, close=close)


ADX = Indicator(
    name="adx",
    title="Average directional index",
    inputs=("high", "low", "close"),
    parameters=(Parameter("period", 14, 2, "bars; the newest move weighs 1 / period"),),
    outputs=("adx", "plus_di", "minus_di"),
    compute=adx,
    first_bar=adx_warm_up,
    stream=adx_stream,
    panel=PanelKernel(
        "panels/adx.cl",
        states=8,
        takes=lambda period: (period,),
        words=lambda _: 0,
        settles=lambda period: 2 * forget_bars(wilder_weight(period)),
    ),
)
