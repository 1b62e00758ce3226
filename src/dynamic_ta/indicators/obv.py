"""On-balance volume."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.inputs import check_series, check_values, check_volume
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel

_LARGEST = float(np.finfo(np.float64).max)
_LARGEST_VOLUME = _LARGEST / 2**33  # a sum of as many as a series may have stays finite


def obv(close: F64, volume: F64) -> F64:
    """Sum of the volumes so far: those of bars that closed higher than the bar before, less those that closed lower.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, n_bars >= 1
    volume : float64[n_bars], units traded, finite, 0 to float64's largest / 2^33

    Returns
    -------
    float64[n_bars], units; the first bar has a value, so there is no warm-up

    Raises
    ------
    IndicatorInputError : no bar, lengths that differ, a negative volume, or a non-finite or too large value

    Notes
    -----
    The first value is the first bar's volume, as in TA-Lib; Granville [1]_ lets the sum start anywhere, since only its
    direction counts. An unchanged close adds nothing. O(n_bars) time; volumes are added from the oldest on, so sums of
    whole units below 2^53 are exact.

    References
    ----------
    .. [1] J. E. Granville, Granville's New Key to Stock Market Profits, 1963
    """
    _check(close, volume)
    signed = volume.copy()
    signed[1:] *= (close[1:] > close[:-1]).astype(np.float64) - (close[1:] < close[:-1])
    return np.cumsum(signed)


def obv_warm_up() -> int:
    """Return how many bars have no value yet."""
    return 0


@dataclass(slots=True)
class ObvStream:
    """``obv``, one bar at a time."""

    sum: float = 0.0
    before: float = math.nan

    def update(self, close: float, volume: float) -> tuple[float]:
        before, self.before = self.before, close
        if math.isnan(before) or close > before:
            self.sum += volume
        elif close < before:
            self.sum -= volume
        return (self.sum,)


def obv_stream() -> ObvStream:
    """Return a stream that has seen no bar."""
    return ObvStream()


def _check(close: F64, volume: F64) -> None:
    if check_series(close=close, volume=volume) == 0:
        raise IndicatorInputError("obv does not fit 0 bars", "give more bars")
    check_values(_LARGEST, Precision.FLOAT64, close=close)
    check_values(_LARGEST_VOLUME, Precision.FLOAT64, volume=volume)
    check_volume(volume)


OBV = Indicator(
    name="obv",
    title="On-balance volume",
    inputs=("close", "volume"),
    parameters=(),
    outputs=("obv",),
    compute=obv,
    first_bar=obv_warm_up,
    stream=obv_stream,
    panel=PanelKernel(
        "panels/obv.cl",
        states=2,
        takes=lambda: (),
        words=lambda: 0,
        settles=lambda: None,
    ),
)
