"""CCI against exact fractions, on a straight line, and on a flat one at any price."""

from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.indicators.cci import cci
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.exact import bars, total, windows
from tests.dynamic_ta.indicators.judges import check_exact, fractions


def exact(high: F64, low: F64, close: F64, period: int) -> list[Fraction]:
    columns = zip(fractions(high), fractions(low), fractions(close), strict=True)
    found = []
    for window in windows([total(prices) / 3 for prices in columns], period):
        mean = total(window) / period
        deviation = total(abs(price - mean) for price in window) / period
        found.append((window[-1] - mean) / (Fraction(15, 1000) * deviation) if deviation else Fraction())
    return found


@settings(deadline=None)
@given(bars(), st.data())
def test_exact_fractions_agree(drawn: tuple[F64, F64, F64, F64], data: st.DataObject) -> None:
    high, low, close, _ = drawn
    period = data.draw(st.integers(2, close.size))
    # Typical prices of 0 to 2 in 24ths, each rounded by 2^-52 at most: no deviation but 0 is below 1 / (24 * 30).
    check_exact(cci(high, low, close, period), exact(high, low, close, period), 1e-9)


@pytest.mark.parametrize(("period", "deviation"), [(14, 14 / 4), (5, (25 - 1) / 20)])
def test_on_a_straight_line_it_is_what_the_period_says(period: int, deviation: float) -> None:
    """Of p steps the newest is (p - 1) / 2 from the mean; the mean distance is p / 4, or (p^2 - 1) / 4p if p is odd."""
    close = np.arange(100.0)
    line = cci(close, close, close, period)
    np.testing.assert_allclose(line[period - 1 :], (period - 1) / 2 / (0.015 * deviation), rtol=1e-13)


@pytest.mark.parametrize("price", [7.3, 31234.1, 1e-9, 1e9 + 0.1])
def test_a_flat_series_is_zero_at_any_price(price: float) -> None:
    flat = np.full(60, price)
    assert set(cci(flat, flat, flat, 14)[13:].tolist()) == {0.0}


@pytest.mark.parametrize("move", [1e-15, 1e-14, 1e-13])
def test_a_move_no_larger_than_a_rounding_is_none_as_in_talib(move: float) -> None:
    line = np.full(60, 1000.0)
    line[30:] *= 1 + move
    got = cci(line, line, line, 14)
    assert (got[30] != 0) == (move > 1e-14)
    np.testing.assert_allclose(got, talib.CCI(line, line, line, 14), rtol=0.01)
