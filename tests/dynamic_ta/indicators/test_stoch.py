"""The stochastic oscillator against exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.stoch import stoch
from tests.dynamic_ta.indicators.exact import bars, percent, total, windows
from tests.dynamic_ta.indicators.judges import check_exact, fractions
from tests.dynamic_ta.indicators.markets import random


def exact(high: F64, low: F64, close: F64, period: int, slowing: int, signal: int) -> tuple[list[Fraction], ...]:
    closes = fractions(close)[period - 1 :]
    ranges = zip(closes, windows(fractions(high), period), windows(fractions(low), period), strict=True)
    place = [percent(value - min(lows), max(highs) - min(lows)) for value, highs, lows in ranges]
    slow = [total(window) / slowing for window in windows(place, slowing)]
    return slow[signal - 1 :], [total(window) / signal for window in windows(slow, signal)]


def test_by_hand() -> None:
    # Range of two bars: 8 to 12, 7 to 12, 7 to 11; closes 11, 8, 10: 75, 20 and 75 percent; means of two.
    high, low, close = np.array([[12.0, 11, 9, 11], [8.0, 9, 7, 8], [9.0, 11, 8, 10]])
    slow, signal = stoch(high, low, close, 2, 2, 1)
    np.testing.assert_allclose(slow, [np.nan, np.nan, (75 + 25) / 2, (25 + 75) / 2], rtol=1e-15)
    np.testing.assert_array_equal(signal, slow)


@settings(deadline=None)
@given(bars(), st.data())
def test_exact_fractions_agree(drawn: tuple[F64, F64, F64, F64], data: st.DataObject) -> None:
    high, low, close, _ = drawn
    period = data.draw(st.integers(1, close.size))
    slowing = data.draw(st.integers(1, close.size - period + 1))
    signal = data.draw(st.integers(1, close.size - period - slowing + 2))
    got = stoch(high, low, close, period, slowing, signal)
    for line, values in zip(got, exact(high, low, close, period, slowing, signal), strict=True):
        check_exact(line, values, 1e-12)


def test_without_a_range_of_more_than_a_rounding_the_place_is_zero_as_in_talib() -> None:
    flat = np.full(50, 7.3)
    for move in (0, 1e-15):
        close = flat * (1 + move * (np.arange(50) > 30))
        peers = talib.STOCH(close, close, close, fastk_period=5, slowk_period=3, slowd_period=3)
        for got, peer in zip(stoch(close, close, close, 5, 3, 3), peers, strict=True):
            np.testing.assert_array_equal(got, peer)
            assert set(got[8:].tolist()) == {0.0}


def test_a_market_turned_over_turns_the_place_over() -> None:
    market = random(300)
    high, low, close = market["high"], market["low"], market["close"]
    for line, turned in zip(stoch(high, low, close, 5, 3, 3), stoch(-low, -high, -close, 5, 3, 3), strict=True):
        np.testing.assert_allclose(turned, 100 - line, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("count", "periods", "name"), [(4, (5, 3, 3), "period"), (6, (5, 3, 3), "slowing"), (8, (5, 3, 3), "signal")]
)
def test_the_period_that_does_not_fit_is_named(count: int, periods: tuple[int, int, int], name: str) -> None:
    line = np.ones(count)
    with pytest.raises(IndicatorInputError, match=f"{name} . does not fit {count} bars"):
        stoch(line, line, line, *periods)
