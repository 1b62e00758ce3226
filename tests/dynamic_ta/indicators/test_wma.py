"""WMA against exact fractions, and what a running sum does not do: forget."""

from fractions import Fraction

import numpy as np
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.indicators.wma import wma
from tests.dynamic_ta.indicators.exact import windows
from tests.dynamic_ta.indicators.judges import fractions
from tests.dynamic_ta.indicators.markets import random


def test_by_hand() -> None:
    # Weights of a sixth, two and three: 1 and 4 and 12 sixths, then 2 and 8 and 9.
    np.testing.assert_allclose(wma(np.array([1.0, 2, 4, 3]), 3), [np.nan, np.nan, 17 / 6, 19 / 6], rtol=1e-15)


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40), st.data())
def test_exact_fractions_agree_within_a_rounding_a_term(values: list[float], data: st.DataObject) -> None:
    close = np.array(values)
    period = data.draw(st.integers(1, len(values)))
    weights = range(1, period + 1)
    for got, window in zip(wma(close, period)[period - 1 :].tolist(), windows(fractions(close), period), strict=True):
        terms = [rank * value / sum(weights) for rank, value in zip(weights, window, strict=True)]
        bound = 4 * (period + 3) * sum(map(abs, terms)) / 2**53 + Fraction(1e-323)
        assert abs(Fraction(got) - sum(terms)) <= bound


def test_on_a_straight_line_it_is_a_third_of_the_window_late() -> None:
    close = np.arange(200.0)
    np.testing.assert_allclose(wma(close, 31)[30:], close[30:] - 10, rtol=1e-14)


def test_a_spike_leaves_no_trace_once_it_has_left_the_window() -> None:
    close = random(300)["close"]
    spiked = close.copy()
    spiked[50] = 1e14
    np.testing.assert_array_equal(wma(spiked, 20)[90:], wma(close, 20)[90:])
    assert np.abs(talib.WMA(spiked, 20) - talib.WMA(close, 20))[90:].max() > 1e-3
