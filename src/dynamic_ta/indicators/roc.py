"""Rate of change."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Window

_LARGEST = float(np.finfo(np.float64).max)


def roc(close: F64, period: int) -> F64:
    """Change of the close since ``period`` bars before, in percent of the close then.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite
    period : int, bars, 1 <= period < n_bars

    Returns
    -------
    float64[n_bars], percent; NaN for the first ``period`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, a non-finite close, or one so small beside a later one that their
        quotient overflows

    Notes
    -----
    100 (close / before - 1), and 0 where the close before is 0, as TA-Lib, to the last bit.

    References
    ----------
    .. [1] J. J. Murphy, Technical Analysis of the Financial Markets, 1999, chapter 10
    """
    _check(close, period)
    before, now = close[:-period], close[period:]
    with np.errstate(over="ignore"):
        ratio = np.divide(now, before, out=np.ones_like(now), where=before != 0)
        percent = (ratio - 1) * 100
    if not np.isfinite(percent).all():
        at = period + int(np.argmin(np.isfinite(percent)))
        raise IndicatorInputError(
            f"close is {close[at]:.6g} at bar {at} and {close[at - period]:.6g} {period} bars before: too far apart",
            "drop the bar that has no true price",
        )
    return after_warm_up(percent, close.size)


def roc_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period


@dataclass(slots=True)
class RocStream:
    """``roc``, one close at a time."""

    window: Window

    def update(self, close: float) -> tuple[float]:
        if not self.window.update(close):
            return (math.nan,)
        before = self.window.values[0]
        return ((close / before - 1) * 100 if before != 0 else 0.0,)


def roc_stream(period: int) -> RocStream:
    """Return a stream that has seen no bar."""
    return RocStream(Window(period + 1))


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, bars - 1, bars)
    check_values(_LARGEST, Precision.FLOAT64, close=close)


ROC = Indicator(
    name="roc",
    title="Rate of change",
    inputs=("close",),
    parameters=(Parameter("period", 10, 1, "bars back to the close that is 100 percent"),),
    outputs=("roc",),
    compute=roc,
    first_bar=roc_warm_up,
    stream=roc_stream,
    panel=PanelKernel(
        "panels/roc.cl",
        states=0,
        takes=lambda period: (period,),
        words=lambda period: period,
        reaches=lambda period: period,
    ),
)
