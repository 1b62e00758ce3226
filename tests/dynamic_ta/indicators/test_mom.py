"""Momentum against TA-Lib, to the last bit."""

import numpy as np
import pytest
import talib

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.mom import mom
from tests.dynamic_ta.indicators.markets import random, real, zigzag


@pytest.mark.parametrize("period", [1, 2, 10, 200])
@pytest.mark.parametrize(
    "close", [real("sp500")["close"], real("nasdaq")["close"], random(4099)["close"]], ids=["sp500", "nasdaq", "random"]
)
def test_talib_agrees_to_the_last_bit_and_its_warm_up_is_as_long(close: F64, period: int) -> None:
    np.testing.assert_array_equal(mom(close, period), talib.MOM(close, period))


def test_by_hand() -> None:
    np.testing.assert_array_equal(mom(np.array([1.0, 4, 9, 16, 25]), 2), [np.nan, np.nan, 8, 12, 16])


def test_a_flat_series_has_none_and_tiny_differences_are_exact() -> None:
    np.testing.assert_array_equal(mom(np.full(5, 0.1), 4), [np.nan] * 4 + [0])
    np.testing.assert_array_equal(mom(5e-324 * np.arange(4.0), 1), [np.nan, 5e-324, 5e-324, 5e-324])


def test_huge_closes_are_taken_up_to_the_limit_and_refused_beyond() -> None:
    close = zigzag(6, float(np.finfo(np.float64).max) / 2)
    assert np.isfinite(mom(close, 1)[1:]).all()
    with pytest.raises(IndicatorInputError, match=r"close is .* at bar 3, .* too large for float64"):
        mom(np.where(np.arange(6) == 3, 1.1 * close, close), 1)


@pytest.mark.parametrize(("bars", "period"), [(0, 1), (1, 1), (5, 0), (5, 5)])
def test_a_period_that_does_not_fit_is_refused(bars: int, period: int) -> None:
    with pytest.raises(IndicatorInputError, match=f"period {period} does not fit {bars} bars"):
        mom(np.ones(bars), period)
