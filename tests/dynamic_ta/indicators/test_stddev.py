"""Standard deviation against TA-Lib and exact fractions."""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.stddev import stddev
from tests.dynamic_ta.indicators.judges import U64, fractions
from tests.dynamic_ta.indicators.markets import random, real, zigzag


def exact_variances(bars: list[Fraction], period: int) -> Iterator[Fraction]:
    """Return that of each window, by running sums: those of fractions are exact."""
    total = squares = Fraction()
    for end, bar in enumerate(bars, start=1):
        gone = bars[end - 1 - period] if end > period else Fraction()
        total += bar - gone
        squares += bar**2 - gone**2
        if end >= period:
            yield (squares - total**2 / period) / period


def two_passes(window: F64) -> float:
    """Return the deviation by the textbook: the mean, then the squares, each value added to the sum of those before."""
    away = window - window[-1]
    squares = (away - np.cumsum(away)[-1] / away.size) ** 2
    return math.sqrt(np.cumsum(squares)[-1] / away.size)


def relative_error(deviation: float, variance: Fraction) -> float:
    """Return it in roundings, to the first order: half of that of the square."""
    return float((Fraction(deviation) ** 2 / variance - 1) / 2) / U64


@pytest.mark.parametrize("period", [2, 5, 20, 200])
@pytest.mark.parametrize(
    "close", [real("sp500")["close"], real("nasdaq")["close"], random(4099)["close"]], ids=["sp500", "nasdaq", "random"]
)
def test_talib_agrees_and_its_warm_up_is_as_long(close: F64, period: int) -> None:
    ours, theirs = stddev(close, period), talib.STDDEV(close, period)
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    # Squares of up to A^2, added and subtracted once a bar, are off by 2 (2 n + 4) u A^2 at most, whatever way TA-Lib
    # goes. Compared as squares, which a deviation near 0 does not inflate.
    slack = 2 * float(close.max()) ** 2 * (2 * close.size + 4) * U64
    assert (np.abs(ours**2 - theirs**2) <= slack)[period - 1 :].all()


def test_by_hand() -> None:
    # 1, 3, 5, 7: the mean is 4, the squares 9 + 1 + 1 + 9 over 4 make 5.
    assert stddev(np.array([1.0, 3, 5, 7]), 4)[3] == math.sqrt(5)


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30), st.data())
def test_exact_fractions_agree(values: list[float], data: st.DataObject) -> None:
    close = np.array(values)
    period = data.draw(st.integers(1, len(values)))
    bars, got = fractions(close), fractions(stddev(close, period)[period - 1 :])
    for end, (deviation, variance) in enumerate(zip(got, exact_variances(bars, period), strict=True), start=period):
        window = bars[end - period : end]
        # The bound of windows.variances, and a rounding of the root; below 1e-150 squares underflow.
        bound = Fraction((3 * (period + 4) + 1) * U64) * (max(window) - min(window)) + Fraction(1e-150)
        # |s - sqrt(v)| <= bound, without a root.
        assert max(deviation - bound, Fraction()) ** 2 <= variance <= (deviation + bound) ** 2


@pytest.mark.parametrize("period", [20, 100])
def test_it_is_as_exact_as_two_passes_over_each_window(period: int) -> None:
    close = real("sp500")["close"]
    found, ours, theirs = stddev(close, period)[period - 1 :], 0.0, 0.0
    for end, exact in enumerate(exact_variances(fractions(close), period), start=period):
        ours += relative_error(float(found[end - period]), exact) ** 2
        theirs += relative_error(two_passes(close[end - period : end]), exact) ** 2
    assert ours <= theirs


@settings(deadline=None)
@given(st.floats(-1e150, 1e150), st.integers(1, 30))
def test_a_flat_series_has_none(price: float, period: int) -> None:
    assert set(stddev(np.full(30, price), period)[period - 1 :].tolist()) == {0.0}


def test_large_closes_that_hardly_move_keep_their_deviation_and_a_spike_leaves_with_its_window() -> None:
    close = 1e8 + (np.arange(400) % 2) / 64
    close[40] = 1e12
    assert set(stddev(close, 20)[60:].tolist()) == {1 / 128}


def test_a_period_of_one_has_no_deviation() -> None:
    np.testing.assert_array_equal(stddev(random(50)["close"], 1), np.zeros(50))


def test_a_power_of_two_scales_it_and_huge_closes_beyond_the_limit_are_refused() -> None:
    close = random(300)["close"]
    for scale in (2.0**-500, 2.0**400):
        np.testing.assert_array_equal(stddev(scale * close, 20), scale * stddev(close, 20))
    most = math.sqrt(float(np.finfo(np.float64).max) / (16 * 4))
    np.testing.assert_allclose(stddev(zigzag(60, most), 4)[3:], most)
    with pytest.raises(IndicatorInputError, match=r"close is .* at bar 0, .* too large for float64"):
        stddev(zigzag(60, 1.01 * most), 4)


@pytest.mark.parametrize(("bars", "period"), [(0, 1), (5, 0), (5, 6)])
def test_a_period_that_does_not_fit_is_refused(bars: int, period: int) -> None:
    with pytest.raises(IndicatorInputError, match=f"period {period} does not fit {bars} bars"):
        stddev(np.ones(bars), period)
