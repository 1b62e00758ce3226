"""Donchian channel."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Window
from dynamic_ta.indicators.windows import highest, lowest

_LARGEST_PRICE = float(np.finfo(np.float64).max) / 2


def donchian(high: F64, low: F64, period: int) -> tuple[F64, F64, F64]:
    """Highest high and lowest low of the last ``period`` bars, and the middle between them.

    Parameters
    ----------
    high, low : float64[n_bars], quote currency, oldest first, finite, at most half of float64's largest
    period : int, bars, 1 <= period <= n_bars

    Returns
    -------
    upper, middle, lower : float64[n_bars] each, quote currency; NaN for the first ``period - 1`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, period out of range, or a non-finite or too large price

    Notes
    -----
    The window ends with this bar, whose high is therefore never above ``upper``: a rule for a breakout compares it
    with the line of the bar before, as the four-week rule [1]_ does. Upper and lower are TA-Lib's MAX and MIN.
    O(n_bars) time, whatever the period; nothing is rounded but the middle.

    References
    ----------
    .. [1] R. D. Donchian, "High finance in copper", Financial Analysts Journal 16 (6), 1960, p. 133-142
    """
    _check(high, low, period)
    upper, lower = highest(high, period), lowest(low, period)
    above, middle, below = (after_warm_up(line, high.size) for line in (upper, (upper + lower) / 2, lower))
    return above, middle, below


def donchian_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period - 1


@dataclass(slots=True)
class DonchianStream:
    """``donchian``, one bar at a time, in O(period)."""

    highs: Window
    lows: Window

    def update(self, high: float, low: float) -> tuple[float, float, float]:
        self.lows.update(low)
        if not self.highs.update(high):
            return math.nan, math.nan, math.nan
        upper, lower = max(self.highs.values), min(self.lows.values)
        return upper, (upper + lower) / 2, lower


def donchian_stream(period: int) -> DonchianStream:
    """Return a stream that has seen no bar."""
    return DonchianStream(Window(period), Window(period))


def _check(high: F64, low: F64, period: int) -> None:
    bars = check_series(high=high, low=low)
    check_period("period", period, 1, bars, bars)
    check_values(_LARGEST_PRICE, Precision.FLOAT64, high=high, low=low)


DONCHIAN = Indicator(
    name="donchian",
    title="Donchian channel",
    inputs=("high", "low"),
    parameters=(Parameter("period", 20, 1, "bars in the window"),),
    outputs=("upper", "middle", "lower"),
    compute=donchian,
    first_bar=donchian_warm_up,
    stream=donchian_stream,
    panel=PanelKernel(
        "panels/donchian.cl",
        states=2,
        takes=lambda period: (period,),
        words=lambda period: 2 * period,
        reaches=lambda period: period,
        blocks=lambda period: period,
    ),
)
