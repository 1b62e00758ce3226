"""Keltner's channel against TA-Lib's EMA and ATR."""

import math

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import Feed, IndicatorInputError
from dynamic_ta.indicators.keltner import KELTNER, keltner, keltner_warm_up
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.judges import U64, farthest
from tests.dynamic_ta.indicators.markets import inputs, random, real, zigzag


@pytest.mark.parametrize(("period", "atr_period", "width"), [(20, 10, 2.0), (2, 2, 1.5), (5, 200, 0.0), (200, 5, 3.0)])
@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(4099)], ids=["sp500", "nasdaq", "random"])
def test_talib_agrees(market: dict[str, F64], period: int, atr_period: int, width: float) -> None:
    high, low, close = inputs(KELTNER, market)
    middle = talib.EMA(close, period)
    reach = width * talib.ATR(high, low, close, atr_period)
    middle[np.isnan(reach)] = np.nan
    # An update rounds four times and keeps 1 - 1 / period, or less, of what was before; ranges are below the prices.
    tolerance = 4 * (period + width * atr_period + 4) * U64 * 2 * float(high.max())
    got = keltner(high, low, close, period, atr_period, width)
    assert farthest(got, (middle + reach, middle, middle - reach)) <= tolerance
    assert np.flatnonzero(~np.isnan(got[1]))[0] == keltner_warm_up(period, atr_period, width)


def test_by_hand() -> None:
    # Of 2 and 4 the mean is 3, then 3 + 2/3 (9 - 3) = 7. Ranges of one bar: 3 (4 less 1), then 6 (10 less 4).
    high, low, close = np.array([[3.0, 4, 10], [1.0, 1, 8], [2.0, 4, 9]])
    upper, middle, lower = keltner(high, low, close, 2, 1, 2.0)
    np.testing.assert_allclose(upper, [np.nan, 3 + 2 * 3, 7 + 2 * 6], rtol=1e-15)
    np.testing.assert_allclose(middle, [np.nan, 3, 7], rtol=1e-15)
    np.testing.assert_allclose(lower, [np.nan, 3 - 2 * 3, 7 - 2 * 6], rtol=1e-14)


@settings(deadline=None)
@given(st.integers(2, 200), st.integers(0, 2**32), st.data())
def test_the_bands_are_as_far_above_as_below_and_a_power_of_two_scales_them(
    bars: int, seed: int, data: st.DataObject
) -> None:
    high, low, close = inputs(KELTNER, random(bars, seed))
    period, atr_period = data.draw(st.integers(1, bars)), data.draw(st.integers(1, bars - 1))
    upper, middle, lower = keltner(high, low, close, period, atr_period, 2.0)
    np.testing.assert_allclose(upper - middle, middle - lower, rtol=1e-9)
    for scale in (2.0**-900, 2.0**900):
        scaled = keltner(scale * high, scale * low, scale * close, period, atr_period, 2.0)
        assert farthest([line / scale for line in scaled], (upper, middle, lower)) == 0


def test_a_flat_market_has_no_width_and_one_bar_means_follow_the_bar() -> None:
    flat = np.full(60, 0.25)
    for line in keltner(flat, flat, flat, 20, 10, 2.0):
        assert set(line[19:].tolist()) == {0.25}
    high, low, close = inputs(KELTNER, random(50))
    upper, middle, _ = keltner(high, low, close, 1, 1, 1.0)
    np.testing.assert_array_equal(middle[1:], close[1:])
    np.testing.assert_array_equal(upper[1:], (close + talib.TRANGE(high, low, close))[1:])


def test_huge_prices_are_taken_up_to_the_limit_and_refused_beyond() -> None:
    most = zigzag(60, float(np.finfo(np.float64).max) / (4 * 3 * 20))
    for line in keltner(most, -most, most, 20, 10, 2.0):
        assert np.isfinite(line[19:]).all()
    with pytest.raises(IndicatorInputError, match=r"low is .* at bar 0, .* too large for float64"):
        keltner(most, 1.01 * most, most, 20, 10, 2.0)


@pytest.mark.parametrize(
    ("bars", "chosen", "message"),
    [
        (0, (1, 1, 2.0), "period 1 does not fit 0 bars: give more bars"),
        (1, (1, 1, 2.0), "atr_period 1 does not fit 1 bars: give more bars"),
        (9, (0, 1, 2.0), "period 0 does not fit 9 bars"),
        (9, (10, 1, 2.0), "period 10 does not fit 9 bars"),
        (9, (3, 9, 2.0), "atr_period 9 does not fit 9 bars"),
        (9, (3, 3, -1.0), "width is -1.0"),
        (9, (3, 3, math.nan), "width is nan"),
        (9, (3, 3, 1.1e6), "use 0 <= width <= 1e"),
    ],
)
def test_a_setting_out_of_range_is_refused(bars: int, chosen: tuple[int, int, float], message: str) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        keltner(np.ones(bars), np.ones(bars), np.ones(bars), *chosen)


def test_a_stream_refuses_a_width_out_of_range() -> None:
    with pytest.raises(IndicatorInputError, match="width is inf"):
        Feed.start(KELTNER, (20, 10, math.inf))
