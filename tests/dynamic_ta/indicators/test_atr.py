"""ATR: the oracle against TA-Lib and exact fractions; the kernel against the oracle, within the bound of its row."""

from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, Precision
from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.atr import ATR, atr, atr_error_bound, atr_lookback, atr_opencl
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.judges import (
    U64,
    check_chunks,
    check_device,
    check_exact,
    exact_mean,
    farthest,
    fractions,
    sizes,
)
from tests.dynamic_ta.indicators.markets import inputs, random, real, zigzag


def exact_atr(high: F64, low: F64, close: F64, period: int) -> list[Fraction]:
    highs, lows, closes = fractions(high), fractions(low), fractions(close)
    ranges = [
        max(highs[i] - lows[i], abs(highs[i] - closes[i - 1]), abs(lows[i] - closes[i - 1]))
        for i in range(1, len(closes))
    ]
    return exact_mean(ranges, period, Fraction(1, period))


@pytest.mark.parametrize("period", [2, 3, 14, 200])
@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(4099)], ids=["sp500", "nasdaq", "random"])
def test_talib_agrees_and_its_warm_up_is_as_long(market: dict[str, F64], period: int) -> None:
    high, low, close = inputs(ATR, market)
    largest = float(talib.TRANGE(high, low, close)[1:].max())
    tolerance = 2 * (period + 8) * U64 * largest
    assert farthest((atr(high, low, close, period),), (talib.ATR(high, low, close, period),)) <= tolerance


def test_by_hand() -> None:
    # Ranges 3 (a bar's own), 6 (10 up to 16) and 9 (14 down to 5); with weight 1/2: (3 + 6) / 2, then (4.5 + 9) / 2.
    high, low, close = np.array([[11.0, 12, 16, 6], [9.0, 9, 14, 5], [10.0, 10, 14, 6]])
    np.testing.assert_array_equal(atr(high, low, close, 2), [np.nan, np.nan, 4.5, 6.75])


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1e9, 1e9)] * 3), min_size=2, max_size=30), st.data())
def test_exact_fractions_agree_whatever_the_order_of_high_and_low(
    bars: list[tuple[float, float, float]], data: st.DataObject
) -> None:
    high, low, close = (np.array(column) for column in zip(*bars, strict=True))
    period = data.draw(st.integers(1, len(bars) - 1))
    exact = exact_atr(high, low, close, period)
    # A difference of two prices is rounded by the oracle and by the device, alike.
    rounded = U64 * 2 * max(float(np.abs(line).max()) for line in (high, low, close))
    bound = atr_error_bound(high, low, close, period, Precision.FLOAT64) + rounded
    check_exact(atr(high, low, close, period), exact, bound)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [1, 2, 14])
def test_the_device_agrees_with_exact_fractions(device: Device, period: int, precision: Precision) -> None:
    high, low, close = inputs(ATR, random(600))
    bound = atr_error_bound(high, low, close, period, precision) + U64 * 2 * float(high.max())
    check_exact(atr_opencl(device, high, low, close, period, precision), exact_atr(high, low, close, period), bound)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [1, 2, 14, 100])
def test_the_device_agrees_within_the_bound(device: Device, period: int, precision: Precision) -> None:
    for bars in sizes(ATR, (period,), atr_lookback(period, precision)):
        high, low, close = inputs(ATR, random(bars, seed=bars))
        gaps = close + 50 * (np.arange(bars) % 7 == 0)
        for lines in ((high, low, close), (high, low, gaps), (low, high, close), (1e5 + high, 1e5 + low, 1e5 + close)):
            check_device(ATR, device, lines, (period,), precision)


@pytest.mark.parametrize("precision", Precision)
def test_a_tile_remembers_large_ranges_that_were_long_ago(device: Device, precision: Precision) -> None:
    for quiet in range(100, 900, 40):
        high, low = np.ones(1500), np.ones(1500)
        high[:quiet] = 1000.0
        check_device(ATR, device, (high, low, low), (14,), precision)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [1, 14, 100])
def test_replay_in_chunks_agrees_with_the_whole(device: Device, period: int, precision: Precision) -> None:
    lookback = atr_lookback(period, precision)
    check_chunks(ATR, device, inputs(ATR, random(5003)), (period,), precision, lookback)


@settings(deadline=None)
@given(st.integers(15, 300), st.integers(0, 2**32), st.floats(0.01, 100), st.floats(-1000, 1000), st.integers(1, 14))
def test_scaling_scales_the_range_and_shifting_leaves_it(
    bars: int, seed: int, scale: float, shift: float, period: int
) -> None:
    high, low, close = inputs(ATR, random(bars, seed))
    whole = atr(high, low, close, period)
    moved = [scale * line + shift for line in (high, low, close)]
    size = max(float(np.abs(line).max()) for line in moved) + scale * float(high.max()) + abs(shift)
    assert farthest((atr(moved[0], moved[1], moved[2], period),), (scale * whole,)) <= 4 * (period + 8) * U64 * size
    assert farthest((atr(4 * high, 4 * low, 4 * close, period),), (4 * whole,)) == 0
    # The range has no direction: a market turned over has the same.
    assert farthest((atr(-low, -high, -close, period),), (whole,)) == 0


@pytest.mark.parametrize("precision", Precision)
def test_a_flat_series_has_no_range_and_a_steady_one_has_its_own(device: Device, precision: Precision) -> None:
    flat = np.full(600, 7.25)
    for high, value in ((flat, 0.0), (flat + 1.5, 1.5)):
        for got in (atr(high, flat, flat, 14), atr_opencl(device, high, flat, flat, 14, precision)):
            assert set(got[14:].tolist()) == {value}


@pytest.mark.parametrize("precision", Precision)
def test_huge_values_are_taken_up_to_the_limit_and_refused_beyond(device: Device, precision: Precision) -> None:
    close = zigzag(600, float(np.finfo(precision.dtype).max) / 56)
    check_device(ATR, device, (close, -close, close), (14,), precision)
    with pytest.raises(IndicatorInputError, match=f"low is .* at bar 7, .* too large for {precision}"):
        atr_opencl(device, close, close * (1 + 0.01 * (np.arange(600) == 7)), close, 14, precision)


@pytest.mark.parametrize("precision", Precision)
def test_tiny_values_are_within_the_bound(device: Device, precision: Precision) -> None:
    limits = np.finfo(precision.dtype)
    for scale in (limits.smallest_normal, limits.smallest_subnormal):
        lines = tuple(float(scale) * line for line in inputs(ATR, random(600)))
        check_device(ATR, device, lines, (14,), precision)


@pytest.mark.parametrize(
    ("bars", "period", "message"),
    [
        (0, 1, "period 1 does not fit 0 bars: give more bars"),
        (1, 1, "period 1 does not fit 1 bars: give more bars"),
        (5, 0, "use 1 <= period <= 4"),
        (5, 5, "period 5 does not fit 5 bars"),
    ],
)
def test_prices_that_have_no_range_are_refused_by_oracle_device_and_bound(
    device: Device, bars: int, period: int, message: str
) -> None:
    high, low, close = inputs(ATR, random(bars))
    with pytest.raises(IndicatorInputError, match=message):
        atr(high, low, close, period)
    with pytest.raises(IndicatorInputError, match=message):
        atr_opencl(device, high, low, close, period, Precision.FLOAT64)
    with pytest.raises(IndicatorInputError, match=message):
        atr_error_bound(high, low, close, period, Precision.FLOAT64)


def test_the_bound_is_small_enough_to_mean_something() -> None:
    high, low, close = inputs(ATR, real())
    typical = float(np.nanmedian(atr(high, low, close, 14)))
    assert atr_error_bound(high, low, close, 14, Precision.FLOAT32) < 1e-5 * typical
    assert atr_error_bound(high, low, close, 14, Precision.FLOAT64) < 1e-13 * typical
