"""Average true range."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Device, Precision, load_kernel
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.launch import launch
from dynamic_ta.indicators.means import after_warm_up, exponential_mean, wilder_weight
from dynamic_ta.indicators.model import F64, Indicator, Kernel, PanelKernel, Parameter
from dynamic_ta.indicators.prices import true_range
from dynamic_ta.indicators.rounding import extent_of, mean_error, plain_mean_error, unit, upload_error
from dynamic_ta.indicators.steps import ExponentialMean
from dynamic_ta.indicators.tiles import forget_bars, settle_bars, tiling


def atr(high: F64, low: F64, close: F64, period: int) -> F64:
    """Mean of the bars' true ranges, which count a gap since the close before.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (4 * period);
        a high below its low is taken as it is
    period : int, bars, 1 <= period < n_bars

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first ``period`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, period out of range, or a non-finite or too large price

    Notes
    -----
    The true range of a bar is max(high - low, |high - close before|, |low - close before|); the first bar has none. The
    mean is Wilder's [1]_, seeded with the plain mean of the first ``period`` ranges. O(n_bars) time. Device results
    agree within ``atr_error_bound``.

    References
    ----------
    .. [1] J. W. Wilder, New Concepts in Technical Trading Systems, 1978, section III
    """
    _check(high, low, close, period, Precision.FLOAT64)
    ranges = exponential_mean(true_range(high, low, close), period, wilder_weight(period))
    return after_warm_up(ranges, close.size)


def atr_opencl(device: Device, high: F64, low: F64, close: F64, period: int, precision: Precision) -> F64:
    """Return what ``atr`` returns, computed by ``kernels/indicators/atr.cl`` in ``precision``.

    Raises
    ------
    IndicatorInputError : as ``atr``, with the largest price of ``precision``
    EngineError : the device has no float64, no room, or failed
    """
    _check(high, low, close, period, precision)
    weight = wilder_weight(period)
    cut = tiling(close.size, atr_lookback(period, precision))
    scalars = (cut.tile, cut.lookback, period, weight)
    kernel = load_kernel("indicators/atr")
    (line,) = launch(device, kernel, precision, cut.items, scalars, 1, high=high, low=low, close=close)
    return line


def atr_warm_up(period: int) -> int:
    """Return how many bars have no value yet: a first true range needs two bars."""
    return period


def atr_lookback(period: int, precision: Precision) -> int:
    """Return how many bars before a bar decide its value in ``precision``; a replay needs no more."""
    return period + 1 + settle_bars(wilder_weight(period), precision)


@dataclass(slots=True)
class AtrStream:
    """``atr``, one bar at a time."""

    mean: ExponentialMean
    before: float = math.nan

    def update(self, high: float, low: float, close: float) -> tuple[float]:
        before, self.before = self.before, close
        if math.isnan(before):
            return (before,)
        return (self.mean.update(max(high - low, abs(high - before), abs(low - before))),)


def atr_stream(period: int) -> AtrStream:
    """Return a stream that has seen no bar."""
    return AtrStream(ExponentialMean(period, wilder_weight(period)))


def atr_error_bound(high: F64, low: F64, close: F64, period: int, precision: Precision) -> float:
    """Return the most that ``atr_opencl`` may differ from ``atr``, in quote currency.

    Notes
    -----
    A float32 run rounds both prices of each difference, and the difference; the largest of three moves no further than
    the one that moves most, and so does a mean. Then come ``mean_error`` and the rounding to its high part. ``atr``
    itself is off by ``plain_mean_error``; its differences are those of the device in float64.
    """
    _check(high, low, close, period, precision)
    moved = 2 * upload_error(precision, high, low, close)
    extent = extent_of(true_range(high, low, close), period, wilder_weight(period))
    if precision is Precision.FLOAT32:
        moved += unit(precision) * (extent.largest + moved)
    sent = extent.blurred(moved)
    carried = mean_error(sent, period, precision)
    result = unit(precision) * (sent.largest + carried)
    return moved + carried + result + plain_mean_error(extent, period)


def _check(high: F64, low: F64, close: F64, period: int, precision: Precision) -> None:
    bars = check_series(high=high, low=low, close=close)
    check_period("period", period, 1, bars - 1, bars)
    largest = float(np.finfo(precision.dtype).max) / (4 * period)
    check_values(largest, precision, high=high, low=low, close=close)


ATR = Indicator(
    name="atr",
    title="Average true range",
    inputs=("high", "low", "close"),
    parameters=(Parameter("period", 14, 1, "bars; the newest range weighs 1 / period"),),
    outputs=("atr",),
    compute=atr,
    first_bar=atr_warm_up,
    stream=atr_stream,
    kernel=Kernel(
        name="indicators/atr",
        compute=atr_opencl,
        most_error=atr_error_bound,
        bound_source="atr_error_bound: three differences, then mean_error",
        operations=6,  # two comparisons and a difference for the true range, and a mean of 3
    ),
    panel=PanelKernel(
        "panels/atr.cl",
        states=2,
        takes=lambda period: (period, wilder_weight(period)),
        words=lambda period: period,
        settles=lambda period: forget_bars(wilder_weight(period)),
    ),
)
