"""Linear regression against TA-Lib and exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.linreg import linreg
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.judges import U64, check_exact, farthest, fractions
from tests.dynamic_ta.indicators.markets import random, real, zigzag


def bounds(period: int, largest: float) -> tuple[float, float]:
    """Return the most that the value and the slope are off, for closes up to ``largest`` in magnitude.

    Differences from the newest close are at most 2 A. Their p-term sum is off by gamma(p + 1) 2 p A and the sum of
    their moments, p / 2 long at most, by gamma(p + 3) p^2 A, of which the slope is the part 12 / (p (p^2 - 1)). The
    value adds the mean, and (p - 1) / 2 times the slope.
    """
    u = (period + 8) * U64 * largest
    return 16 * u, 14 * period / (period**2 - 1) * u


def exact_fit(close: F64, period: int) -> tuple[list[Fraction], list[Fraction]]:
    """Return value and slope by the normal equations."""
    bars, xs = fractions(close), range(period)
    values, slopes = [], []
    for end in range(period, len(bars) + 1):
        window = bars[end - period : end]
        mean, middle = sum(window, Fraction()) / period, Fraction(period - 1, 2)
        square = sum(((x - middle) ** 2 for x in xs), Fraction())
        slope = sum(((x - middle) * (y - mean) for x, y in zip(xs, window, strict=True)), Fraction()) / square
        values.append(mean + (period - 1 - middle) * slope)
        slopes.append(slope)
    return values, slopes


@pytest.mark.parametrize("period", [2, 3, 14, 200])
@pytest.mark.parametrize(
    "close", [real("sp500")["close"], real("nasdaq")["close"], random(4099)["close"]], ids=["sp500", "nasdaq", "random"]
)
def test_talib_agrees_and_its_warm_up_is_as_long(close: F64, period: int) -> None:
    theirs = talib.LINEARREG(close, period), talib.LINEARREG_SLOPE(close, period)
    # Sums of y and of x y that run on are off by two roundings a bar, of p A and of p^2 A / 2; the slope is
    # (p sum(xy) - sum(x) sum(y)) / (p^2 (p^2 - 1) / 12). TA-Lib is no worse than that.
    rounded = (close.size + period) * U64 * float(close.max())
    tolerances = 16 * rounded, 24 * period / (period**2 - 1) * rounded
    for ours, line, tolerance in zip(linreg(close, period), theirs, tolerances, strict=True):
        assert farthest((ours,), (line,)) <= tolerance


def test_by_hand() -> None:
    # 1, 2, 6: the mean is 3, the slope (6 - 1) / 2, and a bar later than the middle one 5.5.
    value, slope = linreg(np.array([1.0, 2, 6]), 3)
    assert (value[2], slope[2]) == (5.5, 2.5)


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30), st.data())
def test_exact_fractions_agree(values: list[float], data: st.DataObject) -> None:
    close = np.array(values)
    period = data.draw(st.integers(2, len(values)))
    for got, exact, bound in zip(
        linreg(close, period),
        exact_fit(close, period),
        bounds(period, float(np.abs(close).max()) + 1e-300),
        strict=True,
    ):
        check_exact(got, exact, bound)


@settings(deadline=None)
@given(st.floats(-1e9, 1e9), st.integers(-1000, 1000), st.integers(2, 30))
def test_a_flat_series_is_its_own_line_and_a_straight_one_too(price: float, step: int, period: int) -> None:
    value, slope = linreg(np.full(30, price), period)
    assert (set(value[period - 1 :].tolist()), set(slope[period - 1 :].tolist())) == ({price}, {0.0})
    straight = step * np.arange(30.0)
    value, slope = linreg(straight, period)
    np.testing.assert_allclose(value[period - 1 :], straight[period - 1 :], rtol=1e-13, atol=1e-11)
    np.testing.assert_allclose(slope[period - 1 :], step, rtol=1e-13)


def test_two_bars_give_the_line_through_both() -> None:
    close = random(50)["close"]
    value, slope = linreg(close, 2)
    np.testing.assert_array_equal(slope[1:], close[1:] - close[:-1])
    np.testing.assert_allclose(value[1:], close[1:], rtol=4 * U64)


def test_a_spike_leaves_no_trace_once_it_has_left_the_window() -> None:
    close = random(300)["close"]
    spike = close.copy()
    spike[40] = 1e12
    for line, other in zip(linreg(close, 20), linreg(spike, 20), strict=True):
        np.testing.assert_array_equal(line[60:], other[60:])


def test_a_power_of_two_scales_both_and_huge_closes_beyond_the_limit_are_refused() -> None:
    close = random(300)["close"]
    for scale in (2.0**-900, 2.0**900):
        for line, scaled in zip(linreg(close, 14), linreg(scale * close, 14), strict=True):
            np.testing.assert_array_equal(scaled, scale * line)
    most = float(np.finfo(np.float64).max) / (4 * 8**2)
    for line in linreg(zigzag(60, most), 8):
        assert np.isfinite(line[7:]).all()
    with pytest.raises(IndicatorInputError, match=r"close is .* at bar 0, .* too large for float64"):
        linreg(zigzag(60, 1.01 * most), 8)


@pytest.mark.parametrize(("bars", "period"), [(0, 2), (1, 2), (5, 1), (5, 6)])
def test_a_period_that_does_not_fit_is_refused(bars: int, period: int) -> None:
    with pytest.raises(IndicatorInputError, match=f"period {period} does not fit {bars} bars"):
        linreg(np.ones(bars), period)
