"""Double exponential moving average."""

from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up, ema_chain, ema_weight
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import ExponentialMean, ema_steps
from dynamic_ta.indicators.tiles import forget_bars


def dema(close: F64, period: int) -> F64:
    """Twice the EMA of the close, less the EMA of that EMA: the lag of the two cancels on a straight line.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (8 * period)
    period : int, bars, 1 <= period, and 2 * period - 1 <= n_bars

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first ``2 * period - 2`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    Each EMA is seeded with the plain mean of its first ``period`` values, as in TA-Lib. O(n_bars) time.

    References
    ----------
    .. [1] P. G. Mulloy, "Smoothing data with faster moving averages", Technical Analysis of Stocks & Commodities 12:1,
       1994
    """
    _check(close, period)
    once, twice = ema_chain(close, period, 2)
    return after_warm_up(2 * once[period - 1 :] - twice, close.size)


def dema_warm_up(period: int) -> int:
    """Return how many bars have no value yet: two warm-ups of an EMA, one after the other."""
    return 2 * (period - 1)


@dataclass(slots=True)
class DemaStream:
    """``dema``, one close at a time."""

    once: ExponentialMean
    twice: ExponentialMean

    def update(self, close: float) -> tuple[float]:
        once = self.once.update(close)
        return (2 * once - self.twice.update(once),)


def dema_stream(period: int) -> DemaStream:
    """Return a stream that has seen no bar."""
    return DemaStream(*ema_steps(period, 2))


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, (bars + 1) // 2, bars)
    check_values(float(np.finfo(np.float64).max) / (8 * period), Precision.FLOAT64, close=close)


DEMA = Indicator(
    name="dema",
    title="Double exponential moving average",
    inputs=("close",),
    parameters=(Parameter("period", 20, 1, "bars of each EMA"),),
    outputs=("dema",),
    compute=dema,
    first_bar=dema_warm_up,
    stream=dema_stream,
    panel=PanelKernel(
        "panels/dema.cl",
        states=2,
        takes=lambda period: (period, ema_weight(period)),
        words=lambda period: period,
        settles=lambda period: 2 * forget_bars(ema_weight(period)),
    ),
)
