"""Williams' %R by hand and beside the stochastic oscillator."""

import numpy as np
import talib

from dynamic_ta.indicators.stoch import stoch
from dynamic_ta.indicators.willr import willr
from tests.dynamic_ta.indicators.markets import random


def test_by_hand() -> None:
    # Range of two bars: 8 to 12, then 7 to 11; closes 11 and 8.
    high, low, close = np.array([[12.0, 11, 9], [8.0, 9, 7], [9.0, 11, 8]])
    np.testing.assert_allclose(willr(high, low, close, 2), [np.nan, -25, -75], rtol=1e-15)


def test_it_is_the_place_less_100() -> None:
    market = random(500)
    bars = market["high"], market["low"], market["close"]
    place, _ = stoch(*bars, 14, 1, 1)
    np.testing.assert_allclose(willr(*bars, 14), place - 100, rtol=0, atol=1e-11)


def test_without_a_range_it_is_zero_as_in_talib() -> None:
    flat = np.full(50, 7.3)
    np.testing.assert_array_equal(willr(flat, flat, flat, 14), talib.WILLR(flat, flat, flat, 14))
