"""Normalised average true range."""

import math
from dataclasses import dataclass

from dynamic_ta.indicators.atr import AtrStream, atr, atr_stream
from dynamic_ta.indicators.means import after_warm_up, wilder_weight
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.prices import percent
from dynamic_ta.indicators.steps import percent_of
from dynamic_ta.indicators.tiles import forget_bars


def natr(high: F64, low: F64, close: F64, period: int) -> F64:
    """Average true range in percent of the close.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, as in ``atr``
    period : int, bars, 1 <= period < n_bars

    Returns
    -------
    float64[n_bars], percent; NaN for the first ``period`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : as ``atr``

    Notes
    -----
    Where the close is 0 so is the value, and it has the sign of the close, as in TA-Lib, except that TA-Lib returns the
    true range itself, in quote currency, where the period is 1. O(n_bars) time.
    """
    ranges = atr(high, low, close, period)
    return after_warm_up(percent(ranges[period:], close[period:]), close.size)


def natr_warm_up(period: int) -> int:
    """Return how many bars have no value yet: as ``atr``."""
    return period


@dataclass(slots=True)
class NatrStream:
    """``natr``, one bar at a time."""

    ranges: AtrStream

    def update(self, high: float, low: float, close: float) -> tuple[float]:
        (mean,) = self.ranges.update(high, low, close)
        return (mean if math.isnan(mean) else percent_of(mean, close),)


def natr_stream(period: int) -> NatrStream:
    """Return a stream that has seen no bar."""
    return NatrStream(atr_stream(period))


NATR = Indicator(
    name="natr",
    title="Normalised average true range",
    inputs=("high", "low", "close"),
    parameters=(Parameter("period", 14, 1, "bars; the newest range weighs 1 / period"),),
    outputs=("natr",),
    compute=natr,
    first_bar=natr_warm_up,
    stream=natr_stream,
    panel=PanelKernel(
        "panels/natr.cl",
        states=2,
        takes=lambda period: (period, wilder_weight(period)),
        words=lambda period: period,
        settles=lambda period: forget_bars(wilder_weight(period)),
    ),
)
