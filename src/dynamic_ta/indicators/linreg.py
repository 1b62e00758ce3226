"""Linear regression."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.columns import T, columns
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Window


def linreg(close: F64, period: int) -> tuple[F64, F64]:
    """Where the least-squares line through the last ``period`` closes stands at this bar, and its slope.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (4 * period^2)
    period : int, bars, 2 <= period <= n_bars

    Returns
    -------
    value : float64[n_bars], quote currency
    slope : float64[n_bars], quote currency a bar
        both NaN for the first ``period - 1`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    TA-Lib's LINEARREG and LINEARREG_SLOPE. Window by window, closes are measured from the newest and bars from their
    middle [1]_, so that a flat window has its own value and a slope of 0, exactly. O(n_bars * period) time.

    References
    ----------
    .. [1] G. A. F. Seber and A. J. Lee, Linear Regression Analysis, 2nd ed., 2003, section 6.1
    """
    _check(close, period)
    value, slope = _fit(columns(close, period))
    return after_warm_up(value, close.size), after_warm_up(slope, close.size)


def linreg_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period - 1


@dataclass(slots=True)
class LinregStream:
    """``linreg``, one close at a time, in O(period)."""

    window: Window

    def update(self, close: float) -> tuple[float, float]:
        return _fit(self.window.values) if self.window.update(close) else (math.nan, math.nan)


def linreg_stream(period: int) -> LinregStream:
    """Return a stream that has seen no bar."""
    return LinregStream(Window(period))


def _fit(window: Sequence[T]) -> tuple[T, T]:
    newest, period = window[-1], len(window)
    middle = (period - 1) / 2
    mean = moment = newest - newest
    for bar, value in enumerate(window):
        away = value - newest
        mean = mean + away
        moment = moment + (bar - middle) * away
    slope = moment / (period * (period * period - 1) / 12)
    return newest + (mean / period + middle * slope), slope


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 2, bars, bars)
    check_values(float(np.finfo(np.float64).max) / (4 * period**2), Precision.FLOAT64, close=close)


LINREG = Indicator(
    name="linreg",
    title="Linear regression",
    inputs=("close",),
    parameters=(Parameter("period", 14, 2, "bars that the line is fitted to"),),
    outputs=("value", "slope"),
    compute=linreg,
    first_bar=linreg_warm_up,
    stream=linreg_stream,
    panel=PanelKernel(
        "panels/linreg.cl",
        states=0,
        takes=lambda period: (period, (period - 1) / 2, period * (period * period - 1) / 12),
        words=lambda period: 2 * period,
        reaches=lambda period: period,
    ),
)
