"""Aroon up, down and oscillator."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.columns import columns
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Window

_LARGEST = float(np.finfo(np.float64).max)


def aroon(high: F64, low: F64, period: int) -> tuple[F64, F64, F64]:
    """How long ago the highest high and the lowest low were, of this bar and the ``period`` bars before.

    Parameters
    ----------
    high, low : float64[n_bars], quote currency, oldest first, finite
    period : int, bars, 1 <= period < n_bars

    Returns
    -------
    up, down : float64[n_bars] each, 100 where the extreme is this bar's, 0 where it is ``period`` bars old
    oscillator : float64[n_bars], up less down, -100 to 100
        all NaN for the first ``period`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, period out of range, or a non-finite price

    Notes
    -----
    The window has ``period + 1`` bars; of equal extremes the newest counts. As TA-Lib, to the last bit, which takes no
    period of 1. O(n_bars * period) time.

    References
    ----------
    .. [1] T. S. Chande, "A time price oscillator", Technical Analysis of Stocks & Commodities 13 (9), 1995
    """
    _check(high, low, period)
    since_high = _bars_to_highest(columns(high, period + 1))
    since_low = _bars_to_highest(columns(-low, period + 1))
    factor = 100 / period
    lines = factor * since_high, factor * since_low, factor * (since_high - since_low)
    up, down, oscillator = (after_warm_up(line, high.size) for line in lines)
    return up, down, oscillator


def aroon_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period


@dataclass(slots=True)
class AroonStream:
    """``aroon``, one bar at a time, in O(period)."""

    period: int
    highs: Window
    depths: Window

    def update(self, high: float, low: float) -> tuple[float, float, float]:
        self.depths.update(-low)
        if not self.highs.update(high):
            return math.nan, math.nan, math.nan
        since_high, since_low = (_last_highest(window.values) for window in (self.highs, self.depths))
        factor = 100 / self.period
        return factor * since_high, factor * since_low, factor * (since_high - since_low)


def aroon_stream(period: int) -> AroonStream:
    """Return a stream that has seen no bar."""
    return AroonStream(period, Window(period + 1), Window(period + 1))


def _last_highest(window: Sequence[float]) -> int:
    """Return where in ``window`` its largest value stands last."""
    return max(range(len(window)), key=lambda at: (window[at], at))


def _bars_to_highest(window: Sequence[F64]) -> F64:
    """Return how many bars the window had seen when its highest came, the newest of equals: 0 to its length - 1."""
    best, at = window[0], np.zeros(window[0].size)
    for bars, value in enumerate(window[1:], start=1):
        newer = value >= best
        best, at = np.where(newer, value, best), np.where(newer, bars, at)
    return at


def _check(high: F64, low: F64, period: int) -> None:
    bars = check_series(high=high, low=low)
    check_period("period", period, 1, bars - 1, bars)
    check_values(_LARGEST, Precision.FLOAT64, high=high, low=low)


AROON = Indicator(
    name="aroon",
    title="Aroon",
    inputs=("high", "low"),
    parameters=(Parameter("period", 14, 1, "bars before this one in the window"),),
    outputs=("up", "down", "oscillator"),
    compute=aroon,
    first_bar=aroon_warm_up,
    stream=aroon_stream,
    panel=PanelKernel(
        "panels/aroon.cl",
        states=0,
        takes=lambda period: (period, 100 / period),
        words=lambda period: 4 * (period + 1),
        reaches=lambda period: period,
    ),
)
