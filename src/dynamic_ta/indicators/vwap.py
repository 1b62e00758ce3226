"""Volume-weighted average price."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.columns import T, columns
from dynamic_ta.indicators.inputs import check_period, check_series, check_values, check_volume
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Window
from dynamic_ta.indicators.streaming import Stream

# Products of a price's difference and a volume, added over as many bars as a series may have, stay finite.
_LARGEST = math.sqrt(float(np.finfo(np.float64).max) / 2**36)


def vwap(high: F64, low: F64, close: F64, volume: F64, period: int) -> F64:
    """Mean typical price of the last ``period`` bars, or of all bars so far, each weighing what was traded in it.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most 5e148
    volume : float64[n_bars], units traded, finite, 0 to 5e148
    period : int, bars in the window, 1 <= period <= n_bars; 0 anchors it: all bars from the first one on, n_bars >= 1

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first ``period - 1`` bars (warm-up), for none where it is anchored

    Raises
    ------
    IndicatorInputError : lengths that differ, period out of range, a negative volume, or a non-finite or too large
        value

    Notes
    -----
    The typical price is (high + low + close) / 3. Where nothing was traded in the whole window the bars weigh the
    same, which is the limit of equal volumes. A session's VWAP is the anchored one of that session's bars [1]_: bars
    carry no session here, so the caller cuts them.

    Sums are taken of distances from one price of the window, so that a flat market's VWAP is its price, exactly.
    O(n_bars * period) time, O(n_bars) where it is anchored; whatever the period, no rounding outlives its window.

    References
    ----------
    .. [1] S. A. Berkowitz, D. E. Logue and E. A. Noser, "The total cost of transactions on the NYSE", The Journal of
       Finance 43 (1), 1988, p. 97-112
    """
    _check(high, low, close, volume, period)
    typical = _typical(high, low, close)
    if period == 0:
        first, bars = float(typical[0]), np.arange(1.0, close.size + 1)
        away = typical - first
        return first + _mean(np.cumsum(away * volume), np.cumsum(volume), np.cumsum(away) / bars)
    traded, units, plain = _sums(columns(typical, period), columns(volume, period))
    return after_warm_up(typical[period - 1 :] + _mean(traded, units, plain / period), close.size)


def vwap_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return max(period - 1, 0)


@dataclass(slots=True)
class RollingVwapStream:
    """``vwap`` of a window, one bar at a time, in O(period)."""

    prices: Window
    volumes: Window

    def update(self, high: float, low: float, close: float, volume: float) -> tuple[float]:
        self.volumes.update(volume)
        if not self.prices.update(_typical(high, low, close)):
            return (math.nan,)
        traded, units, plain = _sums(self.prices.values, self.volumes.values)
        return (self.prices.values[-1] + (traded / units if units > 0 else plain / self.prices.size),)


@dataclass(slots=True)
class AnchoredVwapStream:
    """``vwap`` of all bars so far, one bar at a time."""

    first: float = math.nan
    traded: float = 0.0
    units: float = 0.0
    away: float = 0.0
    bars: int = 0

    def update(self, high: float, low: float, close: float, volume: float) -> tuple[float]:
        price = _typical(high, low, close)
        if self.bars == 0:
            self.first = price
        self.bars += 1
        self.traded += (price - self.first) * volume
        self.units += volume
        self.away += price - self.first
        return (self.first + (self.traded / self.units if self.units > 0 else self.away / self.bars),)


def vwap_stream(period: int) -> Stream:
    """Return a stream that has seen no bar."""
    return RollingVwapStream(Window(period), Window(period)) if period else AnchoredVwapStream()


def _typical(high: T, low: T, close: T) -> T:
    """Return (high + low + close) / 3: their price where the three are equal, which a rounded sum may miss."""
    return close + ((high - close) + (low - close)) / 3


def _sums(prices: Sequence[T], volumes: Sequence[T]) -> tuple[T, T, T]:
    """Return what was traded, in distances from the newest price, the units, and the distances alone."""
    newest = prices[-1]
    traded = units = plain = newest - newest
    for price, volume in zip(prices, volumes, strict=True):
        away = price - newest
        traded, units, plain = traded + away * volume, units + volume, plain + away
    return traded, units, plain


def _mean(traded: F64, units: F64, plain: F64) -> F64:
    return np.divide(traded, units, out=plain, where=units > 0)


def _check(high: F64, low: F64, close: F64, volume: F64, period: int) -> None:
    bars = check_series(high=high, low=low, close=close, volume=volume)
    check_period("period", period, 0 if bars else 1, bars, bars)
    check_values(_LARGEST, Precision.FLOAT64, high=high, low=low, close=close, volume=volume)
    check_volume(volume)


VWAP = Indicator(
    name="vwap",
    title="Volume-weighted average price",
    inputs=("high", "low", "close", "volume"),
    parameters=(Parameter("period", 20, 0, "bars in the window; 0 takes all bars from the first one on"),),
    outputs=("vwap",),
    compute=vwap,
    first_bar=vwap_warm_up,
    stream=vwap_stream,
    panel=PanelKernel(
        "panels/vwap.cl",
        states=4,
        takes=lambda period: (period,),
        words=lambda period: 4 * period,
        settles=lambda period: 0 if period else None,
        reaches=lambda period: period,
    ),
)
