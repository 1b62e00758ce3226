"""Standard deviation."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Variance
from dynamic_ta.indicators.windows import variances


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
    That of a population (divided by ``period``), as in TA-Lib, which takes no period of 1. TA-Lib's running sums of
    squares lose digits where the closes are large and hardly move; each window of ``variances`` is measured from a
    close of its own, so that it is off by less than 3 (period + 4) roundings of its spread, and a flat one gives 0,
    exactly. Deviations below 1e-161 are lost, since their squares are. O(n_bars) time.
    """
    _check(close, period)
    return after_warm_up(np.sqrt(variances(close, period)), close.size)


def stddev_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period - 1


@dataclass(slots=True)
class StddevStream:
    """``stddev``, one close at a time."""

    variance: Variance

    def update(self, close: float) -> tuple[float]:
        return (math.sqrt(self.variance.update(close)),)


def stddev_stream(period: int) -> StddevStream:
    """Return a stream that has seen no bar."""
    return StddevStream(Variance(period))


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
        states=3,
        takes=lambda period: (period,),
        words=lambda period: 5 * period,
        reaches=lambda period: period,
        blocks=lambda period: period,
    ),
)
