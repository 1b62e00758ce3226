"""What every indicator has, and what every series must be."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_engines import Device, Precision
from dynamic_ta.errors import IndicatorInputError

F64 = npt.NDArray[np.float64]

_MOST_BARS = 2**32 - 1  # kernels count bars in a uint


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of the table; the command line, the tests, the matrix and the docs all walk it.

    Parameters
    ----------
    function : (close, period) -> values; the float64 oracle
    on_device : (device, close, period, precision) -> the same values from ``kernel``
    warm_up : period -> bars that are NaN
    error_bound : (period, largest, precision) -> the most that ``on_device`` may differ from ``function``, in quote
        currency, where no close is larger than ``largest``
    bound_source : where ``error_bound`` comes from
    """

    name: str
    function: Callable[[F64, int], F64]
    on_device: Callable[[Device, F64, int, Precision], F64]
    kernel: str
    warm_up: Callable[[int], int]
    error_bound: Callable[[int, float, Precision], float]
    bound_source: str


def check_series(close: F64, period: int, precision: Precision = Precision.FLOAT64) -> None:
    """Return if a window of ``period`` bars can slide over ``close`` and its sum stays finite in ``precision``.

    Raises
    ------
    IndicatorInputError : not float64[n_bars], period out of range, a non-finite close, or one too large to sum
    """
    if close.dtype != np.float64 or close.ndim != 1 or close.size > _MOST_BARS:
        raise IndicatorInputError(f"close is {close.dtype}{list(close.shape)}", "give it as float64[n_bars]")
    if not 1 <= period <= close.size:
        raise IndicatorInputError(f"period {period} does not fit {close.size} bars", "use 1 <= period <= n_bars")
    if not np.isfinite(close).all():
        at = int(np.argmin(np.isfinite(close)))
        raise IndicatorInputError(f"close is {close[at]} at bar {at}", "drop or fill the bars that have no price")
    largest = float(np.finfo(precision.dtype).max) / (2 * period)
    if np.abs(close).max() > largest:
        raise IndicatorInputError(f"a close is beyond {largest:.3g}, too large for {precision}", "use a larger unit")
