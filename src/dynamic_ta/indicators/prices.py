"""What several indicators take from a bar before they begin."""

import numpy as np

from dynamic_ta.indicators.model import F64


def true_range(high: F64, low: F64, close: F64) -> F64:
    """Return for each bar but the first max(high - low, |high - close before|, |low - close before|)."""
    before = close[:-1]
    gap = np.maximum(np.abs(high[1:] - before), np.abs(low[1:] - before))
    return np.maximum(high[1:] - low[1:], gap)


def typical_price(high: F64, low: F64, close: F64) -> F64:
    """Return (high + low + close) / 3 for each bar; of floats as of arrays."""
    return (high + low + close) / 3


def percent(part: F64, whole: F64) -> F64:
    """Return 100 part / whole, and 0 where the whole is 0."""
    return 100 * np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
