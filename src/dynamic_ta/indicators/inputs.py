"""What every series and every setting must be; checked before anything is computed."""

import numpy as np

from dynamic_engines import Precision
from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.model import F64

_MOST_BARS = 2**32 - 1  # kernels count bars in a uint
_MOST_WIDTH = 1e6  # no more than keeps a band finite, in float32 too


def check_series(**series: F64) -> int:
    """Return how many bars the series have, whose names are the keywords.

    Raises
    ------
    IndicatorInputError : one is not float64[n_bars], or their lengths differ
    """
    for name, values in series.items():
        if values.dtype != np.float64 or values.ndim != 1 or values.size > _MOST_BARS:
            raise IndicatorInputError(f"{name} is {values.dtype}{list(values.shape)}", "give it as float64[n_bars]")
    (first, bars), *others = [(name, values.size) for name, values in series.items()]
    for name, size in others:
        if size != bars:
            raise IndicatorInputError(f"{name} has {size} bars, {first} has {bars}", "give one value a bar in each")
    return bars


def check_period(name: str, period: int, least: int, most: int, bars: int) -> None:
    """Return if ``least <= period <= most``; ``most`` is what ``bars`` bars have room for.

    Raises
    ------
    IndicatorInputError : it is not
    """
    if most < least:
        raise IndicatorInputError(f"{name} {period} does not fit {bars} bars", "give more bars")
    if not least <= period <= most:
        raise IndicatorInputError(f"{name} {period} does not fit {bars} bars", f"use {least} <= {name} <= {most}")


def check_width(width: float, unit: str) -> None:
    """Return if a band may be ``width`` of ``unit`` away from its middle.

    Raises
    ------
    IndicatorInputError : it is negative, more than 1e6, or no number
    """
    if not 0 <= width <= _MOST_WIDTH:
        raise IndicatorInputError(f"width is {width}", f"use 0 <= width <= {_MOST_WIDTH:g} {unit}")


def check_bars(what: str, least: int, bars: int) -> None:
    """Return if there are ``least`` bars: what an indicator without a period of its own needs.

    Raises
    ------
    IndicatorInputError : there are fewer
    """
    if bars < least:
        raise IndicatorInputError(f"{what} needs {least} bars and does not fit {bars} bars", "give more bars")


def check_values(largest: float, precision: Precision, **series: F64) -> None:
    """Return if every value is finite and none is larger in magnitude than ``largest``.

    Raises
    ------
    IndicatorInputError : one is not; its bar is named
    """
    for name, values in series.items():
        if not np.isfinite(values).all():
            at = int(np.argmin(np.isfinite(values)))
            raise IndicatorInputError(f"{name} is {values[at]} at bar {at}", "drop or fill the bars that have no value")
        if np.abs(values).max() > largest:
            at = int(np.abs(values).argmax())
            raise IndicatorInputError(
                f"{name} is {values[at]:.6g} at bar {at}, beyond {largest:.3g}: too large for {precision}",
                "use a larger unit",
            )


def check_volume(volume: F64) -> None:
    """Return if no volume is negative.

    Raises
    ------
    IndicatorInputError : one is; its bar is named
    """
    if volume.min(initial=0.0) < 0:
        at = int(volume.argmin())
        raise IndicatorInputError(f"volume is {volume[at]} at bar {at}", "give what was traded, 0 or more")
