"""KAMA by hand, and at the two ends of its efficiency ratio."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.indicators.kama import kama
from tests.dynamic_ta.indicators.markets import random

FAST, SLOW = (2 / 3) ** 2, (2 / 31) ** 2


def test_by_hand() -> None:
    # From 12: two steps of 2 and 1 went 1 of 3, so the weight is (1/3 (2/3 - 2/31) + 2/31)^2 = (74/279)^2.
    line = kama(np.array([10.0, 12, 11]), 2)
    np.testing.assert_allclose(line, [np.nan, np.nan, 12 - (74 / 279) ** 2], rtol=1e-15)


def test_straight_on_its_weight_is_the_fast_one_up_and_down() -> None:
    for close in (np.arange(1.0, 100), np.arange(100.0, 1, -1)):
        mean = kama(close, 10)
        np.testing.assert_allclose(np.diff(mean[10:]), FAST * (close[11:] - mean[10:-1]), rtol=1e-12)


def test_back_and_forth_its_weight_is_the_slow_one() -> None:
    close = np.where(np.arange(100) % 2, 5.0, 9.0)
    mean = kama(close, 10)
    np.testing.assert_allclose(np.diff(mean[10:]), SLOW * (close[11:] - mean[10:-1]), rtol=1e-12, atol=1e-15)


def test_a_flat_series_stays_where_it_is() -> None:
    assert set(kama(np.full(50, 7.3), 10)[10:].tolist()) == {7.3}


@settings(deadline=None)
@given(st.integers(20, 200), st.integers(0, 2**32), st.integers(2, 19))
def test_it_stays_within_the_closes_and_a_market_turned_over_turns_it_over(bars: int, seed: int, period: int) -> None:
    close = random(bars, seed)["close"]
    mean = kama(close, period)
    assert np.nanmin(mean) >= close.min() * (1 - 1e-15)
    assert np.nanmax(mean) <= close.max() * (1 + 1e-15)
    np.testing.assert_array_equal(kama(-close, period), -mean)
