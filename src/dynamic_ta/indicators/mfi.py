"""Money flow index."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values, check_volume
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.prices import percent, span, typical_price
from dynamic_ta.indicators.steps import Total, percent_of
from dynamic_ta.indicators.windows import totals


def mfi(high: F64, low: F64, close: F64, volume: F64, period: int) -> F64:
    """Share of the money that was traded at rising prices in all that was traded at moving ones, in percent.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, not above 1e150 in magnitude
    volume : float64[n_bars], units traded, 0 to 1e150
    period : int, bars, 2 <= period < n_bars

    Returns
    -------
    float64[n_bars], 0 to 100 where prices are positive; NaN for the first ``period`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, period out of range, or a value that is non-finite, too large, or a
        negative volume

    Notes
    -----
    A bar's flow is its typical price, (high + low + close) / 3, times its volume. It counts as up or down as the price
    moved since the bar before, and not at all where it stood still (``span``). Without any flow the index is 0. All of
    this is TA-Lib's; the roundings of its running sums outlive their windows, and those of ``totals`` do not. O(n_bars)
    time.

    References
    ----------
    .. [1] G. Quong and A. Soudack, "Volume-weighted RSI: money flow", Technical Analysis of Stocks & Commodities 7:3,
       1989
    """
    _check(high, low, close, volume, period)
    price = typical_price(high, low, close)
    move, flow = span(price[1:], price[:-1]), (price * volume)[1:]
    up = totals(np.where(move > 0, flow, 0.0), period)
    both = up + totals(np.where(move < 0, flow, 0.0), period)
    return after_warm_up(percent(up, both), close.size)


def mfi_warm_up(period: int) -> int:
    """Return how many bars have no value yet: ``period`` moves need one bar more."""
    return period


@dataclass(slots=True)
class MfiStream:
    """``mfi``, one bar at a time."""

    up: Total
    down: Total
    before: float = math.nan

    def update(self, high: float, low: float, close: float, volume: float) -> tuple[float]:
        price = typical_price(high, low, close)
        before, self.before = self.before, price
        if math.isnan(before):
            return (before,)
        move, flow = span(price, before), price * volume
        up = self.up.update(flow if move > 0 else 0.0)
        return (percent_of(up, up + self.down.update(flow if move < 0 else 0.0)),)


def mfi_stream(period: int) -> MfiStream:
    """Return a stream that has seen no bar."""
    return MfiStream(Total(period), Total(period))


def _check(high: F64, low: F64, close: F64, volume: F64, period: int) -> None:
    bars = check_series(high=high, low=low, close=close, volume=volume)
    check_period("period", period, 2, bars - 1, bars)
    check_values(1e150, Precision.FLOAT64, high=high, low=low, close=close, volume=volume)
    check_volume(volume)


MFI = Indicator(
    name="mfi",
    title="Money flow index",
    inputs=("high", "low", "close", "volume"),
    parameters=(Parameter("period", 14, 2, "bars in the window"),),
    outputs=("mfi",),
    compute=mfi,
    first_bar=mfi_warm_up,
    stream=mfi_stream,
    panel=PanelKernel(
        "panels/mfi.cl",
        states=3,
        takes=lambda period: (period,),
        words=lambda period: 2 * period,
        reaches=lambda period: period + 1,
        blocks=lambda period: period,
    ),
)
