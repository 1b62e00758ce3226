"""Rate of change against TA-Lib, to the last bit."""

import numpy as np
import pytest
import talib

from dynamic_ta import Feed, IndicatorInputError
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.roc import ROC, roc
from tests.dynamic_ta.indicators.markets import random, real


@pytest.mark.parametrize("period", [1, 2, 10, 200])
@pytest.mark.parametrize(
    "close", [real("sp500")["close"], real("nasdaq")["close"], random(4099)["close"]], ids=["sp500", "nasdaq", "random"]
)
def test_talib_agrees_to_the_last_bit_and_its_warm_up_is_as_long(close: F64, period: int) -> None:
    np.testing.assert_array_equal(roc(close, period), talib.ROC(close, period))


def test_by_hand() -> None:
    # 8 to 10 is a quarter more, 10 to 5 half less.
    np.testing.assert_array_equal(roc(np.array([8.0, 10, 5]), 1), [np.nan, 25, -50])


def test_after_a_close_of_zero_there_is_no_change_as_in_talib() -> None:
    close = np.array([0.0, 3, -0.0, 5, -4])
    np.testing.assert_array_equal(roc(close, 1), [np.nan, 0, -100, 0, -180])
    np.testing.assert_array_equal(roc(close, 1), talib.ROC(close, 1))


def test_the_unit_of_the_price_does_not_matter_down_to_tiny_ones() -> None:
    close = random(600)["close"]
    np.testing.assert_array_equal(roc(2.0**-1000 * close, 10), roc(close, 10))
    np.testing.assert_array_equal(roc(2.0**1000 * close, 10), roc(close, 10))
    np.testing.assert_array_equal(roc(np.full(3, 0.1), 2), [np.nan, np.nan, 0])


def test_closes_too_far_apart_for_a_quotient_are_refused_with_their_bar() -> None:
    close = np.array([1.0, 1e-300, 1.0, 2.0, 1e300])
    assert roc(close, 1)[2] == pytest.approx(1e302)
    with pytest.raises(IndicatorInputError, match=r"close is 1e\+300 at bar 4 and 1e-300 3 bars before: too far apart"):
        roc(close, 3)
    feed = Feed.start(ROC, (3,))
    for value in close[:-1]:
        feed.update(value)
    with pytest.raises(IndicatorInputError, match="roc is inf at bar 4"):
        feed.update(close[-1])


@pytest.mark.parametrize(("bars", "period"), [(0, 1), (1, 1), (5, 0), (5, 5)])
def test_a_period_that_does_not_fit_is_refused(bars: int, period: int) -> None:
    with pytest.raises(IndicatorInputError, match=f"period {period} does not fit {bars} bars"):
        roc(np.ones(bars), period)
