"""Bollinger bands."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Device, Precision, load_kernel
from dynamic_ta.indicators.inputs import check_period, check_series, check_values, check_width
from dynamic_ta.indicators.launch import launch
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, Kernel, PanelKernel, Parameter
from dynamic_ta.indicators.rounding import gamma, smallest, unit, upload_error
from dynamic_ta.indicators.sma import sma
from dynamic_ta.indicators.steps import PlainMean, Window

_BLOCK_VALUES = 2**20  # 8 MiB of windows at a time


def bollinger(close: F64, period: int, width: float) -> tuple[F64, F64, F64]:
    """Mean of the last ``period`` closes, and ``width`` of their standard deviations above and below it.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most sqrt(float64's largest / (16 * period))
    period : int, bars, 1 <= period <= n_bars
    width : standard deviations, 0 <= width <= 1e6

    Returns
    -------
    upper, middle, lower : float64[n_bars] each, quote currency; NaN for the first ``period - 1`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : a setting out of range, or a non-finite or too large close

    Notes
    -----
    The deviation is that of a population (divided by ``period``), as in TA-Lib, which takes it from running sums of
    squares and so loses digits where the closes are large and hardly move; here each window is measured from its own
    mean. O(n_bars * period) time, in blocks of 8 MiB. Device results agree within ``bollinger_error_bound``.

    References
    ----------
    .. [1] J. Bollinger, Bollinger on Bollinger Bands, 2001, chapter 7
    """
    _check(close, period, width, Precision.FLOAT64)
    middle = sma(close, period)
    reach = width * after_warm_up(_deviation(close, period, middle[period - 1 :]), close.size)
    return middle + reach, middle, middle - reach


def bollinger_opencl(
    device: Device, close: F64, period: int, width: float, precision: Precision
) -> tuple[F64, F64, F64]:
    """Return what ``bollinger`` returns, computed by ``kernels/indicators/bollinger.cl`` in ``precision``.

    Raises
    ------
    IndicatorInputError : as ``bollinger``, with the largest close of ``precision``
    EngineError : the device has no float64, no room, or failed
    """
    _check(close, period, width, precision)
    kernel = load_kernel("indicators/bollinger")
    scalars = (period, float(width))
    upper, middle, lower = launch(device, kernel, precision, close.size, scalars, 3, close=close)
    return upper, middle, lower


def bollinger_warm_up(period: int, width: float) -> int:  # noqa: ARG001  # the width decides nothing
    """Return how many bars have no value yet, in any of the three lines."""
    return period - 1


@dataclass(slots=True)
class BollingerStream:
    """``bollinger``, one close at a time, in O(period): each window is measured anew from its own mean."""

    width: float
    mean: PlainMean
    window: Window

    def update(self, close: float) -> tuple[float, float, float]:
        middle = self.mean.update(close)
        if not self.window.update(close):
            return math.nan, math.nan, math.nan
        deviation = math.sqrt(((np.array(self.window.values) - middle) ** 2).mean())
        reach = self.width * deviation
        return middle + reach, middle, middle - reach


def bollinger_stream(period: int, width: float) -> BollingerStream:
    """Return a stream that has seen no bar. Raises IndicatorInputError as ``bollinger``, for its width."""
    check_width(width, "standard deviations")
    return BollingerStream(width, PlainMean(period), Window(period))


def bollinger_error_bound(close: F64, period: int, width: float, precision: Precision) -> tuple[float, float, float]:
    """Return the most that each line of ``bollinger_opencl`` may differ from that of ``bollinger``, in quote currency.

    Notes
    -----
    Let A be the largest close, R the largest spread of a window, p the period; a window's deviation is D <= R / 2 [1]_.

    1. A float32 run rounds each close. A mean and, being a seminorm of the window, a deviation move no further.
    2. The shift from the newest close: differences (u R), their compensated sum (its rounding, u R, and the plain sum
       of its errors, gamma(p) p u R), the period as REAL and the division (1 + 5 in single).
    3. Deviations taken from a mean that is off by e are off by at most e; those that are each off by 2 u R, by 2 u R.
    4. Square, p sums, period and division: gamma(p + 7) of D^2, so no more of D; the square root 3 ulp = 6 u. A square
       that underflows leaves at most the root of ``smallest``.
    5. ``width`` as REAL and its product: 2 u. The sums that make the three lines: u of each line.
    6. ``bollinger`` itself: gamma64(p + 1) A for the mean, and the same steps again for the deviation.

    References
    ----------
    .. [1] T. Popoviciu, Sur les équations algébriques ayant toutes leurs racines réelles, Mathematica 9, 1935
    """
    _check(close, period, width, precision)
    u, u64 = unit(precision), unit(Precision.FLOAT64)
    windows = np.lib.stride_tricks.sliding_window_view(close, period)
    window = float((windows.max(axis=1) - windows.min(axis=1)).max())
    moved = upload_error(precision, close)
    largest = float(np.abs(close).max()) + moved
    shift, deviation = _window_errors(largest, window + 2 * moved, period, precision)
    middle = moved + shift + u * (largest + shift)
    half = window / 2 + moved + deviation
    reach = width * (moved + deviation + gamma(3, u) * half)
    band = middle + reach + u * (largest + middle + width * half)

    plain = gamma(period + 1, u64) * largest
    plain_reach = width * (plain + gamma(period + 12, u64) * window + math.sqrt(smallest(Precision.FLOAT64)))
    plain_band = plain + plain_reach + 2 * u64 * (largest + width * window)
    return band + plain_band, middle + plain, band + plain_band


def _window_errors(largest: float, spread: float, period: int, precision: Precision) -> tuple[float, float]:
    """Return what the kernel's shift and its deviation may be off by, for closes as the device has them."""
    u = unit(precision)
    tiny = smallest(precision)
    summed = gamma(period, u) * period * u
    shift = spread * (gamma(8, u) + summed) * (1 + gamma(period, u)) + 8 * tiny * period + u * u * largest
    root = gamma(period + 7, u) + gamma(6, u)
    deviation = shift + 2 * u * (spread + shift) + root * (spread / 2 + shift)
    return shift, deviation + 2 * math.sqrt(2 * tiny)


def _deviation(close: F64, period: int, mean: F64) -> F64:
    """Return the population deviation of each full window about its ``mean``."""
    windows = np.lib.stride_tricks.sliding_window_view(close, period)
    rows = max(1, _BLOCK_VALUES // period)
    blocks = [
        np.sqrt(np.mean((windows[at : at + rows] - mean[at : at + rows, np.newaxis]) ** 2, axis=1))
        for at in range(0, mean.size, rows)
    ]
    return np.concatenate(blocks)


def _check(close: F64, period: int, width: float, precision: Precision) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, bars, bars)
    check_width(width, "standard deviations")
    check_values(math.sqrt(float(np.finfo(precision.dtype).max) / (16 * period)), precision, close=close)


BOLLINGER = Indicator(
    name="bollinger",
    title="Bollinger bands",
    inputs=("close",),
    parameters=(
        Parameter("period", 20, 1, "bars in the window"),
        Parameter("width", 2.0, 0.0, "population standard deviations between the middle and a band"),
    ),
    outputs=("upper", "middle", "lower"),
    compute=bollinger,
    first_bar=bollinger_warm_up,
    stream=bollinger_stream,
    kernel=Kernel(
        name="indicators/bollinger",
        compute=bollinger_opencl,
        most_error=bollinger_error_bound,
        bound_source="bollinger_error_bound: the deviation is a seminorm; TwoSum, Higham's gamma, OpenCL 1.2's ulps",
        operations=14,  # a mean of 3; squares in, out, and their mean less its square, 7; a root, a width, two bands
    ),
    panel=PanelKernel(
        "panels/bollinger.cl",
        states=1,
        takes=lambda period, width: (period, width),
        words=lambda period, _: 3 * period,
        reaches=lambda period, _: period,
        blocks=lambda period, _: period,
    ),
)
