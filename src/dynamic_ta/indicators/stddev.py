"""Standard deviation."""

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


def stddev(close: F64, period: int) -> F64:
    """Standard deviation of the last ``period`` closes about their mean.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most sqrt(float64's largest / (16 * period))
    period : int, bars, 1 <= period <= n_bars

    Returns
    -------
    float64[n_bars], quote currency, not negative; NaN for the first ``period - 1`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    That of a population (divided by ``period``), as in TA-Lib, which takes no period of 1. Each window is measured from
    its newest close and then from its mean [1]_, so that a flat one gives 0, exactly. Deviations below 1e-161 are lost,
    since their squares are. O(n_bars * period) time.

    References
    ----------
    .. [1] N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, section 1.9
    """
    _check(close, period)
    return after_warm_up(np.sqrt(_variance(columns(close, period))), close.size)


def stddev_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period - 1


@dataclass(slots=True)
class StddevStream:
    """``stddev``, one close at a time, in O(period)."""

    window: Window

    def update(self, close: float) -> tuple[float]:
        return (math.sqrt(_variance(self.window.values)) if self.window.update(close) else math.nan,)


def stddev_stream(period: int) -> StddevStream:
    """Return a stream that has seen no bar."""
    return StddevStream(Window(period))


def _variance(window: Sequence[T]) -> T:
    newest, period = window[-1], len(window)
    mean = newest - newest
    for value in window:
        mean = mean + (value - newest)
    mean = mean / period
    squares = newest - newest
    for value in window:
        away = (value - newest) - mean
        squares = squares + away * away
    return squares / period


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, bars, bars)
    check_values(math.sqrt(float(np.finfo(np.float64).max) / (16 * period)), Precision.FLOAT64, close=close)


STDDEV = Indicator(
    name="stddev",
    title="Standard deviation",
    inputs=("close",),
    parameters=(Parameter("period", 20, 1, "bars in the window"),),
    outputs=("stddev",),
    compute=stddev,
    first_bar=stddev_warm_up,
    stream=stddev_stream,
    panel=PanelKernel(
        "panels/stddev.cl",
        states=0,
        takes=lambda period: (period,),
        words=lambda period: 2 * period,
        reaches=lambda period: period,
    ),
)
