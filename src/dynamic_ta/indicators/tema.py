"""Triple exponential moving average."""

from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up, ema_chain, ema_weight
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import ExponentialMean, ema_steps
from dynamic_ta.indicators.tiles import forget_bars


def tema(close: F64, period: int) -> F64:
    """Three times the EMA of the close, less three times the EMA of that, plus the EMA of that again.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (8 * period)
    period : int, bars, 1 <= period, and 3 * period - 2 <= n_bars

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first ``3 * period - 3`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    Each EMA is seeded with the plain mean of its first ``period`` values, as in TA-Lib. O(n_bars) time.

    References
    ----------
    .. [1] P. G. Mulloy, "Smoothing data with less lag", Technical Analysis of Stocks & Commodities 12:2, 1994
    """
    _check(close, period)
    once, twice, thrice = ema_chain(close, period, 3)
    return after_warm_up(3 * once[2 * period - 2 :] - 3 * twice[period - 1 :] + thrice, close.size)


def tema_warm_up(period: int) -> int:
    """Return how many bars have no value yet: three warm-ups of an EMA, one after the other."""
    return 3 * (period - 1)


@dataclass(slots=True)
class TemaStream:
    """``tema``, one close at a time."""

    once: ExponentialMean
    twice: ExponentialMean
    thrice: ExponentialMean

    def update(self, close: float) -> tuple[float]:
        once = self.once.update(close)
        twice = self.twice.update(once)
        return (3 * once - 3 * twice + self.thrice.update(twice),)


def tema_stream(period: int) -> TemaStream:
    """Return a stream that has seen no bar."""
    return TemaStream(*ema_steps(period, 3))


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, (bars + 2) // 3, bars)
    check_values(float(np.finfo(np.float64).max) / (8 * period), Precision.FLOAT64, close=close)


TEMA = Indicator(
    name="tema",
    title="Triple exponential moving average",
    inputs=("close",),
    parameters=(Parameter("period", 20, 1, "bars of each EMA"),),
    outputs=("tema",),
    compute=tema,
    first_bar=tema_warm_up,
    stream=tema_stream,
    panel=PanelKernel(
        "panels/tema.cl",
        states=3,
        takes=lambda period: (period, ema_weight(period)),
        words=lambda period: period,
        settles=lambda period: 3 * forget_bars(ema_weight(period)),
    ),
)
