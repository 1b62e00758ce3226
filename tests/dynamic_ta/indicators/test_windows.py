"""Windows against the slow and obvious way."""

from collections import deque

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.windows import highest, lowest, weighted_sum


@st.composite
def _series(draw: st.DrawFn) -> tuple[F64, int]:
    values = draw(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40))
    return np.array(values), draw(st.integers(1, len(values)))


def windows(values: F64, period: int) -> list[list[float]]:
    last: deque[float] = deque(maxlen=period)
    found = []
    for value in values.tolist():
        last.append(value)
        if len(last) == period:
            found.append(list(last))
    return found


@settings(deadline=None)
@given(_series())
def test_extremes_are_those_of_each_window(series: tuple[F64, int]) -> None:
    values, period = series
    assert highest(values, period).tolist() == [max(window) for window in windows(values, period)]
    assert lowest(values, period).tolist() == [min(window) for window in windows(values, period)]


@settings(deadline=None)
@given(_series(), st.integers(0, 2**32))
def test_a_weighted_sum_adds_from_the_oldest_on(series: tuple[F64, int], seed: int) -> None:
    values, period = series
    weights = np.random.default_rng(seed).normal(size=period).tolist()
    expected = []
    for window in windows(values, period):
        total = weights[0] * window[0]
        for weight, value in zip(weights[1:], window[1:], strict=True):
            total += weight * value
        expected.append(total)
    assert weighted_sum(values, weights).tolist() == expected
