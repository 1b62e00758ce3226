"""Momentum."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Window

_LARGEST_CLOSE = float(np.finfo(np.float64).max) / 2


def mom(close: F64, period: int) -> F64:
    """Close less the close ``period`` bars before.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most half of float64's largest
    period : int, bars, 1 <= period < n_bars

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first ``period`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    As TA-Lib, to the last bit: one subtraction a bar.

    References
    ----------
    .. [1] J. J. Murphy, Technical Analysis of the Financial Markets, 1999, chapter 10
    """
    _check(close, period)
    return after_warm_up(close[period:] - close[:-period], close.size)


def mom_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period


@dataclass(slots=True)
class MomStream:
    """``mom``, one close at a time."""

    window: Window

    def update(self, close: float) -> tuple[float]:
        return (close - self.window.values[0] if self.window.update(close) else math.nan,)


def mom_stream(period: int) -> MomStream:
    """Return a stream that has seen no bar."""
    return MomStream(Window(period + 1))


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, bars - 1, bars)
    check_values(_LARGEST_CLOSE, Precision.FLOAT64, close=close)


MOM = Indicator(
    name="mom",
    title="Momentum",
    inputs=("close",),
    parameters=(Parameter("period", 10, 1, "bars back to the close that is subtracted"),),
    outputs=("mom",),
    compute=mom,
    first_bar=mom_warm_up,
    stream=mom_stream,
    panel=PanelKernel(
        "panels/mom.cl",
        states=0,
        takes=lambda period: (period,),
        words=lambda period: period,
        reaches=lambda period: period,
    ),
)
