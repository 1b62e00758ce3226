"""Williams' %R."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.prices import percent, span
from dynamic_ta.indicators.steps import Window, percent_of
from dynamic_ta.indicators.windows import highest, lowest


def willr(high: F64, low: F64, close: F64, period: int) -> F64:
    """How far the close stands below the highest high, in percent of the range down to the lowest low.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / 400
    period : int, bars, 1 <= period <= n_bars

    Returns
    -------
    float64[n_bars], -100 to 0 where each low and high surround the close; NaN for the first ``period - 1`` bars

    Raises
    ------
    IndicatorInputError : lengths that differ, period out of range, or a non-finite or too large price

    Notes
    -----
    -100 (highest - close) / (highest - lowest), and 0 where the two are equal (``span``), as in TA-Lib, which asks for
    a period of 2 at least. O(n_bars) time.

    References
    ----------
    .. [1] L. R. Williams, How I Made One Million Dollars Last Year Trading Commodities, 1973
    """
    _check(high, low, close, period)
    top = highest(high, period)
    return after_warm_up(percent(close[period - 1 :] - top, span(top, lowest(low, period))), close.size)


def willr_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period - 1


@dataclass(slots=True)
class WillrStream:
    """``willr``, one bar at a time, in O(period)."""

    highs: Window
    lows: Window

    def update(self, high: float, low: float, close: float) -> tuple[float]:
        self.highs.update(high)
        if not self.lows.update(low):
            return (math.nan,)
        top = max(self.highs.values)
        return (percent_of(close - top, span(top, min(self.lows.values))),)


def willr_stream(period: int) -> WillrStream:
    """Return a stream that has seen no bar."""
    return WillrStream(Window(period), Window(period))


def _check(high: F64, low: F64, close: F64, period: int) -> None:
    bars = check_series(high=high, low=low, close=close)
    check_period("period", period, 1, bars, bars)
    largest = float(np.finfo(np.float64).max) / 400
    check_values(largest, Precision.FLOAT64, high=high, low=low, close=close)


WILLR = Indicator(
    name="willr",
    title="Williams' %R",
    inputs=("high", "low", "close"),
    parameters=(Parameter("period", 14, 1, "bars of the range"),),
    outputs=("willr",),
    compute=willr,
    first_bar=willr_warm_up,
    stream=willr_stream,
    panel=PanelKernel(
        "panels/willr.cl",
        states=2,
        takes=lambda period: (period,),
        words=lambda period: 2 * period,
        reaches=lambda period: period,
        blocks=lambda period: period,
    ),
)
