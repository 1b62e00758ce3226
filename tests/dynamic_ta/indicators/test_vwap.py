"""VWAP, rolling and anchored, against exact fractions of its definition."""

from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError, Lines
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.vwap import VWAP, vwap
from tests.dynamic_ta.indicators.judges import U64, check_exact, farthest, fractions
from tests.dynamic_ta.indicators.markets import inputs, random, real

_PRICE = st.floats(-1e6, 1e6)
_VOLUME = st.one_of(st.just(0.0), st.floats(1e-3, 1e9))


def of(lines: Lines, period: int) -> F64:
    return VWAP.oracle(lines, (period,))[0]


def exact_vwap(lines: Lines, period: int) -> list[Fraction]:
    """Return sum(price * volume) / sum(volume) of each window, or of all bars so far where the period is 0."""
    typical = [sum(bar, Fraction()) / 3 for bar in zip(*map(fractions, lines[:3]), strict=True)]
    volumes, found = fractions(lines[3]), []
    for end in range(max(period, 1), len(typical) + 1):
        window = slice(end - period if period else 0, end)
        units = sum(volumes[window], Fraction())
        weights = volumes[window] if units else [Fraction(1)] * len(typical[window])
        weighted = sum((p * w for p, w in zip(typical[window], weights, strict=True)), Fraction())
        found.append(weighted / sum(weights, Fraction()))
    return found


def bound(bars: int, largest: float) -> float:
    """Return the most it is off, over windows of up to ``bars``, for prices up to ``largest`` in magnitude.

    A typical price is off by 6 roundings of A. Distances of them are at most 2 A, their weighted sum and the sum of the
    weights are off by gamma(bars + 2) in relation to 2 A, and the result is rounded once more.
    """
    return (4 * (bars + 3) + 2 * 6 + 4) * U64 * largest


@settings(deadline=None)
@given(st.lists(st.tuples(_PRICE, _PRICE, _PRICE, _VOLUME), min_size=1, max_size=30), st.data())
def test_exact_fractions_agree(bars: list[tuple[float, float, float, float]], data: st.DataObject) -> None:
    lines = tuple(np.array(line) for line in zip(*bars, strict=True))
    largest = max(float(np.abs(line).max()) for line in lines[:3]) + 1e-290
    for period in (0, data.draw(st.integers(1, len(bars)))):
        check_exact(of(lines, period), exact_vwap(lines, period), bound(period or len(bars), largest))


@pytest.mark.parametrize("period", [2, 20, 200])
@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(4099)], ids=["sp500", "nasdaq", "random"])
def test_sums_of_talib_agree_on_real_bars(market: dict[str, F64], period: int) -> None:
    high, low, close, volume = inputs(VWAP, market)
    traded = talib.TYPPRICE(high, low, close) * volume
    theirs = talib.SUM(traded, period) / talib.SUM(volume, period)
    # TA-Lib's sums run on: two roundings a bar of at most a window's sum, of traded and of units.
    smallest = float(talib.SUM(volume, period)[period - 1 :].min())
    rounded = 4 * close.size * U64 * float(high.max()) * period * float(volume.max()) / smallest
    assert farthest((vwap(high, low, close, volume, period),), (theirs,)) <= rounded
    assert rounded < 1e-6 * float(high.max())


def test_by_hand() -> None:
    # Typical prices 4, 7 and 1 of volumes 1, 3 and 2.
    lines = tuple(np.array([[5.0, 8, 2], [3.0, 6, 0], [4.0, 7, 1], [1.0, 3, 2]]))
    np.testing.assert_allclose(of(lines, 2), [np.nan, (4 + 21) / 4, (21 + 2) / 5], rtol=1e-15)
    np.testing.assert_allclose(of(lines, 0), [4, (4 + 21) / 4, (4 + 21 + 2) / 6], rtol=1e-15)


def test_where_nothing_was_traded_the_bars_weigh_the_same() -> None:
    price, volume = np.array([4.0, 8, 3, 5]), np.array([0.0, 0, 2, 0])
    np.testing.assert_array_equal(vwap(price, price, price, volume, 2), [np.nan, 6, 3, 3])
    np.testing.assert_array_equal(vwap(price, price, price, volume, 0), [4, 6, 3, 3])
    np.testing.assert_array_equal(vwap(price, price, price, 0 * volume, 3), [np.nan, np.nan, 5, 16 / 3])


@settings(deadline=None)
@given(st.floats(-1e100, 1e100), st.integers(0, 30), st.integers(0, 2**32))
def test_a_flat_market_is_its_own_mean_exactly_whatever_is_traded(price: float, period: int, seed: int) -> None:
    flat, volume = np.full(30, price), random(30, seed)["volume"]
    assert set(vwap(flat, flat, flat, volume, period)[max(period - 1, 0) :].tolist()) == {price}


@settings(deadline=None)
@given(st.integers(1, 100), st.integers(0, 2**32), st.integers(0, 100))
def test_it_stays_among_the_prices_and_a_unit_of_volume_does_not_matter(bars: int, seed: int, period: int) -> None:
    period = min(period, bars)
    high, low, close, volume = inputs(VWAP, random(bars, seed))
    line = vwap(high, low, close, volume, period)
    np.testing.assert_array_equal(vwap(high, low, close, 1024 * volume, period), line)
    for scale in (2.0**-500, 2.0**400):
        np.testing.assert_array_equal(vwap(scale * high, scale * low, scale * close, volume, period), scale * line)
    for end in range(max(period, 1), bars + 1):
        window = slice(end - period if period else 0, end)
        slack = bound(bars, float(high.max()))
        assert low[window].min() - slack <= line[end - 1] <= high[window].max() + slack


def test_the_whole_window_and_the_anchored_one_meet_at_the_last_bar_and_one_bar_is_its_typical_price() -> None:
    lines = inputs(VWAP, random(200))
    assert of(lines, 200)[-1] == pytest.approx(of(lines, 0)[-1], rel=1e-13)
    np.testing.assert_allclose(of(lines, 1), talib.TYPPRICE(*lines[:3]), rtol=4 * U64)


def test_huge_values_are_taken_up_to_the_limit_and_refused_beyond() -> None:
    most = np.full(40, 5e148)
    assert vwap(most, -most, most, most, 20)[-1] == pytest.approx(5e148 / 3)
    with pytest.raises(IndicatorInputError, match=r"volume is .* at bar 0, .* too large for float64"):
        vwap(most, -most, most, 2 * most, 20)


@pytest.mark.parametrize(
    ("bars", "period", "message"),
    [
        (0, 0, "period 0 does not fit 0 bars: give more bars"),
        (0, 1, "period 1 does not fit 0 bars: give more bars"),
        (5, -1, "period -1 does not fit 5 bars: use 0 <= period <= 5"),
        (5, 6, "period 6 does not fit 5 bars"),
    ],
)
def test_a_period_that_does_not_fit_is_refused(bars: int, period: int, message: str) -> None:
    ones = np.ones(bars)
    with pytest.raises(IndicatorInputError, match=message):
        vwap(ones, ones, ones, ones, period)


def test_a_negative_volume_is_refused_with_its_bar() -> None:
    ones = np.ones(9)
    with pytest.raises(IndicatorInputError, match=r"volume is -1\.0 at bar 4"):
        vwap(ones, ones, ones, np.where(np.arange(9) == 4, -1.0, 1.0), 3)
