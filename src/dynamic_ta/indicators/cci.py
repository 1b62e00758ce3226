"""Commodity channel index."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.columns import T, columns
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.prices import STILL, percent, typical_price
from dynamic_ta.indicators.steps import Window, percent_of

_PERCENT = 1.5  # Lambert's 0.015: about three of four values then lie between -100 and 100


def cci(high: F64, low: F64, close: F64, period: int) -> F64:
    """Distance of the typical price from its mean, in units of 0.015 mean deviations.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (4 * period)
    period : int, bars, 2 <= period <= n_bars

    Returns
    -------
    float64[n_bars], without a unit; NaN for the first ``period - 1`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, period out of range, or a non-finite or too large price

    Notes
    -----
    The typical price is (high + low + close) / 3, and the deviation the mean of the ``period`` distances from the
    window's mean [1]_; the index is 0 where the price is within 1e-14 of the mean, as in TA-Lib. Each window is
    measured from its newest price, so that the roundings are those of its moves, and not of the prices.
    O(n_bars * period) time.

    References
    ----------
    .. [1] D. R. Lambert, "Commodity Channel Index: tool for trading cyclic trends", Commodities, October 1980, p. 40-41
    """
    _check(high, low, close, period)
    price = typical_price(high, low, close)
    away, deviation = _spread(columns(price, period))
    return after_warm_up(percent(away, deviation) / _PERCENT, close.size)


def cci_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period - 1


@dataclass(slots=True)
class CciStream:
    """``cci``, one bar at a time, in O(period)."""

    window: Window

    def update(self, high: float, low: float, close: float) -> tuple[float]:
        if not self.window.update(typical_price(high, low, close)):
            return (math.nan,)
        away, deviation = _spread(self.window.values)
        return (percent_of(away, deviation) / _PERCENT,)


def cci_stream(period: int) -> CciStream:
    """Return a stream that has seen no bar."""
    return CciStream(Window(period))


def _spread(window: Sequence[T]) -> tuple[T, T]:
    """Return the newest price less the mean of all, and the mean deviation: of one window, or of the columns of all."""
    newest, period = window[-1], len(window)
    mean = newest - newest
    for price in window:
        mean = mean + (price - newest)
    mean = mean / period
    deviation = mean - mean
    for price in window:
        deviation = deviation + abs((price - newest) - mean)
    return -mean * (abs(mean) > STILL * abs(newest + mean)), deviation / period


def _check(high: F64, low: F64, close: F64, period: int) -> None:
    bars = check_series(high=high, low=low, close=close)
    check_period("period", period, 2, bars, bars)
    largest = float(np.finfo(np.float64).max) / (4 * period)
    check_values(largest, Precision.FLOAT64, high=high, low=low, close=close)


CCI = Indicator(
    name="cci",
    title="Commodity channel index",
    inputs=("high", "low", "close"),
    parameters=(Parameter("period", 14, 2, "bars in the window"),),
    outputs=("cci",),
    compute=cci,
    first_bar=cci_warm_up,
    stream=cci_stream,
    panel=PanelKernel(
        "panels/cci.cl",
        states=0,
        takes=lambda period: (period,),
        words=lambda period: 2 * period,
        reaches=lambda period: period,
    ),
)
