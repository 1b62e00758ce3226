"""Kaufman's adaptive moving average."""

import math
from collections import deque
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up, ema_weight
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Total
from dynamic_ta.indicators.tiles import forget_bars
from dynamic_ta.indicators.windows import totals

# The weights of a market that goes straight on and of one that goes nowhere.
_FAST, _SLOW = ema_weight(2), ema_weight(30)


def kama(close: F64, period: int) -> F64:
    """Mean that follows the close fast where it goes straight on, and slowly where it goes back and forth.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (4 * period)
    period : int, bars, 2 <= period < n_bars

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first ``period`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    The efficiency ratio [1]_ of a bar is the way that the close went in ``period`` bars over the sum of its steps, and
    1 where there was no step; the weight is the square of what lies at that share of the way from 2 / 31 to 2 / 3. The
    first mean starts from the close before it, as in TA-Lib. The roundings of its running sum of steps outlive their
    windows; those of ``totals`` do not. O(n_bars) time.

    References
    ----------
    .. [1] P. J. Kaufman, Smarter Trading, 1995, chapter 8
    """
    _check(close, period)
    way = np.abs(close[period:] - close[:-period])
    path = totals(np.abs(np.diff(close)), period)
    efficiency = np.divide(way, path, out=np.ones_like(way), where=path > way)
    scale = efficiency * (_FAST - _SLOW) + _SLOW
    steps = zip((scale * scale).tolist(), close[period:].tolist(), strict=True)
    means = accumulate(steps, lambda mean, step: mean + step[0] * (step[1] - mean), initial=float(close[period - 1]))
    return after_warm_up(np.array(list(means))[1:], close.size)


def kama_warm_up(period: int) -> int:
    """Return how many bars have no value yet: ``period`` steps need one close more."""
    return period


@dataclass(slots=True)
class KamaStream:
    """``kama``, one close at a time."""

    period: int
    path: Total
    mean: float = math.nan
    closes: deque[float] = field(default_factory=deque)

    def update(self, close: float) -> tuple[float]:
        if self.closes:
            path = self.path.update(abs(close - self.closes[-1]))
        self.closes.append(close)
        if len(self.closes) <= self.period:
            self.mean = close
            return (math.nan,)
        way = abs(close - self.closes.popleft())
        scale = (way / path if path > way else 1.0) * (_FAST - _SLOW) + _SLOW
        self.mean += scale * scale * (close - self.mean)
        return (self.mean,)


def kama_stream(period: int) -> KamaStream:
    """Return a stream that has seen no bar."""
    return KamaStream(period, Total(period))


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 2, bars - 1, bars)
    check_values(float(np.finfo(np.float64).max) / (4 * period), Precision.FLOAT64, close=close)


KAMA = Indicator(
    name="kama",
    title="Kaufman's adaptive moving average",
    inputs=("close",),
    parameters=(Parameter("period", 10, 2, "bars of the efficiency ratio"),),
    outputs=("kama",),
    compute=kama,
    first_bar=kama_warm_up,
    stream=kama_stream,
    panel=PanelKernel(
        "panels/kama.cl",
        states=2,
        takes=lambda period: (period, _FAST, _SLOW),
        words=lambda period: 2 * period,
        settles=lambda _: forget_bars(_SLOW * _SLOW),
        reaches=lambda period: period,
        blocks=lambda period: period,
    ),
)
