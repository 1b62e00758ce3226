"""Rate of change of a triple exponential mean."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up, ema_chain, ema_weight
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.prices import percent
from dynamic_ta.indicators.steps import ExponentialMean, ema_steps, percent_of
from dynamic_ta.indicators.tiles import forget_bars


def trix(close: F64, period: int) -> F64:
    """Change from bar to bar of the EMA of the EMA of the EMA of the close, in percent.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (4 * period)
    period : int, bars, 1 <= period, and 3 * period - 1 <= n_bars

    Returns
    -------
    float64[n_bars], percent a bar; NaN for the first ``3 * period - 2`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    Each EMA is seeded with the plain mean of its first ``period`` values, and where the mean before is 0 so is the
    change, as in TA-Lib. It divides the two means and takes 1 away, which leaves the roundings of a number near 1; here
    their difference is divided. O(n_bars) time.

    References
    ----------
    .. [1] J. K. Hutson, "Good TRIX", Technical Analysis of Stocks & Commodities 1:5, 1983
    """
    _check(close, period)
    mean = ema_chain(close, period, 3)[-1]
    return after_warm_up(percent(np.diff(mean), mean[:-1]), close.size)


def trix_warm_up(period: int) -> int:
    """Return how many bars have no value yet: three warm-ups of an EMA, and a change needs two values."""
    return 3 * (period - 1) + 1


@dataclass(slots=True)
class TrixStream:
    """``trix``, one close at a time."""

    once: ExponentialMean
    twice: ExponentialMean
    thrice: ExponentialMean
    before: float = math.nan

    def update(self, close: float) -> tuple[float]:
        mean = self.thrice.update(self.twice.update(self.once.update(close)))
        before, self.before = self.before, mean
        return (percent_of(mean - before, before),)


def trix_stream(period: int) -> TrixStream:
    """Return a stream that has seen no bar."""
    once, twice, thrice = ema_steps(period, 3)
    return TrixStream(once, twice, thrice)


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, (bars + 1) // 3, bars)
    check_values(float(np.finfo(np.float64).max) / (4 * period), Precision.FLOAT64, close=close)


TRIX = Indicator(
    name="trix",
    title="Rate of change of a triple exponential mean",
    inputs=("close",),
    parameters=(Parameter("period", 15, 1, "bars of each EMA"),),
    outputs=("trix",),
    compute=trix,
    first_bar=trix_warm_up,
    stream=trix_stream,
    panel=PanelKernel(
        "panels/trix.cl",
        states=4,
        takes=lambda period: (period, ema_weight(period)),
        words=lambda period: period,
        settles=lambda period: 3 * forget_bars(ema_weight(period)),
    ),
)
