"""Simple moving average."""

from dataclasses import dataclass

import numpy as np

from dynamic_engines import Device, Precision, load_kernel
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.launch import launch
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, Kernel, PanelKernel, Parameter
from dynamic_ta.indicators.rounding import gamma, unit
from dynamic_ta.indicators.steps import PlainMean
from dynamic_ta.indicators.tiles import TILE_BARS
from dynamic_ta.indicators.windows import totals


def sma(close: F64, period: int) -> F64:
    """Mean of the last ``period`` closes.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (2 * period)
    period : int, bars, 1 <= period <= n_bars

    Returns
    -------
    float64[n_bars]; NaN for the first ``period - 1`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    O(n_bars) time, whatever the period, by ``totals``: unlike in a running sum, no error outlives its window. Device
    results agree within ``sma_error_bound``.
    """
    _check(close, period, Precision.FLOAT64)
    return after_warm_up(totals(close, period) / period, close.size)


def sma_opencl(device: Device, close: F64, period: int, precision: Precision) -> F64:
    """Return what ``sma`` returns, computed by ``kernels/rolling/sma.cl`` in ``precision``.

    Raises
    ------
    IndicatorInputError : as ``sma``, with the largest close of ``precision``
    EngineError : the device has no float64, no room, or failed
    """
    _check(close, period, precision)
    tile = _tile_bars(period)
    kernel = load_kernel("rolling/sma")
    (line,) = launch(device, kernel, precision, -(-close.size // tile), (period, tile), 1, close=close)
    return line


def sma_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period - 1


@dataclass(slots=True)
class SmaStream:
    """``sma``, one close at a time."""

    mean: PlainMean

    def update(self, close: float) -> tuple[float]:
        return (self.mean.update(close),)


def sma_stream(period: int) -> SmaStream:
    """Return a stream that has seen no bar."""
    return SmaStream(PlainMean(period))


def sma_error_bound(period: int, largest: float, precision: Precision) -> float:
    """Return the most that ``sma_opencl`` may differ from ``sma``.

    Parameters
    ----------
    largest : quote currency, no close is larger in magnitude
    precision : what the kernel computes in; u below is its unit roundoff, u64 that of float64

    Notes
    -----
    Let A be ``largest``, p the period, K = p + 2 (tile - 1) the additions of a tile, and gamma(n) = n u / (1 - n u).

    1. Addition k leaves sum_k + e_k = sum_(k-1) + x_k exactly (TwoSum [1]_), |e_k| <= u |sum_k|. The old bar leaves
       before the new one enters, so a sum never has more than p terms and |sum_k| <= p A (1 + gamma(K)).
    2. ``lost`` adds K such e_k, each <= u p A (1 + gamma(K)), with ordinary rounding: off by gamma(K) times their sum.
    3. Then come sum + lost (u), the period as REAL (u), and the division: 2.5 ulp = 5 u in single, u in double [2]_.
    4. A float32 run rounds each close (u A); a device may flush denormals there, six times an addition at most.
    5. ``sma`` itself adds p terms one after the other and divides: gamma64(p + 1) A [3]_.

    References
    ----------
    .. [1] D. E. Knuth, The Art of Computer Programming 2, 3rd ed., 1997, section 4.2.2, theorem B
    .. [2] Khronos, The OpenCL Specification 1.2, 2012, section 7.4, relative error as ULPs
    .. [3] N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, section 4.2
    """
    single = precision is Precision.FLOAT32
    u = unit(precision)
    additions = period + 2 * (_tile_bars(period) - 1)
    slide = gamma(additions, u) * additions * u
    rounding = (2 + 5 + 1 if single else 2 + 1) * u
    on_device = largest * (slide + rounding) * (1 + gamma(additions, u)) ** 2
    flushed = 6 * additions * float(np.finfo(precision.dtype).smallest_normal) if single else 0.0
    return on_device + flushed + largest * gamma(period + 1, unit(Precision.FLOAT64))


def _tile_bars(period: int) -> int:
    """At least a period, so that the first windows of all tiles cost no more additions than there are bars."""
    return max(TILE_BARS, period)


def _check(close: F64, period: int, precision: Precision) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, bars, bars)
    check_values(float(np.finfo(precision.dtype).max) / (2 * period), precision, close=close)


def _most_error(close: F64, period: int, precision: Precision) -> float:
    _check(close, period, precision)
    return sma_error_bound(period, float(np.abs(close).max()), precision)


SMA = Indicator(
    name="sma",
    title="Simple moving average",
    inputs=("close",),
    parameters=(Parameter("period", 20, 1, "bars in the window"),),
    outputs=("sma",),
    compute=sma,
    first_bar=sma_warm_up,
    stream=sma_stream,
    kernel=Kernel(
        name="rolling/sma",
        compute=sma_opencl,
        most_error=_most_error,
        bound_source="sma_error_bound: Knuth's TwoSum, Higham's gamma, division as in OpenCL C 1.2 section 7.4",
        operations=3,  # what comes, what leaves, and the division
    ),
    panel=PanelKernel(
        "panels/sma.cl",
        states=1,
        takes=lambda period: (period,),
        words=lambda period: period,
        reaches=lambda period: period,
        blocks=lambda period: period,
    ),
)
