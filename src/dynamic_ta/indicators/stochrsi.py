"""Stochastic oscillator of the relative strength index."""

import math
from dataclasses import dataclass

from dynamic_ta.indicators.inputs import check_period, check_series
from dynamic_ta.indicators.means import after_warm_up, wilder_weight
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.prices import percent, span
from dynamic_ta.indicators.rsi import RsiStream, rsi, rsi_stream
from dynamic_ta.indicators.steps import PlainMean, Window, percent_of
from dynamic_ta.indicators.tiles import forget_bars
from dynamic_ta.indicators.windows import highest, lowest, totals


def stochrsi(close: F64, period: int, window: int, signal: int) -> tuple[F64, F64]:
    """Where the relative strength index stands between its lowest and its highest value, and the mean of that.

    Parameters
    ----------
    close : float64[n_bars], quote currency, oldest first, as in ``rsi``
    period : int, bars of the index, 2 <= period
    window, signal : int, bars of the range and of the plain mean, 1 at least; period + window + signal - 1 <= n_bars

    Returns
    -------
    fast_k, fast_d : float64[n_bars] each, 0 to 100; NaN for the first ``period + window + signal - 2`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : a period out of range, or a non-finite or too large close

    Notes
    -----
    As TA-Lib's STOCHRSI: nothing is smoothed before fast_k, and both lines begin where fast_d does. The place is 0
    where the index did not move but for its roundings (``span``), as while the close stands still. O(n_bars) time.

    References
    ----------
    .. [1] T. S. Chande and S. Kroll, The New Technical Trader, 1994, chapter 6
    """
    bars = check_series(close=close)
    check_period("period", period, 2, bars - 1, bars)
    check_period("window", window, 1, bars - period, bars)
    check_period("signal", signal, 1, bars - period - window + 1, bars)
    index = rsi(close, period)[period:]
    bottom = lowest(index, window)
    place = percent(index[window - 1 :] - bottom, span(highest(index, window), bottom))
    return after_warm_up(place[signal - 1 :], bars), after_warm_up(totals(place, signal) / signal, bars)


def stochrsi_warm_up(period: int, window: int, signal: int) -> int:
    """Return how many bars have no value yet, in either line."""
    return period + window + signal - 2


@dataclass(slots=True)
class StochRsiStream:
    """``stochrsi``, one close at a time, in O(window)."""

    index: RsiStream
    last: Window
    signal: PlainMean

    def update(self, close: float) -> tuple[float, float]:
        (index,) = self.index.update(close)
        if not self.last.update(index):
            return math.nan, math.nan
        bottom = min(self.last.values)
        place = percent_of(index - bottom, span(max(self.last.values), bottom))
        signal = self.signal.update(place)
        return (math.nan if math.isnan(signal) else place), signal


def stochrsi_stream(period: int, window: int, signal: int) -> StochRsiStream:
    """Return a stream that has seen no bar."""
    return StochRsiStream(rsi_stream(period), Window(window), PlainMean(signal))


STOCHRSI = Indicator(
    name="stochrsi",
    title="Stochastic oscillator of the relative strength index",
    inputs=("close",),
    parameters=(
        Parameter("period", 14, 2, "bars of the index; the newest move weighs 1 / period"),
        Parameter("window", 5, 1, "bars of the range"),
        Parameter("signal", 3, 1, "bars of the mean of fast_k that is fast_d"),
    ),
    outputs=("fast_k", "fast_d"),
    compute=stochrsi,
    first_bar=stochrsi_warm_up,
    stream=stochrsi_stream,
    panel=PanelKernel(
        "panels/stochrsi.cl",
        states=3,
        takes=lambda period, window, signal: (period, window, signal, wilder_weight(period)),
        words=lambda period, window, signal: 2 * (period + window) + signal,
        settles=lambda period, *_: forget_bars(wilder_weight(period)),
        reaches=lambda _, window, signal: window + signal,
        blocks=lambda _, window, signal: math.lcm(window, signal),
    ),
)
