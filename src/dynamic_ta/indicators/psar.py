"""Parabolic stop and reverse."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.inputs import check_series, check_values
from dynamic_ta.indicators.model import F64, Indicator, PanelKernel, Parameter

_LARGEST_PRICE = float(np.finfo(np.float64).max) / 4
_TURNED = 500  # bars in which a trend is expected to have ended, whenever it began; where not, it is found out


def psar(high: F64, low: F64, acceleration: float, maximum: float) -> F64:
    """Where a trailing stop stands that nears the price faster with each new extreme, and turns when it is touched.

    Parameters
    ----------
    high, low : float64[n_bars], quote currency, oldest first, finite, at most a quarter of float64's largest;
        n_bars >= 2
    acceleration : share of the way to the extreme that the stop goes a bar, and what each new extreme adds to it,
        0 <= acceleration <= 1
    maximum : of that share, 0 <= maximum <= 1; one below ``acceleration`` lowers that too

    Returns
    -------
    float64[n_bars], quote currency; NaN for the first bar (warm-up)

    Raises
    ------
    IndicatorInputError : lengths that differ, a setting out of range, or a non-finite or too large price

    Notes
    -----
    Wilder's system [1]_ by TA-Lib's rules (which may round the product and the sum of rule 4 as one):

    1. The first position, at bar 1, is short where the low has fallen by more than the high has risen, else long. Its
       stop is the first bar's low (or high, if short), its extreme the second bar's high (or low).
    2. A bar whose low touches a long stop turns it. The new stop, that bar's value, is the extreme of the trade that
       ends, but not below the highs of this bar and the one before; the share starts again, and the extreme is the low.
    3. Else the bar's value is the stop as the bars before left it; a new extreme raises the share.
    4. The next bar's stop goes the share of the way to the extreme, but no further than the lows of this bar and the
       one before (after a turn: the highs). At bar 1 "the one before" is bar 1 itself.

    A value so depends on its own bar only if the position turns there. O(n_bars) time, a loop.

    References
    ----------
    .. [1] J. W. Wilder, New Concepts in Technical Trading Systems, 1978, section II
    """
    _check(high, low, acceleration, maximum)
    stream = psar_stream(acceleration, maximum)
    return np.array([stream.update(*bar)[0] for bar in zip(high.tolist(), low.tolist(), strict=True)])


def psar_warm_up(acceleration: float, maximum: float) -> int:  # noqa: ARG001  # neither matters
    """Return how many bars have no value yet: a first direction needs two bars."""
    return 1


@dataclass(slots=True)
class PsarStream:
    """``psar``, one bar at a time.

    ``high`` and ``low`` are those of the bar before; ``stop`` is what this bar may touch.
    """

    acceleration: float
    maximum: float
    high: float = math.nan
    low: float = math.nan
    stop: float = math.nan
    extreme: float = math.nan
    share: float = 0.0
    long: bool = True

    def update(self, high: float, low: float) -> tuple[float]:
        if math.isnan(self.high):
            self.high, self.low = high, low
            return (math.nan,)
        if math.isnan(self.stop):
            self._enter(high, low)
        touched = low <= self.stop if self.long else high >= self.stop
        value = self._turn(high, low) if touched else self._stay(high, low)
        ahead = value + self.share * (self.extreme - value)
        self.stop = min(ahead, self.low, low) if self.long else max(ahead, self.high, high)
        self.high, self.low = high, low
        return (value,)

    def _enter(self, high: float, low: float) -> None:
        fall, rise = self.low - low, high - self.high
        self.long = not (fall > 0 and fall > rise)
        self.stop, self.extreme = (self.low, high) if self.long else (self.high, low)
        self.share = self.acceleration
        self.high, self.low = high, low  # bar 1 has none before it that its stop must keep off

    def _turn(self, high: float, low: float) -> float:
        # Wilder asks for the bar before too; its extreme is in the trade's already.
        stop = max(self.extreme, high) if self.long else min(self.extreme, low)
        self.long = not self.long
        self.share, self.extreme = self.acceleration, high if self.long else low
        return stop

    def _stay(self, high: float, low: float) -> float:
        if high > self.extreme if self.long else low < self.extreme:
            self.extreme = high if self.long else low
            self.share = min(self.share + self.acceleration, self.maximum)
        return self.stop


def psar_stream(acceleration: float, maximum: float) -> PsarStream:
    """Return a stream that has seen no bar. Raises IndicatorInputError for a share that is out of range."""
    _check_shares(acceleration, maximum)
    return PsarStream(min(acceleration, maximum), maximum)


def _check(high: F64, low: F64, acceleration: float, maximum: float) -> None:
    bars = check_series(high=high, low=low)
    if bars <= psar_warm_up(acceleration, maximum):
        raise IndicatorInputError(f"psar does not fit {bars} bars", "give more bars")
    _check_shares(acceleration, maximum)
    check_values(_LARGEST_PRICE, Precision.FLOAT64, high=high, low=low)


def _check_shares(acceleration: float, maximum: float) -> None:
    for name, share in (("acceleration", acceleration), ("maximum", maximum)):
        if not 0 <= share <= 1:
            raise IndicatorInputError(f"{name} is {share}", f"use 0 <= {name} <= 1")


PSAR = Indicator(
    name="psar",
    title="Parabolic stop and reverse",
    inputs=("high", "low"),
    parameters=(
        Parameter(
            "acceleration", 0.02, 0.0, "share of the way to the extreme a bar, at first and more by each extreme"
        ),
        Parameter("maximum", 0.2, 0.0, "of that share"),
    ),
    outputs=("psar",),
    compute=psar,
    first_bar=psar_warm_up,
    stream=psar_stream,
    panel=PanelKernel(
        "panels/psar.cl",
        states=6,
        takes=lambda acceleration, maximum: (min(acceleration, maximum), maximum),
        words=lambda *_: 0,
        settles=lambda *_: _TURNED,
    ),
)
