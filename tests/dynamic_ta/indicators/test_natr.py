"""NATR by hand, and where it has no close to divide by."""

import numpy as np
import talib

from dynamic_ta.indicators.natr import natr


def test_by_hand() -> None:
    # The ranges of test_atr, 4.5 and 6.75, over closes of 14 and 6.
    high, low, close = np.array([[11.0, 12, 16, 6], [9.0, 9, 14, 5], [10.0, 10, 14, 6]])
    np.testing.assert_allclose(natr(high, low, close, 2), [np.nan, np.nan, 100 * 4.5 / 14, 112.5], rtol=1e-15)


def test_a_close_of_zero_gives_zero_and_one_below_turns_the_sign_as_in_talib() -> None:
    high, low, close = np.array([[3.0, 3, 3, 3], [-3.0, -3, -3, -3], [1.0, 2, 0, -2]])
    for line in (natr(high, low, close, 2), talib.NATR(high, low, close, 2)):
        np.testing.assert_array_equal(line, [np.nan, np.nan, 0, -300])


def test_a_period_of_1_is_in_percent_too_where_talib_returns_the_range_itself() -> None:
    high, low, close = np.array([[3.0, 3, 3], [2.0, 1, 1], [2.0, 2, 4]])
    np.testing.assert_array_equal(natr(high, low, close, 1), [np.nan, 100, 50])
    np.testing.assert_array_equal(talib.NATR(high, low, close, 1), [np.nan, 2, 2])
