"""OBV against TA-Lib, to the last bit, and against sums by hand."""

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.obv import obv
from tests.dynamic_ta.indicators.markets import random, real

_BARS = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 10**9)), min_size=1, max_size=40)


@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(4099)], ids=["sp500", "nasdaq", "random"])
def test_talib_agrees_to_the_last_bit(market: dict[str, F64]) -> None:
    close, volume = market["close"], market["volume"]
    np.testing.assert_array_equal(obv(close, volume), talib.OBV(close, volume))


def test_by_hand() -> None:
    # The first volume, 7 for a rise, nothing for a close that stays, less 4 for a fall.
    got = obv(np.array([10.0, 11, 11, 9]), np.array([5.0, 7, 3, 4]))
    np.testing.assert_array_equal(got, [5, 12, 12, 8])


@settings(deadline=None)
@given(_BARS)
def test_turning_the_market_over_turns_all_but_the_first_volume(bars: list[tuple[int, int]]) -> None:
    close, volume = np.array(bars, dtype=np.float64).T.copy()
    line = obv(close, volume)
    np.testing.assert_array_equal(line + obv(-close, volume), np.full(close.size, 2 * volume[0]))
    np.testing.assert_array_equal(obv(1e300 * close, volume), line)
    np.testing.assert_array_equal(talib.OBV(close, volume), line)


def test_a_flat_close_leaves_the_first_volume_and_one_bar_is_enough() -> None:
    np.testing.assert_array_equal(obv(np.full(9, 0.1), np.arange(3.0, 12.0)), np.full(9, 3.0))
    np.testing.assert_array_equal(obv(np.array([7.0]), np.array([2.0])), [2.0])


def test_volumes_that_could_overflow_are_refused() -> None:
    close = np.arange(6.0)
    most = float(np.finfo(np.float64).max) / 2**33
    assert obv(close, np.full(6, most))[-1] == 6 * most
    with pytest.raises(IndicatorInputError, match=r"volume is .* at bar 2, .* too large for float64"):
        obv(close, np.where(close == 2, 2 * most, most))
