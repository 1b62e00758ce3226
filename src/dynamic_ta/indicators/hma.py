"""Hull moving average."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.columns import columns, weighted_mean
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Window


def hma(close: F64, period: int) -> F64:
    """Weighted mean, over sqrt(period) bars, of twice the one over half a period less the one over a whole.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (16 * period^2)
    period : int, bars, 1 <= period, and as many as the warm-up leaves

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first ``period + root - 2`` bars (warm-up), where root is sqrt(period)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    Each mean is linearly weighted, the newest bar the most, as TA-Lib's WMA. Hull [1]_ rounds neither half a period nor
    its root; both are rounded down here, to 1 at least, as in most charting programs. Equal closes give that close,
    exactly. O(n_bars * period) time.

    References
    ----------
    .. [1] A. Hull, "How to reduce lag in a moving average", alanhull.com, 2005
    """
    _check(close, period)
    slow = weighted_mean(columns(close, period))
    fast = weighted_mean(columns(close, _half(period)))[-slow.size :]
    return after_warm_up(weighted_mean(columns(2 * fast - slow, math.isqrt(period))), close.size)


def hma_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period + math.isqrt(period) - 2


@dataclass(slots=True)
class HmaStream:
    """``hma``, one close at a time, in O(period)."""

    slow: Window
    fast: Window
    last: Window

    def update(self, close: float) -> tuple[float]:
        self.fast.update(close)
        if not self.slow.update(close):
            return (math.nan,)
        ahead = 2 * weighted_mean(self.fast.values) - weighted_mean(self.slow.values)
        return (weighted_mean(self.last.values) if self.last.update(ahead) else math.nan,)


def hma_stream(period: int) -> HmaStream:
    """Return a stream that has seen no bar."""
    return HmaStream(Window(period), Window(_half(period)), Window(math.isqrt(period)))


def _half(period: int) -> int:
    return max(1, period // 2)


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, _longest(bars), bars)
    check_values(float(np.finfo(np.float64).max) / (16 * period**2), Precision.FLOAT64, close=close)


def _longest(bars: int) -> int:
    """Return the longest period that leaves ``bars`` bars a value."""
    period = bars
    while period > 0 and hma_warm_up(period) >= bars:
        period -= 1
    return period


HMA = Indicator(
    name="hma",
    title="Hull moving average",
    inputs=("close",),
    parameters=(
        Parameter("period", 16, 1, "bars in the slow mean; half of them in the fast one, their root in the last"),
    ),
    outputs=("hma",),
    compute=hma,
    first_bar=hma_warm_up,
    stream=hma_stream,
    panel=PanelKernel(
        "panels/hma.cl",
        states=0,
        takes=lambda period: (period, _half(period), math.isqrt(period)),
        words=lambda period: 2 * (period + math.isqrt(period)),
        reaches=lambda period: period + math.isqrt(period),
    ),
)
