"""Aroon against TA-Lib, to the last bit, ties included."""

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.aroon import aroon
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.markets import random, real


def check_talib(high: F64, low: F64, period: int) -> None:
    up, down, oscillator = aroon(high, low, period)
    their_down, their_up = talib.AROON(high, low, period)
    np.testing.assert_array_equal(up, their_up)
    np.testing.assert_array_equal(down, their_down)
    np.testing.assert_array_equal(oscillator, talib.AROONOSC(high, low, period))


@pytest.mark.parametrize("period", [2, 14, 25, 200])
@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(4099)], ids=["sp500", "nasdaq", "random"])
def test_talib_agrees_to_the_last_bit_and_its_warm_up_is_as_long(market: dict[str, F64], period: int) -> None:
    check_talib(market["high"], market["low"], period)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-4, 0)), min_size=3, max_size=40), st.data())
def test_talib_agrees_where_extremes_come_again(bars: list[tuple[int, int]], data: st.DataObject) -> None:
    high, low = np.array(bars, dtype=np.float64).T.copy()
    check_talib(high, low, data.draw(st.integers(2, len(bars) - 1)))


def test_by_hand() -> None:
    # Bars 0 to 4: the highest high, 5, is at bars 1 and 2, of which the newer counts; the lowest low, 0, at bar 0.
    up, down, oscillator = aroon(np.array([3.0, 5, 5, 4, 4]), np.array([0.0, 3, 2, 2, 3]), 4)
    assert (up[4], down[4], oscillator[4]) == (50, 0, 50)


def test_a_period_of_one_looks_at_two_bars() -> None:
    high, low = np.array([1.0, 2, 1, 1]), np.array([0.0, 1, 0, 0.5])
    up, down, oscillator = aroon(high, low, 1)
    np.testing.assert_array_equal(up, [np.nan, 100, 0, 100])
    np.testing.assert_array_equal(down, [np.nan, 0, 100, 0])
    np.testing.assert_array_equal(oscillator, [np.nan, 100, -100, 100])


def test_flat_bars_have_their_extremes_now_and_size_does_not_matter() -> None:
    flat = np.full(9, 0.1)
    for line, value in zip(aroon(flat, flat, 4), (100, 100, 0), strict=True):
        assert set(line[4:].tolist()) == {value}
    high, low = (random(300)[name] for name in ("high", "low"))
    for scale in (5e-324 * 2**20, float(np.finfo(np.float64).max) / 4e3):
        for line, scaled in zip(aroon(high, low, 14), aroon(scale * high, scale * low, 14), strict=True):
            assert np.isnan(line[:14]).all()
            assert (np.abs(scaled - line)[14:] <= 100).all()
            np.testing.assert_array_equal(np.isnan(scaled), np.isnan(line))
    # Turned over, up and down change places.
    up, down, _ = aroon(high, low, 14)
    mirrored = aroon(-low, -high, 14)
    np.testing.assert_array_equal(mirrored[0], down)
    np.testing.assert_array_equal(mirrored[1], up)


@pytest.mark.parametrize(("bars", "period"), [(0, 1), (1, 1), (5, 0), (5, 5)])
def test_a_period_that_does_not_fit_is_refused(bars: int, period: int) -> None:
    with pytest.raises(IndicatorInputError, match=f"period {period} does not fit {bars} bars"):
        aroon(np.ones(bars), np.ones(bars), period)
