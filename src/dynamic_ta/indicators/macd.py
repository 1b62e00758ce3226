"""Moving average convergence/divergence."""

import math
from dataclasses import dataclass, replace

import numpy as np

from dynamic_engines import Device, Precision, load_kernel
from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.launch import launch
from dynamic_ta.indicators.means import after_warm_up, ema_weight, exponential_mean
from dynamic_ta.indicators.model import F64, Indicator, Kernel, PanelKernel, Parameter
from dynamic_ta.indicators.rounding import extent_of, mean_error, plain_mean_error, unit, upload_error
from dynamic_ta.indicators.steps import ExponentialMean
from dynamic_ta.indicators.tiles import forget_bars, settle_bars, tiling


def macd(close: F64, fast: int, slow: int, signal: int) -> tuple[F64, F64, F64]:
    """Fast EMA less slow EMA, the EMA of that line, and the line less its EMA.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (4 * slow)
    fast, slow : int, bars, 1 <= fast < slow
    signal : int, bars, 1 <= signal, and slow + signal - 1 <= n_bars

    Returns
    -------
    macd, signal, histogram : float64[n_bars] each, quote currency; NaN for the first ``slow + signal - 2`` bars

    Raises
    ------
    IndicatorInputError : a period out of range, or a non-finite or too large close

    Notes
    -----
    Both EMAs of the close are seeded at bar ``slow - 1``, the fast one with the mean of the ``fast`` closes up to it,
    and the signal with the mean of the line's first ``signal`` values, as in TA-Lib. (TA-Lib swaps a fast period that
    is longer than the slow one; here it is refused.) O(n_bars) time. Device results agree within ``macd_error_bound``.
    """
    _check(close, fast, slow, signal, Precision.FLOAT64)
    line = _line(close, fast, slow)
    smooth = exponential_mean(line, signal, ema_weight(signal))
    published = line[signal - 1 :]
    bars = close.size
    return after_warm_up(published, bars), after_warm_up(smooth, bars), after_warm_up(published - smooth, bars)


def macd_opencl(
    device: Device, close: F64, fast: int, slow: int, signal: int, precision: Precision
) -> tuple[F64, F64, F64]:
    """Return what ``macd`` returns, computed by ``kernels/recursive/macd.cl`` in ``precision``.

    Raises
    ------
    IndicatorInputError : as ``macd``, with the largest close of ``precision``
    EngineError : the device has no float64, no room, or failed
    """
    _check(close, fast, slow, signal, precision)
    weights = ema_weight(fast), ema_weight(slow), ema_weight(signal)
    cut = tiling(close.size, macd_lookback(slow, signal, precision))
    scalars = (cut.tile, cut.lookback, fast, slow, signal, *weights)
    kernel = load_kernel("recursive/macd")
    line, smooth, histogram = launch(device, kernel, precision, cut.items, scalars, 3, close=close)
    return line, smooth, histogram


def macd_warm_up(fast: int, slow: int, signal: int) -> int:  # noqa: ARG001  # the slow one decides
    """Return how many bars have no value yet, in any of the three lines."""
    return slow + signal - 2


def macd_lookback(slow: int, signal: int, precision: Precision) -> int:
    """Return how many bars before a bar decide its values in ``precision``; a replay needs no more.

    First the EMAs of the close settle, of which the slow one takes longest, and only then does the signal's time begin.
    """
    return slow + signal + settle_bars(ema_weight(slow), precision) + settle_bars(ema_weight(signal), precision)


@dataclass(slots=True)
class MacdStream:
    """``macd``, one close at a time. The fast mean waits until its seed ends where that of the slow one does."""

    fast: ExponentialMean
    slow: ExponentialMean
    signal: ExponentialMean
    waits: int

    def update(self, close: float) -> tuple[float, float, float]:
        slow = self.slow.update(close)
        if self.waits:
            self.waits -= 1
            return math.nan, math.nan, math.nan
        line = self.fast.update(close) - slow
        smooth = self.signal.update(line)
        return (math.nan if math.isnan(smooth) else line), smooth, line - smooth


def macd_stream(fast: int, slow: int, signal: int) -> MacdStream:
    """Return a stream that has seen no bar. Raises IndicatorInputError as ``macd``, where the periods are no pair."""
    _check_pair(fast, slow)
    quick, calm, smooth = (ExponentialMean(period, ema_weight(period)) for period in (fast, slow, signal))
    return MacdStream(quick, calm, smooth, waits=slow - fast)


def macd_error_bound(close: F64, fast: int, slow: int, signal: int, precision: Precision) -> tuple[float, float, float]:
    """Return the most that each line of ``macd_opencl`` may differ from that of ``macd``, in quote currency.

    Notes
    -----
    The line: a float32 run rounds each close, which both EMAs feel; each is off by ``mean_error``; the differences of
    the high and of the low parts and their sum are 3 roundings of the line and one of a low part, u^2 of the close.

    The signal: a mean of a line that is off by that much, and ``mean_error`` of its own. In a tile that starts in
    mid-series it begins up to twice the closes' spread away, so that counts as the line's spread.

    The histogram: both, and one rounding. ``macd`` itself is off by ``plain_mean_error`` of each mean.
    """
    _check(close, fast, slow, signal, precision)
    u, u64 = unit(precision), unit(Precision.FLOAT64)
    moved = upload_error(precision, close)
    aligned = ((close[slow - fast :], fast), (close, slow))
    extents = [(extent_of(values, period, ema_weight(period)), period) for values, period in aligned]
    sent = [(extent.blurred(moved), period) for extent, period in extents]
    largest, spread = sent[1][0].largest, sent[1][0].spread

    values = extent_of(_line(close, fast, slow), signal, ema_weight(signal))
    plain = sum(plain_mean_error(extent, period) for extent, period in extents) + u64 * values.largest
    carried = 2 * moved + sum(mean_error(extent, period, precision) for extent, period in sent)
    line = carried + 4 * u * (values.largest + carried) + 8 * u * u * largest

    fed = replace(values.blurred(line + plain), spread=2 * spread + 2 * line)
    drift = line + mean_error(fed, signal, precision)
    smooth = drift + u * (values.largest + drift)
    plain_smooth = plain + plain_mean_error(values, signal)

    histogram = line + smooth + u * (2 * values.largest + line + smooth)
    plain_histogram = plain + plain_smooth + 2 * u64 * values.largest
    return line + plain, smooth + plain_smooth, histogram + plain_histogram


def _line(close: F64, fast: int, slow: int) -> F64:
    """Return the line from bar ``slow - 1`` on, before the signal's warm-up hides its first values."""
    quick = exponential_mean(close[slow - fast :], fast, ema_weight(fast))
    return quick - exponential_mean(close, slow, ema_weight(slow))


def _check(close: F64, fast: int, slow: int, signal: int, precision: Precision) -> None:
    bars = check_series(close=close)
    _check_pair(fast, slow)
    check_period("slow", slow, 2, bars, bars)
    check_period("signal", signal, 1, bars - slow + 1, bars)
    check_values(float(np.finfo(precision.dtype).max) / (4 * slow), precision, close=close)


def _check_pair(fast: int, slow: int) -> None:
    if not 1 <= fast < slow:
        raise IndicatorInputError(f"fast {fast} and slow {slow} are no pair", "use 1 <= fast < slow")


MACD = Indicator(
    name="macd",
    title="Moving average convergence/divergence",
    inputs=("close",),
    parameters=(
        Parameter("fast", 12, 1, "bars of the fast EMA"),
        Parameter("slow", 26, 2, "bars of the slow EMA, more than fast"),
        Parameter("signal", 9, 1, "bars of the EMA of the line"),
    ),
    outputs=("macd", "signal", "histogram"),
    compute=macd,
    first_bar=macd_warm_up,
    stream=macd_stream,
    kernel=Kernel(
        name="recursive/macd",
        compute=macd_opencl,
        most_error=macd_error_bound,
        bound_source="macd_error_bound: mean_error of the three EMAs, each fed with the error of the one before",
        operations=11,  # three means of 3, and two differences
    ),
    panel=PanelKernel(
        "panels/macd.cl",
        states=3,
        takes=lambda *periods: (*periods, *map(ema_weight, periods)),
        words=lambda fast, slow, signal: fast + max(slow, signal),
        settles=lambda *periods: sum(forget_bars(ema_weight(period)) for period in periods[1:]),
    ),
)
