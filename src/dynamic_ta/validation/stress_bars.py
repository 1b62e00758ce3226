"""Shocks to bars, for a strategy that is to be run again on them: each a pure function with a stated effect."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64, PRICES
from dynamic_ta.validation.errors import SampleError
from dynamic_ta.validation.stress import worst_window

_MISSED = 6  # a Philox key


def bars_with_gap(bars: Bars, at: int, gap: float) -> Bars:
    """Return the bars with every price from bar ``at`` on 1 - ``gap`` times as high, 0 <= gap < 1.

    Raises
    ------
    SampleError : no such bar, or a gap to zero
    """
    if not 0 <= at < bars.n_bars or not 0 <= gap < 1:
        raise SampleError(f"a gap of {gap} at bar {at} of {bars.n_bars}", "give a bar there is, and 0 <= gap < 1")
    factor = np.where(np.arange(bars.n_bars) < at, 1.0, 1.0 - gap)
    return _with_prices(bars, lambda price: price * factor)


def bars_with_volatility(bars: Bars, factor: float) -> Bars:
    """Return bars whose prices are as far from the straight line of log prices, first to last close, times ``factor``.

    Each close-to-close log return's distance from their mean is ``factor`` times as large, as is the log range of each
    bar around its place on the line; the first and the last close stay.
    """
    log = np.log(bars.close)
    line = np.linspace(log[0], log[-1], bars.n_bars)
    return _with_prices(bars, lambda price: np.exp(line + factor * (np.log(price) - line)))


def bars_without(bars: Bars, share: float, seed: int) -> Bars:
    """Return the bars without round(share * n_bars) of them, drawn by ``seed``; the first and the last stay.

    Raises
    ------
    SampleError : fewer than 2 bars, or more to drop than lie between
    """
    dropped = round(share * bars.n_bars)
    if not 0 <= dropped <= bars.n_bars - 2:
        raise SampleError(f"{dropped} of {bars.n_bars} bars to drop", "give a smaller share")
    generator = np.random.Generator(np.random.Philox(key=[seed, _MISSED]))
    gone = 1 + generator.choice(bars.n_bars - 2, dropped, replace=False)
    kept = np.delete(np.arange(bars.n_bars), gone)
    return _with_prices(
        replace(bars, time=_frozen(bars.time[kept]), volume=_frozen(bars.volume[kept])), lambda price: price[kept]
    )


def bars_with_worst_again(bars: Bars, window: int) -> Bars:
    """Return the bars, then the ``window`` bars over which the close fell most once more, from the last close on.

    The bars repeated keep their shape relative to the close before them; their times follow the last one in the steps
    that they had. Volumes are theirs.

    Raises
    ------
    SampleError : not 1 <= window < n_bars
    """
    start = 1 + worst_window(bars.close[1:] / bars.close[:-1] - 1, window)
    again = slice(start, start + window)
    scale = bars.close[-1] / bars.close[start - 1]
    step = bars.time[again] - bars.time[start - 1]
    longer = replace(
        bars,
        time=_frozen(np.concatenate((bars.time, bars.time[-1] + step))),
        volume=_frozen(np.concatenate((bars.volume, bars.volume[again]))),
    )
    return _with_prices(longer, lambda price: np.concatenate((price, scale * price[again])))


def _with_prices(bars: Bars, change: Callable[[F64], F64]) -> Bars:
    """Return the bars with ``change`` applied to each line of prices."""
    opened, high, low, close = (_frozen(change(getattr(bars, name))) for name in PRICES)
    return replace(bars, open=opened, high=high, low=low, close=close)


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array
