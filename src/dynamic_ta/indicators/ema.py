"""Exponential moving average."""

from dataclasses import dataclass

import numpy as np

from dynamic_engines import Device, Precision, load_kernel
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.launch import launch
from dynamic_ta.indicators.means import after_warm_up, ema_weight, exponential_mean
from dynamic_ta.indicators.model import F64, Indicator, Kernel, PanelKernel, Parameter
from dynamic_ta.indicators.rounding import extent_of, mean_error, plain_mean_error, unit, upload_error
from dynamic_ta.indicators.steps import ExponentialMean
from dynamic_ta.indicators.tiles import forget_bars, settle_bars, tiling


def ema(close: F64, period: int) -> F64:
    """Mean of all closes so far, in which each bar weighs 1 - 2 / (period + 1) times the next.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (2 * period)
    period : int, bars, 1 <= period <= n_bars

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first ``period - 1`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    O(n_bars) time. The seed, at bar ``period - 1``, is the mean of the first ``period`` closes, as in TA-Lib's default
    mode. Device results agree within ``ema_error_bound``.
    """
    _check(close, period, Precision.FLOAT64)
    return after_warm_up(exponential_mean(close, period, ema_weight(period)), close.size)


def ema_opencl(device: Device, close: F64, period: int, precision: Precision) -> F64:
    """Return what ``ema`` returns, computed by ``kernels/recursive/ema.cl`` in ``precision``.

    Raises
    ------
    IndicatorInputError : as ``ema``, with the largest close of ``precision``
    EngineError : the device has no float64, no room, or failed
    """
    _check(close, period, precision)
    weight = ema_weight(period)
    cut = tiling(close.size, ema_lookback(period, precision))
    scalars = (cut.tile, cut.lookback, period, weight)
    (line,) = launch(device, load_kernel("recursive/ema"), precision, cut.items, scalars, 1, close=close)
    return line


def ema_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period - 1


def ema_lookback(period: int, precision: Precision) -> int:
    """Return how many bars before a bar decide its value in ``precision``; a replay needs no more."""
    return period + settle_bars(ema_weight(period), precision)


@dataclass(slots=True)
class EmaStream:
    """``ema``, one close at a time."""

    mean: ExponentialMean

    def update(self, close: float) -> tuple[float]:
        return (self.mean.update(close),)


def ema_stream(period: int) -> EmaStream:
    """Return a stream that has seen no bar."""
    return EmaStream(ExponentialMean(period, ema_weight(period)))


def ema_error_bound(close: F64, period: int, precision: Precision) -> float:
    """Return the most that ``ema_opencl`` may differ from ``ema``, in quote currency.

    Notes
    -----
    A float32 run rounds each close, and a mean moves no further than its values. Then comes ``mean_error``, whose high
    part is returned: one rounding more. ``ema`` itself is off by ``plain_mean_error``.
    """
    _check(close, period, precision)
    moved = upload_error(precision, close)
    extent = extent_of(close, period, ema_weight(period))
    sent = extent.blurred(moved)
    carried = mean_error(sent, period, precision)
    result = unit(precision) * (sent.largest + carried)
    return moved + carried + result + plain_mean_error(extent, period)


def _check(close: F64, period: int, precision: Precision) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, bars, bars)
    check_values(float(np.finfo(precision.dtype).max) / (2 * period), precision, close=close)


EMA = Indicator(
    name="ema",
    title="Exponential moving average",
    inputs=("close",),
    parameters=(Parameter("period", 20, 1, "bars; the newest close weighs 2 / (period + 1)"),),
    outputs=("ema",),
    compute=ema,
    first_bar=ema_warm_up,
    stream=ema_stream,
    kernel=Kernel(
        name="recursive/ema",
        compute=ema_opencl,
        most_error=ema_error_bound,
        bound_source="ema_error_bound: a mean's contraction, Dekker's sum, Higham's gamma (mean_error)",
        operations=3,  # a difference, a product, a sum
    ),
    panel=PanelKernel(
        "panels/ema.cl",
        states=1,
        takes=lambda period: (period, ema_weight(period)),
        words=lambda period: period,
        settles=lambda period: forget_bars(ema_weight(period)),
    ),
)
