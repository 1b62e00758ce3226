"""Weighted moving average."""

from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import RampTotal
from dynamic_ta.indicators.windows import ramp_totals


def wma(close: F64, period: int) -> F64:
    """Mean of the last ``period`` closes, the newest of which weighs ``period`` times as much as the oldest.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (2 * period * period)
    period : int, bars, 1 <= period <= n_bars

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first ``period - 1`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : period out of range, or a non-finite or too large close

    Notes
    -----
    The weights are 1, 2, ..., ``period``, as in TA-Lib. The roundings of its running sum outlive their windows; those
    of ``ramp_totals`` do not. O(n_bars) time.
    """
    _check(close, period)
    return after_warm_up(ramp_totals(close, period) / _weights(period), close.size)


def wma_warm_up(period: int) -> int:
    """Return how many bars have no value yet."""
    return period - 1


@dataclass(slots=True)
class WmaStream:
    """``wma``, one close at a time."""

    weights: float
    total: RampTotal

    def update(self, close: float) -> tuple[float]:
        return (self.total.update(close) / self.weights,)


def wma_stream(period: int) -> WmaStream:
    """Return a stream that has seen no bar."""
    return WmaStream(_weights(period), RampTotal(period))


def _weights(period: int) -> float:
    return period * (period + 1) / 2


def _check(close: F64, period: int) -> None:
    bars = check_series(close=close)
    check_period("period", period, 1, bars, bars)
    check_values(float(np.finfo(np.float64).max) / (2 * period * period), Precision.FLOAT64, close=close)


WMA = Indicator(
    name="wma",
    title="Weighted moving average",
    inputs=("close",),
    parameters=(Parameter("period", 20, 1, "bars in the window; the newest weighs the most"),),
    outputs=("wma",),
    compute=wma,
    first_bar=wma_warm_up,
    stream=wma_stream,
    panel=PanelKernel(
        "panels/wma.cl",
        states=2,
        takes=lambda period: (period, _weights(period)),
        words=lambda period: period,
        reaches=lambda period: period,
        blocks=lambda period: period,
    ),
)
