"""Donchian's channel against TA-Lib's MAX and MIN, to the last bit."""

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.donchian import donchian
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.markets import random, real


@pytest.mark.parametrize("period", [2, 3, 20, 64, 200])
@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(4099)], ids=["sp500", "nasdaq", "random"])
def test_talib_agrees_to_the_last_bit_and_its_warm_up_is_as_long(market: dict[str, F64], period: int) -> None:
    high, low = market["high"], market["low"]
    upper, middle, lower = donchian(high, low, period)
    np.testing.assert_array_equal(upper, talib.MAX(high, period))
    np.testing.assert_array_equal(lower, talib.MIN(low, period))
    np.testing.assert_array_equal(middle, talib.MIDPRICE(high, low, period))


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1e300, 1e300)] * 2), min_size=1, max_size=40), st.data())
def test_each_window_has_its_own_extremes_whatever_the_order_of_high_and_low(
    bars: list[tuple[float, float]], data: st.DataObject
) -> None:
    high, low = np.array(bars).T.copy()
    period = data.draw(st.integers(1, len(bars)))
    upper, middle, lower = donchian(high, low, period)
    for end in range(period, len(bars) + 1):
        window = bars[end - period : end]
        top, bottom = max(bar[0] for bar in window), min(bar[1] for bar in window)
        assert (upper[end - 1], lower[end - 1]) == (top, bottom)
        assert middle[end - 1] == (top + bottom) / 2


def test_by_hand() -> None:
    upper, middle, lower = donchian(np.array([3.0, 9, 4, 5]), np.array([1.0, 5, 2, 3]), 3)
    np.testing.assert_array_equal(upper, [np.nan, np.nan, 9, 9])
    np.testing.assert_array_equal(middle, [np.nan, np.nan, 5, 5.5])
    np.testing.assert_array_equal(lower, [np.nan, np.nan, 1, 2])


def test_a_flat_market_is_its_own_channel_and_a_window_of_one_bar_is_the_bar() -> None:
    flat = np.full(7, 0.1)
    for line in donchian(flat, flat, 7):
        assert line[6] == 0.1
    high, low = (random(50)[name] for name in ("high", "low"))
    upper, _, lower = donchian(high, low, 1)
    np.testing.assert_array_equal(upper, high)
    np.testing.assert_array_equal(lower, low)


def test_no_high_is_above_the_line_of_its_own_bar() -> None:
    """Which is why a breakout is told from the line of the bar before."""
    market = real()
    upper, _, lower = donchian(market["high"], market["low"], 20)
    assert (market["high"] <= upper)[19:].all()
    assert (market["low"] >= lower)[19:].all()
    assert (market["close"][20:] > upper[19:-1]).any()


def test_huge_prices_are_taken_up_to_the_limit_and_refused_beyond() -> None:
    most = np.full(6, float(np.finfo(np.float64).max) / 2)
    assert donchian(most, most, 3)[1][5] == most[5]
    with pytest.raises(IndicatorInputError, match=r"low is .* at bar 4, .* too large for float64"):
        donchian(most, np.where(np.arange(6) == 4, 1.1 * most, most), 3)


@pytest.mark.parametrize(("bars", "period"), [(0, 1), (5, 0), (5, 6)])
def test_a_period_that_does_not_fit_is_refused(bars: int, period: int) -> None:
    with pytest.raises(IndicatorInputError, match=f"period {period} does not fit {bars} bars"):
        donchian(np.ones(bars), np.ones(bars), period)
