"""Relative strength index."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_engines import Device, Precision, load_kernel
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.launch import launch
from dynamic_ta.indicators.means import after_warm_up, exponential_mean, wilder_weight
from dynamic_ta.indicators.model import F64, Indicator, Kernel, PanelKernel, Parameter
from dynamic_ta.indicators.rounding import extent_of, gamma, mean_error, plain_mean_error, smallest, unit, upload_error
from dynamic_ta.indicators.steps import ExponentialMean
from dynamic_ta.indicators.tiles import forget_bars, settle_bars, tiling


def rsi(close: F64, period: int) -> F64:
    """Share of the rises in all moves of the close, in percent.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (4 * period)
    period : int, bars, 2 <= period < n_bars

    Returns
    -------
    float64[n_bars], 0 to 100; NaN for the first ``period`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    100 up / (up + down), of Wilder's means [1]_ of the rises and of the falls, each seeded with the plain mean of the
    first ``period``. Where the close has never moved it is 0, as in TA-Lib. O(n_bars) time. Device results agree
    within ``rsi_error_bound``.

    References
    ----------
    .. [1] J. W. Wilder, New Concepts in Technical Trading Systems, 1978, section VI
    """
    _check(close, period, Precision.FLOAT64)
    up, moved = _means(close, period)
    index = np.divide(up, moved, out=np.zeros_like(up), where=moved > 0)
    return after_warm_up(100 * index, close.size)


def rsi_opencl(device: Device, close: F64, period: int, precision: Precision) -> F64:
    """Return what ``rsi`` returns, computed by ``kernels/indicators/rsi.cl`` in ``precision``.

    Raises
    ------
    IndicatorInputError : as ``rsi``, with the largest close of ``precision``
    EngineError : the device has no float64, no room, or failed
    """
    _check(close, period, precision)
    weight = wilder_weight(period)
    cut = tiling(close.size, rsi_lookback(period, precision))
    scalars = (cut.tile, cut.lookback, period, _most_still(weight, precision), weight)
    (line,) = launch(device, load_kernel("indicators/rsi"), precision, cut.items, scalars, 1, close=close)
    return line


def rsi_warm_up(period: int) -> int:
    """Return how many bars have no value yet: a first move needs two closes."""
    return period


def rsi_lookback(period: int, precision: Precision) -> int:
    """Return how many bars before a bar decide its value in ``precision``; a replay needs no more."""
    return period + 1 + settle_bars(wilder_weight(period), precision)


@dataclass(slots=True)
class RsiStream:
    """``rsi``, one close at a time."""

    up: ExponentialMean
    down: ExponentialMean
    before: float = math.nan

    def update(self, close: float) -> tuple[float]:
        change, self.before = close - self.before, close
        if math.isnan(change):
            return (change,)
        up = self.up.update(max(change, 0.0))
        moved = up + self.down.update(max(-change, 0.0))
        return (0.0 if moved == 0 else 100 * (up / moved),)


def rsi_stream(period: int) -> RsiStream:
    """Return a stream that has seen no bar."""
    weight = wilder_weight(period)
    return RsiStream(ExponentialMean(period, weight), ExponentialMean(period, weight))


def rsi_error_bound(close: F64, period: int, precision: Precision) -> F64:
    """Return, for each bar, the most that ``rsi_opencl`` may differ from ``rsi``, in points of 100.

    Notes
    -----
    Let S = up + down at a bar. A float32 run rounds both closes of a move, and then the move. If up and down are off by
    at most E each, the ratio is off by |up dE - down dE'| / (S S') <= E / (S - 2 E). Sum, division (2.5 ulp in single),
    product and the high parts are 9 roundings at most of a value up to 100; in ``rsi`` itself they are 3.

    While the close stands still, S shrinks but the ratio stays: S and E are then those of the last move, and each bar
    since has rounded up and down once more, relative to themselves (``mean_error``, step 1 and 2; 3 u in ``rsi``). What
    underflows on the way counts against S as it is. Where S is not above its errors nothing is known: 100.
    """
    _check(close, period, precision)
    weight, u, u64 = wilder_weight(period), unit(precision), unit(Precision.FLOAT64)
    error = _means_error(np.diff(close), period, precision, upload_error(precision, close))
    _, total = _means(close, period)
    last = _last_move(close, period)
    at_last = total[last]
    ratio = np.divide(error, at_last - 2 * error, out=np.ones_like(total), where=at_last > 4 * error)
    still = (np.arange(total.size) - last) * 2 * (weight * gamma(10, u) + 8 * u * u + 3 * u64)
    flushed = np.divide(36 * period * smallest(precision), total, out=np.ones_like(total), where=total > 0)
    rounded = gamma(9, u) + gamma(3, u64)
    bound = np.zeros(close.size)
    bound[period:] = 100 * np.minimum(ratio + still + flushed + rounded, 1)
    return bound


def _means_error(change: F64, period: int, precision: Precision, uploaded: float) -> float:
    """Return the most that the mean of the rises, or that of the falls, may differ between device and oracle."""
    moved = 2 * uploaded
    if precision is Precision.FLOAT32:
        moved += unit(precision) * (float(np.abs(change).max()) + moved)
    extents = [extent_of(np.maximum(moves, 0.0), period, wilder_weight(period)) for moves in (change, -change)]
    return moved + max(
        mean_error(extent.blurred(moved), period, precision) + plain_mean_error(extent, period) for extent in extents
    )


def _last_move(close: F64, period: int) -> npt.NDArray[np.intp]:
    """Return for each bar after the warm-up the last one up to it, or else the first one, at which the close moved."""
    bars = np.arange(close.size - period)
    return np.maximum.accumulate(np.where(np.diff(close)[period - 1 :] != 0, bars, 0))


def _means(close: F64, period: int) -> tuple[F64, F64]:
    """Return up and up + down for each bar after the warm-up."""
    change, weight = np.diff(close), wilder_weight(period)
    up = exponential_mean(np.maximum(change, 0.0), period, weight)
    return up, up + exponential_mean(np.maximum(-change, 0.0), period, weight)


def _most_still(weight: float, precision: Precision) -> int:
    """Return after how many bars without a move a mean of the largest move is below the smallest number."""
    limits = np.finfo(precision.dtype)
    return math.ceil((math.log(limits.smallest_subnormal) - math.log(limits.max)) / math.log1p(-weight))


def _check(close: F64, period: int, precision: Precision) -> None:
    bars = check_series(close=close)
    check_period("period", period, 2, bars - 1, bars)
    check_values(float(np.finfo(precision.dtype).max) / (4 * period), precision, close=close)


RSI = Indicator(
    name="rsi",
    title="Relative strength index",
    inputs=("close",),
    parameters=(Parameter("period", 14, 2, "bars; the newest move weighs 1 / period"),),
    outputs=("rsi",),
    compute=rsi,
    first_bar=rsi_warm_up,
    stream=rsi_stream,
    kernel=Kernel(
        name="indicators/rsi",
        compute=rsi_opencl,
        most_error=rsi_error_bound,
        bound_source="rsi_error_bound: mean_error of both means, carried through the ratio at each bar",
        operations=11,  # a change, its rise and its size; two means of 3; a quotient and a product
    ),
    panel=PanelKernel(
        "panels/rsi.cl",
        states=3,
        takes=lambda period: (period, wilder_weight(period)),
        words=lambda period: 2 * period,
        settles=lambda period: forget_bars(wilder_weight(period)),
    ),
)
