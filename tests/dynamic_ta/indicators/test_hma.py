"""Hull's moving average against means of TA-Lib's and exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.hma import HMA, hma, hma_warm_up
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.judges import U64, check_exact, farthest, fractions
from tests.dynamic_ta.indicators.markets import random, real, zigzag


def exact_mean(values: list[Fraction], period: int) -> list[Fraction]:
    weights = range(1, period + 1)
    windows = (values[end - period : end] for end in range(period, len(values) + 1))
    return [sum(w * v for w, v in zip(weights, window, strict=True)) / Fraction(sum(weights)) for window in windows]


def exact_hma(close: F64, period: int) -> list[Fraction]:
    bars = fractions(close)
    slow, fast = exact_mean(bars, period), exact_mean(bars, max(1, period // 2))
    ahead = [2 * f - s for f, s in zip(fast[len(fast) - len(slow) :], slow, strict=True)]
    return exact_mean(ahead, math.isqrt(period))


def bound(period: int, largest: float) -> float:
    """Return the most it is off: means of up to p differences of at most 2 A, three of them, then one of 3 times that.

    A mean's sum is off by gamma(p + 2) 2 A and the mean by two roundings of 3 A.
    """
    return 32 * (period + 4) * U64 * largest


@pytest.mark.parametrize("period", [4, 9, 16, 55, 200])
@pytest.mark.parametrize(
    "close", [real("sp500")["close"], real("nasdaq")["close"], random(4099)["close"]], ids=["sp500", "nasdaq", "random"]
)
def test_three_means_of_talib_agree_and_their_warm_up_is_as_long(close: F64, period: int) -> None:
    ahead = 2 * talib.WMA(close, period // 2) - talib.WMA(close, period)
    theirs = talib.WMA(ahead, math.isqrt(period))
    # TA-Lib keeps running sums: two roundings a bar, of up to the sum of a window.
    assert farthest((hma(close, period),), (theirs,)) <= 16 * close.size * U64 * float(close.max())


def test_by_hand() -> None:
    # Over 4 bars (weights 1 to 4) and 2 (1, 2), then 2: 1 2 4 8 gives 49/10 and 20/3, 2 4 8 16 twice as much.
    got = hma(np.array([1.0, 2, 4, 8, 16]), 4)
    first, second = 2 * 20 / 3 - 4.9, 2 * 40 / 3 - 9.8
    assert got[4] == pytest.approx((first + 2 * second) / 3, rel=1e-15)
    assert np.isnan(got[:4]).all()


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40), st.data())
def test_exact_fractions_agree(values: list[float], data: st.DataObject) -> None:
    close = np.array(values)
    fitting = [period for period in range(1, close.size + 1) if hma_warm_up(period) < close.size]
    period = data.draw(st.sampled_from(fitting))
    check_exact(hma(close, period), exact_hma(close, period), bound(period, float(np.abs(close).max()) + 1e-300))


@settings(deadline=None)
@given(st.floats(-1e9, 1e9), st.integers(1, 30))
def test_a_flat_series_is_its_own_mean_exactly(price: float, period: int) -> None:
    assert set(hma(np.full(40, price), period)[hma_warm_up(period) :].tolist()) == {price}


def test_short_periods_are_rounded_down_to_one_at_least() -> None:
    close = random(50)["close"]
    np.testing.assert_array_equal(hma(close, 1), close)  # 2 - 1 of the same
    # Over 2 and 3 bars the fast mean and the last one are of one bar.
    for period in (2, 3):
        np.testing.assert_allclose(hma(close, period), 2 * close - talib.WMA(close, period), rtol=1e-13)


def test_a_line_is_followed_without_lag() -> None:
    """A mean that weighs 1 to p lags (p - 1) / 3 bars; over 16, 8 and 4 that is 2 * 7/3 - 15/3 + 3/3 = 2/3 bars."""
    close = 3 * np.arange(60.0)
    np.testing.assert_allclose((close - hma(close, 16))[18:], 3 * 2 / 3, rtol=1e-12)


def test_a_power_of_two_scales_it_and_huge_closes_beyond_the_limit_are_refused() -> None:
    close = random(300)["close"]
    for scale in (2.0**-900, 2.0**900):
        np.testing.assert_array_equal(hma(scale * close, 16), scale * hma(close, 16))
    most = float(np.finfo(np.float64).max) / (16 * 16**2)
    assert np.isfinite(hma(zigzag(60, most), 16)[18:]).all()
    with pytest.raises(IndicatorInputError, match=r"close is .* at bar 0, .* too large for float64"):
        hma(zigzag(60, 1.01 * most), 16)


@pytest.mark.parametrize(
    ("bars", "period", "message"),
    [
        (0, 1, "period 1 does not fit 0 bars: give more bars"),
        (5, 0, "period 0 does not fit 5 bars: use 1 <= period <= 4"),
        (5, 5, "period 5 does not fit 5 bars: use 1 <= period <= 4"),
        (18, 16, "period 16 does not fit 18 bars: use 1 <= period <= 15"),
    ],
)
def test_a_period_that_leaves_no_value_is_refused(bars: int, period: int, message: str) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        HMA.oracle((np.ones(bars),), (period,))
