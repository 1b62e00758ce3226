"""Stochastic oscillator."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.prices import percent, span
from dynamic_ta.indicators.steps import PlainMean, Window, percent_of
from dynamic_ta.indicators.windows import highest, lowest, totals


def stoch(high: F64, low: F64, close: F64, period: int, slowing: int, signal: int) -> tuple[F64, F64]:
    """Where the close stands between the lowest low and the highest high, smoothed once and once more.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / 400
    period : int, bars of the range, 1 <= period
    slowing, signal : int, bars of the plain mean that is slow_k and of that which is slow_d, 1 at least; period +
        slowing + signal - 2 <= n_bars

    Returns
    -------
    slow_k, slow_d : float64[n_bars] each, 0 to 100 where each low and high surround the close; NaN for the first
        ``period + slowing + signal - 3`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, a period out of range, or a non-finite or too large price

    Notes
    -----
    The place is 100 (close - lowest) / (highest - lowest), and 0 where the two are equal (``span``). Both lines begin
    where slow_d does, as in TA-Lib's STOCH. O(n_bars) time.

    References
    ----------
    .. [1] G. C. Lane, "Lane's stochastics", Technical Analysis of Stocks & Commodities 2:3, 1984
    """
    _check(high, low, close, period, slowing, signal)
    bottom = lowest(low, period)
    place = percent(close[period - 1 :] - bottom, span(highest(high, period), bottom))
    slow = totals(place, slowing) / slowing
    return (
        after_warm_up(slow[signal - 1 :], close.size),
        after_warm_up(totals(slow, signal) / signal, close.size),
    )


def stoch_warm_up(period: int, slowing: int, signal: int) -> int:
    """Return how many bars have no value yet, in either line."""
    return period + slowing + signal - 3


@dataclass(slots=True)
class StochStream:
    """``stoch``, one bar at a time, in O(period)."""

    highs: Window
    lows: Window
    slow: PlainMean
    signal: PlainMean

    def update(self, high: float, low: float, close: float) -> tuple[float, float]:
        self.highs.update(high)
        if not self.lows.update(low):
            return math.nan, math.nan
        bottom = min(self.lows.values)
        slow = self.slow.update(percent_of(close - bottom, span(max(self.highs.values), bottom)))
        signal = self.signal.update(slow)
        return (math.nan if math.isnan(signal) else slow), signal


def stoch_stream(period: int, slowing: int, signal: int) -> StochStream:
    """Return a stream that has seen no bar."""
    return StochStream(Window(period), Window(period), PlainMean(slowing), PlainMean(signal))


def _check(high: F64, low: F64, close: F64, period: int, slowing: int, signal: int) -> None:
    bars = check_series(high=high, low=low, close=close)
    check_period("period", period, 1, bars, bars)
    check_period("slowing", slowing, 1, bars - period + 1, bars)
    check_period("signal", signal, 1, bars - period - slowing + 2, bars)
    largest = float(np.finfo(np.float64).max) / 400
    check_values(largest, Precision.FLOAT64, high=high, low=low, close=close)


STOCH = Indicator(
    name="stoch",
    title="Stochastic oscillator",
    inputs=("high", "low", "close"),
    parameters=(
        Parameter("period", 5, 1, "bars of the range"),
        Parameter("slowing", 3, 1, "bars of the mean that is slow_k"),
        Parameter("signal", 3, 1, "bars of the mean of slow_k that is slow_d"),
    ),
    outputs=("slow_k", "slow_d"),
    compute=stoch,
    first_bar=stoch_warm_up,
    stream=stoch_stream,
    panel=PanelKernel(
        "panels/stoch.cl",
        states=4,
        takes=lambda *periods: periods,
        words=lambda period, slowing, signal: 2 * period + slowing + signal,
        reaches=lambda *periods: sum(periods),
        blocks=math.lcm,
    ),
)
