"""What several indicators take from a bar before they begin."""

from typing import TypeVar

import numpy as np

from dynamic_ta.indicators.model import F64

T = TypeVar("T", float, F64)

STILL = 1e-14  # a market that moved less, relative to its prices, did not move: about 90 roundings


def true_range(high: F64, low: F64, close: F64) -> F64:
    """Return for each bar but the first max(high - low, |high - close before|, |low - close before|)."""
    before = close[:-1]
    gap = np.maximum(np.abs(high[1:] - before), np.abs(low[1:] - before))
    return np.maximum(high[1:] - low[1:], gap)


def typical_price(high: T, low: T, close: T) -> T:
    """Return (high + low + close) / 3: of one bar, or of all."""
    return (high + low + close) / 3


def span(top: T, bottom: T) -> T:
    """Return ``top - bottom``, and 0 where that is within 1e-14 of both: they differ by their roundings, if at all.

    So does TA-Lib 0.8. Without it the roundings of a market that stands still would be blown up to a whole range.
    """
    apart = top - bottom
    return apart * (abs(apart) > STILL * (abs(top) + abs(bottom)))


def percent(part: F64, whole: F64) -> F64:
    """Return 100 part / whole, and 0 where the whole is 0."""
    return 100 * np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
