"""MFI against exact fractions, and what a running sum does not do: forget."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.mfi import mfi
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.exact import bars, percent, total, windows
from tests.dynamic_ta.indicators.judges import check_exact, fractions
from tests.dynamic_ta.indicators.markets import random


def exact(high: F64, low: F64, close: F64, volume: F64, period: int) -> list[Fraction]:
    prices = [total(bar) / 3 for bar in zip(fractions(high), fractions(low), fractions(close), strict=True)]
    flows = [price * units for price, units in zip(prices, fractions(volume), strict=True)][1:]
    moves = [new - old for old, new in pairwise(prices)]
    up = [flow if move > 0 else Fraction() for flow, move in zip(flows, moves, strict=True)]
    both = [flow if move else Fraction() for flow, move in zip(flows, moves, strict=True)]
    pairs = zip(windows(up, period), windows(both, period), strict=True)
    return [percent(total(part), total(whole)) for part, whole in pairs]


@settings(deadline=None)
@given(bars(), st.data())
def test_exact_fractions_agree(drawn: tuple[F64, F64, F64, F64], data: st.DataObject) -> None:
    high, low, close, volume = drawn
    if close.size < 3:
        return
    period = data.draw(st.integers(2, close.size - 1))
    low = np.maximum(low, 0)
    check_exact(mfi(high, low, close, volume, period), exact(high, low, close, volume, period), 1e-11)


def test_rises_alone_are_100_falls_0_and_so_is_a_market_without_volume_or_moves() -> None:
    rise, ones = np.arange(1.0, 61), np.ones(60)
    for close, volume, value in ((rise, ones, 100), (rise[::-1], ones, 0), (rise, 0 * ones, 0), (7.3 * ones, ones, 0)):
        for line in (mfi(close, close, close, volume, 14), talib.MFI(close, close, close, volume, 14)):
            assert set(line[14:].tolist()) == {value}


def test_prices_that_differ_by_the_roundings_of_their_sum_alone_did_not_move_as_in_talib() -> None:
    # The same three prices in another order: the sums are 0.6 and 0.6000000000000001.
    high, low, close = np.array([[0.1, 0.3, 0.1] * 10, [0.2, 0.2, 0.2] * 10, [0.3, 0.1, 0.3] * 10])
    assert len(set((high + low + close).tolist())) == 2
    for line in (mfi(high, low, close, np.ones(30), 14), talib.MFI(high, low, close, np.ones(30), 14)):
        assert set(line[14:].tolist()) == {0.0}


def test_a_spike_leaves_no_trace_once_it_has_left_the_window() -> None:
    market = random(300)
    spiked = market["volume"].copy()
    spiked[50] *= 1e12
    bars_of = market["high"], market["low"], market["close"]
    np.testing.assert_array_equal(mfi(*bars_of, spiked, 14)[90:], mfi(*bars_of, market["volume"], 14)[90:])


def test_a_negative_volume_is_refused_with_its_bar() -> None:
    ones = np.ones(20)
    with pytest.raises(IndicatorInputError, match=r"volume is -1.0 at bar 5: give what was traded"):
        mfi(ones, ones, ones, np.where(np.arange(20) == 5, -1.0, 1.0), 14)
