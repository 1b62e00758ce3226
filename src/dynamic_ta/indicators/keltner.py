"""Keltner channel."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.atr import AtrStream, atr, atr_stream
from dynamic_ta.indicators.ema import EmaStream, ema, ema_stream
from dynamic_ta.indicators.inputs import check_period, check_series, check_values, check_width
from dynamic_ta.indicators.means import ema_weight, wilder_weight
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.tiles import forget_bars


def keltner(high: F64, low: F64, close: F64, period: int, atr_period: int, width: float) -> tuple[F64, F64, F64]:
    """Exponential mean of the close, and ``width`` average true ranges above and below it.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest /
        (4 * (1 + width) * the longer period)
    period : int, bars of the mean, 1 <= period <= n_bars
    atr_period : int, bars of the range's mean, 1 <= atr_period < n_bars
    width : average true ranges, 0 <= width <= 1e6

    Returns
    -------
    upper, middle, lower : float64[n_bars] each, quote currency; NaN before the first bar that has both means (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, a setting out of range, or a non-finite or too large price

    Notes
    -----
    Keltner [1]_ took plain means, over 10 bars, of the typical price and of high - low. This is the later form that
    charting programs mean by the name [2]_: ``ema`` and ``atr``, which are TA-Lib's. O(n_bars) time.

    References
    ----------
    .. [1] C. W. Keltner, How to Make Money in Commodities, 1960
    .. [2] StockCharts.com, ChartSchool: Keltner Channels
    """
    _check(high, low, close, period, atr_period, width)
    middle, reach = ema(close, period), width * atr(high, low, close, atr_period)
    middle[: keltner_warm_up(period, atr_period, width)] = np.nan
    return middle + reach, middle, middle - reach


def keltner_warm_up(period: int, atr_period: int, width: float) -> int:  # noqa: ARG001  # the width does not matter
    """Return how many bars have no value yet, in any of the three lines."""
    return max(period - 1, atr_period)


@dataclass(slots=True)
class KeltnerStream:
    """``keltner``, one bar at a time."""

    width: float
    mean: EmaStream
    range: AtrStream

    def update(self, high: float, low: float, close: float) -> tuple[float, float, float]:
        (middle,), (span,) = self.mean.update(close), self.range.update(high, low, close)
        if math.isnan(middle) or math.isnan(span):
            return math.nan, math.nan, math.nan
        reach = self.width * span
        return middle + reach, middle, middle - reach


def keltner_stream(period: int, atr_period: int, width: float) -> KeltnerStream:
    """Return a stream that has seen no bar. Raises IndicatorInputError as ``keltner``, for its width."""
    check_width(width, "average true ranges")
    return KeltnerStream(width, ema_stream(period), atr_stream(atr_period))


def _check(high: F64, low: F64, close: F64, period: int, atr_period: int, width: float) -> None:
    bars = check_series(high=high, low=low, close=close)
    check_period("period", period, 1, bars, bars)
    check_period("atr_period", atr_period, 1, bars - 1, bars)
    check_width(width, "average true ranges")
    largest = float(np.finfo(np.float64).max) / (4 * (1 + width) * max(period, atr_period))
    check_values(largest, Precision.FLOAT64, high=high, low=low, close=close)


KELTNER = Indicator(
    name="keltner",
    title="Keltner channel",
    inputs=("high", "low", "close"),
    parameters=(
        Parameter("period", 20, 1, "bars; the newest close weighs 2 / (period + 1)"),
        Parameter("atr_period", 10, 1, "bars; the newest true range weighs 1 / atr_period"),
        Parameter("width", 2.0, 0.0, "average true ranges between the middle and a band"),
    ),
    outputs=("upper", "middle", "lower"),
    compute=keltner,
    first_bar=keltner_warm_up,
    stream=keltner_stream,
    panel=PanelKernel(
        "panels/keltner.cl",
        states=3,
        takes=lambda period, span, width: (period, span, width, ema_weight(period), wilder_weight(span)),
        words=lambda period, span, _: period + span,
        settles=lambda period, span, _: max(forget_bars(ema_weight(period)), forget_bars(wilder_weight(span))),
    ),
)
