"""Bars in whole eighths, and windows of them as fractions: what the slow twins of the indicators compute with."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from dynamic_ta.indicators.model import F64


@st.composite
def bars(draw: st.DrawFn, most: int = 30) -> tuple[F64, F64, F64, F64]:
    """Draw high, low, close and volume, with many ties; the low and the high surround the close."""
    count = draw(st.integers(2, most))
    numbers = st.lists(st.integers(0, 6), min_size=count, max_size=count)
    close = np.array(draw(numbers)) + 3
    high, low = close + np.array(draw(numbers)), close - np.array(draw(numbers))
    return high / 8, low / 8, close / 8, np.array(draw(numbers), dtype=np.float64)


def windows(values: list[Fraction], period: int) -> Iterator[list[Fraction]]:
    """Return the last ``period`` values of each bar that has as many."""
    return (values[end - period : end] for end in range(period, len(values) + 1))


def total(values: Iterable[Fraction]) -> Fraction:
    """Return their sum, a fraction even of none."""
    return sum(values, Fraction())


def percent(part: Fraction, whole: Fraction) -> Fraction:
    """Return 100 part / whole, and 0 where the whole is 0."""
    return 100 * part / whole if whole else Fraction()
