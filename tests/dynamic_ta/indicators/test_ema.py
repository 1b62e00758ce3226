"""EMA: the oracle against TA-Lib and exact fractions; the kernel against the oracle, within the bound of its row."""

from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, Precision
from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.ema import EMA, ema, ema_error_bound, ema_lookback, ema_opencl
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
from tests.dynamic_ta.indicators.markets import random, real, zigzag


@pytest.mark.parametrize("period", [2, 3, 20, 200, 997])
@pytest.mark.parametrize(
    "close", [real("sp500")["close"], real("nasdaq")["close"], random(4099)["close"]], ids=["sp500", "nasdaq", "random"]
)
def test_talib_agrees_and_its_warm_up_is_as_long(close: F64, period: int) -> None:
    # Both are plain recursions: the seed and each bar round a few times, and a rounding lasts about `period` bars.
    tolerance = 2 * (period + 8) * U64 * float(np.abs(close).max())
    assert farthest((ema(close, period),), (talib.EMA(close, period),)) <= tolerance


def test_a_period_of_numpys_own_integer_is_a_period(device: Device) -> None:
    period: int = np.int64(5)  # type: ignore[assignment]  # what a loop over an array gives
    close = random(300)["close"]
    got = ema_opencl(device, close, period, Precision.FLOAT64)
    assert farthest((got,), (ema(close, 5),)) <= ema_error_bound(close, 5, Precision.FLOAT64)


def test_by_hand() -> None:
    # Weight 2 / (3 + 1): seed (1 + 2 + 6) / 3 = 3, then 3 + (5 - 3) / 2 = 4 and 4 + (0 - 4) / 2 = 2.
    np.testing.assert_array_equal(ema(np.array([1.0, 2, 6, 5, 0]), 3), [np.nan, np.nan, 3, 4, 2])


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40), st.data())
def test_exact_fractions_agree(values: list[float], data: st.DataObject) -> None:
    close = np.array(values)
    period = data.draw(st.integers(1, len(values)))
    exact = exact_mean(fractions(close), period, Fraction(2, period + 1))
    check_exact(ema(close, period), exact, ema_error_bound(close, period, Precision.FLOAT64))


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [1, 2, 5, 23])
def test_the_device_agrees_with_exact_fractions(device: Device, period: int, precision: Precision) -> None:
    close = random(600)["close"]
    exact = exact_mean(fractions(close), period, Fraction(2, period + 1))
    check_exact(ema_opencl(device, close, period, precision), exact, ema_error_bound(close, period, precision))


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [1, 2, 3, 20, 200])
def test_the_device_agrees_within_the_bound(device: Device, period: int, precision: Precision) -> None:
    for bars in sizes(EMA, (period,), ema_lookback(period, precision)):
        close = random(bars, seed=bars)["close"]
        for series in (close, 1e5 + np.sin(np.arange(bars)), zigzag(bars, 1) * close):
            check_device(EMA, device, (series,), (period,), precision)


@pytest.mark.parametrize("precision", Precision)
def test_a_period_longer_than_a_tile_agrees_too(device: Device, precision: Precision) -> None:
    check_device(EMA, device, (random(30_011)["close"],), (997,), precision)


@pytest.mark.parametrize("precision", Precision)
def test_a_tile_remembers_a_crash_that_was_long_ago(device: Device, precision: Precision) -> None:
    """A thousand times the price, just so far back that a shorter look-back would miss it."""
    close = np.full(5000, 1.0)
    close[:300] = 1000.0
    check_device(EMA, device, (close,), (20,), precision)


@pytest.mark.parametrize("precision", Precision)
def test_a_long_mean_of_large_prices_keeps_its_digits(device: Device, precision: Precision) -> None:
    """A plain REAL would be off by up to u of the price at each of 200 bars; here it is a few u in all."""
    close = 1e5 + np.floor(100 * np.sin(np.arange(20_011) / 50)) / 8
    (want,) = EMA.oracle((close,), (200,))
    got = ema_opencl(device, close, 200, precision)
    assert np.nanmax(np.abs(got - want)) <= 2 * float(np.finfo(precision.dtype).eps) * 1e5 + 200 * U64 * 1e5


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [1, 20, 200])
def test_replay_in_chunks_agrees_with_the_whole(device: Device, period: int, precision: Precision) -> None:
    lookback = ema_lookback(period, precision)
    check_chunks(EMA, device, (random(9001)["close"],), (period,), precision, lookback)


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(0, 2**32), st.floats(0.01, 100), st.floats(-1000, 1000), st.data())
def test_scaling_and_shifting_the_closes_scales_and_shifts_the_mean(
    bars: int, seed: int, scale: float, shift: float, data: st.DataObject
) -> None:
    period = data.draw(st.integers(1, bars))
    close = random(bars, seed)["close"]
    moved = scale * close + shift
    size = float(np.abs(moved).max()) + scale * float(np.abs(close).max()) + abs(shift)
    assert farthest((ema(moved, period),), (scale * ema(close, period) + shift,)) <= 4 * (period + 8) * U64 * size
    # A power of two only moves the exponent.
    assert farthest((ema(4 * close, period),), (4 * ema(close, period),)) == 0


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("value", [0.0, 100.25, -3.5, 2.0**100])
def test_a_flat_series_is_its_own_mean(device: Device, value: float, precision: Precision) -> None:
    close = np.full(600, value)
    for got in (ema(close, 16), ema_opencl(device, close, 16, precision)):
        assert set(got[15:].tolist()) == {value}


@pytest.mark.parametrize("precision", Precision)
def test_huge_values_are_averaged_up_to_the_limit_and_refused_beyond(device: Device, precision: Precision) -> None:
    close = zigzag(600, float(np.finfo(precision.dtype).max) / 20)
    check_device(EMA, device, (close,), (10,), precision)
    with pytest.raises(IndicatorInputError, match=f"at bar 0, beyond .*: too large for {precision}"):
        ema_opencl(device, 1.01 * close, 10, precision)


@pytest.mark.parametrize("precision", Precision)
def test_tiny_values_are_within_the_bound(device: Device, precision: Precision) -> None:
    limits = np.finfo(precision.dtype)
    for scale in (limits.smallest_normal, limits.smallest_subnormal):
        check_device(EMA, device, (float(scale) * random(600)["close"],), (10,), precision)


@pytest.mark.parametrize(
    ("close", "period", "message"),
    [
        (np.zeros(0), 1, "period 1 does not fit 0 bars"),
        (np.ones(5), 0, "use 1 <= period <= 5"),
        (np.ones(5), 6, "period 6 does not fit 5 bars"),
        (np.array([1.0, np.nan, 3.0]), 2, "close is nan at bar 1"),
        (np.array([1.0, 2.0, -np.inf]), 2, "close is -inf at bar 2"),
        (np.ones((2, 2)), 1, "close is float64"),
        (np.ones(3, np.float32), 1, "close is float32"),
    ],
)
def test_a_series_that_has_no_mean_is_refused_by_oracle_device_and_bound(
    device: Device, close: F64, period: int, message: str
) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        ema(close, period)
    with pytest.raises(IndicatorInputError, match=message):
        ema_opencl(device, close, period, Precision.FLOAT64)
    with pytest.raises(IndicatorInputError, match=message):
        ema_error_bound(close, period, Precision.FLOAT64)


def test_the_bound_is_small_enough_to_mean_something_and_does_not_grow_with_the_period() -> None:
    close = real()["close"]
    size = float(np.abs(close).max())
    assert ema_error_bound(close, 20, Precision.FLOAT32) < 3 * 2.0**-24 * size
    assert ema_error_bound(close, 200, Precision.FLOAT32) < 4 * 2.0**-24 * size
    assert ema_error_bound(close, 20, Precision.FLOAT64) < 30 * U64 * size
