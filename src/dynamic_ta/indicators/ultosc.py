"""Ultimate oscillator."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.columns import T
from dynamic_ta.indicators.inputs import check_period, check_series, check_values
from dynamic_ta.indicators.means import after_warm_up
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter
from dynamic_ta.indicators.steps import Total
from dynamic_ta.indicators.windows import totals


def ultosc(high: F64, low: F64, close: F64, short: int, medium: int, long: int) -> F64:
    """Weighted mean of the buying pressure's shares of the true range over three periods, in percent.

    Parameters
    ----------
    high, low, close : float64[n_bars], quote currency, oldest first, finite, at most float64's largest / (4 * long)
    short, medium, long : int, bars, 1 <= short <= medium <= long < n_bars

    Returns
    -------
    float64[n_bars], 0 to 100 where no close is outside its bar; NaN for the first ``long`` bars (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, a period out of range, or a non-finite or too large price

    Notes
    -----
    Buying pressure is the close less the true low, which is the lower of the low and the close before; the true range
    is as in ``atr``. The shares over the three periods weigh 4, 2 and 1 [1]_. A window without any range has a share
    of 0, as in TA-Lib. TA-Lib also sorts the periods; here they must grow. O(n_bars) time.

    References
    ----------
    .. [1] L. Williams, "The ultimate oscillator", Technical Analysis of Stocks & Commodities 3 (4), 1985
    """
    _check(high, low, close, short, medium, long)
    before = close[:-1]
    true_low = np.minimum(low[1:], before)
    gap = np.maximum(np.abs(before - high[1:]), np.abs(before - low[1:]))
    pressures, spans = close[1:] - true_low, np.maximum(high[1:] - low[1:], gap)
    count = close.size - long
    shares = (_share(pressures, spans, period, count) for period in (short, medium, long))
    return after_warm_up(_mixed(*shares), close.size)


def ultosc_warm_up(short: int, medium: int, long: int) -> int:  # noqa: ARG001  # the longest decides
    """Return how many bars have no value yet: a first true range needs two bars."""
    return long


@dataclass(slots=True)
class Share:
    """What part of the range the pressure was over some bars."""

    pressure: Total
    span: Total

    def update(self, pressure: float, span: float) -> float:
        pressed, spanned = self.pressure.update(pressure), self.span.update(span)
        return 0.0 if spanned == 0 else pressed / spanned


@dataclass(slots=True)
class UltoscStream:
    """``ultosc``, one bar at a time."""

    short: Share
    medium: Share
    long: Share
    before: float = math.nan

    def update(self, high: float, low: float, close: float) -> tuple[float]:
        before, self.before = self.before, close
        if math.isnan(before):
            return (before,)
        pressure = close - min(low, before)
        span = max(high - low, abs(before - high), abs(before - low))
        return (_mixed(*(share.update(pressure, span) for share in (self.short, self.medium, self.long))),)


def ultosc_stream(short: int, medium: int, long: int) -> UltoscStream:
    """Return a stream that has seen no bar. Raises IndicatorInputError where the periods do not grow."""
    _check_order(short, medium, long)
    shares = [Share(Total(period), Total(period)) for period in (short, medium, long)]
    return UltoscStream(shares[0], shares[1], shares[2])


def _share(pressures: F64, spans: F64, period: int, count: int) -> F64:
    """Return the last ``count`` shares of the pressure in the range over ``period`` bars."""
    pressure, span = (totals(line, period)[-count:] for line in (pressures, spans))
    return np.divide(pressure, span, out=np.zeros(count), where=span != 0)


def _mixed(short: T, medium: T, long: T) -> T:
    return 100 * ((4 * short + 2 * medium + long) / 7)


def _check(high: F64, low: F64, close: F64, short: int, medium: int, long: int) -> None:
    bars = check_series(high=high, low=low, close=close)
    for name, period in (("short", short), ("medium", medium), ("long", long)):
        check_period(name, period, 1, bars - 1, bars)
    _check_order(short, medium, long)
    check_values(float(np.finfo(np.float64).max) / (4 * long), Precision.FLOAT64, high=high, low=low, close=close)


def _check_order(short: int, medium: int, long: int) -> None:
    if not short <= medium <= long:
        raise IndicatorInputError(f"periods {short}, {medium}, {long}", "use short <= medium <= long")


ULTOSC = Indicator(
    name="ultosc",
    title="Ultimate oscillator",
    inputs=("high", "low", "close"),
    parameters=(
        Parameter("short", 7, 1, "bars; its share weighs 4 of 7"),
        Parameter("medium", 14, 1, "bars; its share weighs 2 of 7"),
        Parameter("long", 28, 1, "bars; its share weighs 1 of 7"),
    ),
    outputs=("ultosc",),
    compute=ultosc,
    first_bar=ultosc_warm_up,
    stream=ultosc_stream,
    panel=PanelKernel(
        "panels/ultosc.cl",
        states=7,
        takes=lambda *periods: periods,
        words=lambda *periods: 2 * sum(periods),
        reaches=lambda *periods: max(periods) + 1,
        blocks=math.lcm,
    ),
)
