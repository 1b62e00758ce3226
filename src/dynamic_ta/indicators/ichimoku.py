"""Ichimoku."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.columns import last
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Window
from dynamic_ta.indicators.windows import highest, lowest

_LARGEST_PRICE = float(np.finfo(np.float64).max) / 2


def ichimoku(
    high: F64, low: F64, close: F64, conversion: int, base: int, span: int, displacement: int
) -> tuple[F64, F64, F64, F64, F64]:
    """Middles of three windows' ranges, the cloud that stands over this bar, and the close to compare this one with.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most half of float64's largest
    conversion, base, span : int, bars in each window, 1 <= each <= n_bars - displacement
    displacement : int, bars that the cloud is drawn ahead, 0 <= displacement < n_bars

    Returns
    -------
    conversion : float64[n_bars], quote currency: (highest high + lowest low) / 2 of the last ``conversion`` bars
    base : the same of ``base`` bars
    span_a : (conversion + base) / 2 of ``displacement`` bars ago
    span_b : the middle of ``span`` bars, ``displacement`` bars ago
    lagged : the close of ``displacement`` bars ago
        each NaN while its window fills, and the last three ``displacement`` bars longer (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, a setting out of range, or a non-finite or too large price

    Notes
    -----
    Hosoda's five lines [1]_, none of which reads a bar that is still to come. A chart draws the two leading spans
    ahead: what stands over a bar was known ``displacement`` bars before, and is what is returned for it. The lagging
    span is drawn behind: this bar's close, over the bar of ``displacement`` bars ago. Of that bar it would be the
    future, so ``lagged`` is the price that it stands beside, and ``close`` above ``lagged`` is a lagging span above
    the price. Hosoda counts the bar itself: his 26 bars ahead are a displacement of 25, as in TradingView; others,
    StockCharts among them, move by 26. O(n_bars) time.

    References
    ----------
    .. [1] Ichimoku Sanjin (G. Hosoda), Ichimoku Kinko Hyo, 1969; in English: M. Patel, Trading with Ichimoku Clouds,
       2010
    """
    _check(high, low, close, conversion, base, span, displacement)
    fast, slow, slowest = (_middles(high, low, period) for period in (conversion, base, span))
    both = min(fast.size, slow.size)
    a = (fast[-both:] + slow[-both:]) / 2
    later = (line[: line.size - displacement] for line in (a, slowest, close))
    lines = [after_warm_up(line, close.size) for line in (fast, slow, *later)]
    return lines[0], lines[1], lines[2], lines[3], lines[4]


def ichimoku_warm_up(conversion: int, base: int, span: int, displacement: int) -> tuple[int, int, int, int, int]:
    """Return how many bars have no value yet, of each line."""
    a = max(conversion, base) - 1 + displacement
    return conversion - 1, base - 1, a, span - 1 + displacement, displacement


@dataclass(slots=True)
class IchimokuStream:
    """``ichimoku``, one bar at a time, in O(longest period)."""

    conversion: int
    base: int
    span: int
    highs: Window
    lows: Window
    a: Window
    b: Window
    closes: Window

    def update(self, high: float, low: float, close: float) -> tuple[float, float, float, float, float]:
        self.highs.update(high)
        self.lows.update(low)
        fast, slow, slowest = map(self._middle, (self.conversion, self.base, self.span))
        later = ((self.a, (fast + slow) / 2), (self.b, slowest), (self.closes, close))
        a, b, lagged = (window.values[0] if window.update(value) else math.nan for window, value in later)
        return fast, slow, a, b, lagged

    def _middle(self, period: int) -> float:
        if len(self.highs.values) < period:
            return math.nan
        return (max(last(self.highs.values, period)) + min(last(self.lows.values, period))) / 2


def ichimoku_stream(conversion: int, base: int, span: int, displacement: int) -> IchimokuStream:
    """Return a stream that has seen no bar."""
    highs, lows = (Window(max(conversion, base, span)) for _ in range(2))
    a, b, closes = (Window(displacement + 1) for _ in range(3))
    return IchimokuStream(conversion, base, span, highs, lows, a, b, closes)


def _middles(high: F64, low: F64, period: int) -> F64:
    return (highest(high, period) + lowest(low, period)) / 2


def _check(high: F64, low: F64, close: F64, conversion: int, base: int, span: int, displacement: int) -> None:
    bars = check_series(high=high, low=low, close=close)
    check_period("displacement", displacement, 0, bars - 1, bars)
    for name, period in (("conversion", conversion), ("base", base), ("span", span)):
        check_period(name, period, 1, bars - displacement, bars)
    check_values(_LARGEST_PRICE, Precision.FLOAT64, high=high, low=low, close=close)


ICHIMOKU = Indicator(
    name="ichimoku",
    title="Ichimoku",
    inputs=("high", "low", "close"),
    parameters=(
        Parameter("conversion", 9, 1, "bars in the window of the conversion line"),
        Parameter("base", 26, 1, "bars in the window of the base line"),
        Parameter("span", 52, 1, "bars in the window of the second leading span"),
        Parameter("displacement", 26, 0, "bars that the leading spans are drawn ahead"),
    ),
    outputs=("conversion", "base", "span_a", "span_b", "lagged"),
    compute=ichimoku,
    first_bar=ichimoku_warm_up,
    stream=ichimoku_stream,
    panel=PanelKernel(
        "panels/ichimoku.cl",
        states=6,
        takes=lambda *periods: periods,
        words=lambda conversion, base, span, displacement: 2 * (conversion + base + span) + 3 * displacement,
        reaches=lambda conversion, base, span, displacement: max(conversion, base, span) + displacement,
        blocks=lambda conversion, base, span, _: math.lcm(conversion, base, span),
    ),
)
