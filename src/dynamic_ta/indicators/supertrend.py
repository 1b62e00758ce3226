"""SuperTrend."""

import math
from dataclasses import dataclass, field

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.atr import AtrStream, atr, atr_stream
from dynamic_ta.indicators.inputs import check_period, check_series, check_values, check_width
from dynamic_ta.indicators.means import after_warm_up, wilder_weight
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.tiles import forget_bars

_TURNED = 500  # bars in which a trend is expected to have ended, whenever it began; where not, it is found out


def supertrend(high: F64, low: F64, close: F64, period: int, width: float) -> tuple[F64, F64]:
    """Band, some average true ranges from the bar's middle, that follows the price in a trend and never gives way.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest /
        (4 * (1 + width) * period)
    period : int, bars of the range's mean, 1 <= period < n_bars
    width : average true ranges, 0 <= width <= 1e6

    Returns
    -------
    supertrend : float64[n_bars], quote currency: the lower band in a rise, the upper one in a fall
    direction : float64[n_bars], 1 in a rise, -1 in a fall
        both NaN for the first ``period`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, a setting out of range, or a non-finite or too large price

    Notes
    -----
    O. Seban's indicator, by the rules of TradingView's ``ta.supertrend`` [1]_:

    1. The basic bands are (high + low) / 2, plus and less ``width`` times ``atr``.
    2. The upper band keeps its last value unless the basic one is lower, or the close before was above that value;
       the lower band likewise, turned over.
    3. A fall ends with a close above the upper band, a rise with one below the lower. The first bar is in a fall.

    TradingView's mean of ranges counts the first bar's high - low as one and so begins a bar earlier; ours is TA-Lib's.
    TradingView tells the trend from the band that the line was on, so that where both bands are one price it takes a
    rise for a fall; here a rise stays one. O(n_bars) time, a loop.

    References
    ----------
    .. [1] TradingView, Pine Script v5 reference manual, ``ta.supertrend``
    """
    _check(high, low, close, period, width)
    middle, reach = (high + low) / 2, width * atr(high, low, close, period)
    bands = Bands()
    later = (line[period:].tolist() for line in (middle + reach, middle - reach, close))
    lines = np.array([bands.update(*bar) for bar in zip(*later, strict=True)])
    return after_warm_up(lines[:, 0], close.size), after_warm_up(lines[:, 1], close.size)


def supertrend_warm_up(period: int, width: float) -> int:  # noqa: ARG001  # the width does not matter
    """Return how many bars have no value yet, in either line."""
    return period


@dataclass(slots=True)
class Bands:
    """Both bands and the direction, as the bar before left them; ``close`` is that bar's."""

    upper: float = math.inf
    lower: float = -math.inf
    close: float = math.nan
    rising: bool = False

    def update(self, upper: float, lower: float, close: float) -> tuple[float, float]:
        """Take a bar's basic bands and its close, and return the line and the direction."""
        if upper < self.upper or self.close > self.upper:
            self.upper = upper
        if lower > self.lower or self.close < self.lower:
            self.lower = lower
        first, self.close = math.isnan(self.close), close
        self.rising = not first and (close >= self.lower if self.rising else close > self.upper)
        return (self.lower, 1.0) if self.rising else (self.upper, -1.0)


@dataclass(slots=True)
class SupertrendStream:
    """``supertrend``, one bar at a time."""

    width: float
    range: AtrStream
    bands: Bands = field(default_factory=Bands)

    def update(self, high: float, low: float, close: float) -> tuple[float, float]:
        (span,) = self.range.update(high, low, close)
        if math.isnan(span):
            return math.nan, math.nan
        middle, reach = (high + low) / 2, self.width * span
        return self.bands.update(middle + reach, middle - reach, close)


def supertrend_stream(period: int, width: float) -> SupertrendStream:
    """Return a stream that has seen no bar. Raises IndicatorInputError as ``supertrend``, for its width."""
    check_width(width, "average true ranges")
    return SupertrendStream(width, atr_stream(period))


def _check(high: F64, low: F64, close: F64, period: int, width: float) -> None:
    bars = check_series(high=high, low=low, close=close)
    check_period("period", period, 1, bars - 1, bars)
    check_width(width, "average true ranges")
    largest = float(np.finfo(np.float64).max) / (4 * (1 + width) * period)
    check_values(largest, Precision.FLOAT64, high=high, low=low, close=close)


SUPERTREND = Indicator(
    name="supertrend",
    title="SuperTrend",
    inputs=("high", "low", "close"),
    parameters=(
        Parameter("period", 10, 1, "bars; the newest true range weighs 1 / period"),
        Parameter("width", 3.0, 0.0, "average true ranges between the middle of a bar and its bands"),
    ),
    outputs=("supertrend", "direction"),
    compute=supertrend,
    first_bar=supertrend_warm_up,
    stream=supertrend_stream,
    panel=PanelKernel(
        "panels/supertrend.cl",
        states=5,
        takes=lambda period, width: (period, width, wilder_weight(period)),
        words=lambda period, _: period,
        settles=lambda period, _: forget_bars(wilder_weight(period)) + _TURNED,
    ),
)
