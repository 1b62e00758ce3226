"""TRIX by hand and on a steady growth."""

import numpy as np
import talib

from dynamic_ta.indicators.trix import trix


def test_by_hand() -> None:
    # A period of 1 smoothes nothing: 100 to 110 and 110 to 99, in percent.
    np.testing.assert_allclose(trix(np.array([100.0, 110, 99]), 1), [np.nan, 10, -10], rtol=1e-13)


def test_on_a_steady_growth_it_is_the_growth() -> None:
    close = 100 * np.power(1.01, np.arange(400.0))
    np.testing.assert_allclose(trix(close, 15)[300:], np.ones(100), rtol=1e-12)


def test_where_the_mean_before_is_zero_so_is_the_change_as_in_talib() -> None:
    close = np.array([0.0, 0, 5, 6])
    for line in (trix(close, 1), talib.TRIX(close, 1)):
        np.testing.assert_allclose(line, [np.nan, 0, 0, 20], rtol=1e-13)


def test_a_slow_market_keeps_its_digits() -> None:
    """A change of 2^-40 a bar: the means' roundings of 2^-53 are left, and none of a quotient near 1."""
    close = 1 + 2.0**-40 * np.arange(400.0)
    exact = 100 * 2.0**-40 / close
    assert np.abs(trix(close, 5)[200:] / exact[200:] - 1).max() < 2.0**-10
