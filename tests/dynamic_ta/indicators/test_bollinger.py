"""Bollinger: the oracle against TA-Lib and exact fractions; the kernel against it, within the bound of its row."""

import math
from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, Precision
from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.bollinger import BOLLINGER, bollinger, bollinger_error_bound, bollinger_opencl
from dynamic_ta.indicators.model import F64, Lines
from dynamic_ta.indicators.sma import sma
from tests.dynamic_ta.indicators.judges import U64, check_chunks, check_device, farthest, fractions, sizes
from tests.dynamic_ta.indicators.markets import random, real, zigzag

# (bars, period) beside the sizes at which any kernel may stumble.
SIZES = [(1, 1), (2, 1), (7, 7), (257, 20), (1009, 31), (4099, 997)]


def check_exactly(got: Lines, close: F64, period: int, width: int, bounds: tuple[float, ...]) -> None:
    """Hold the lines against the exact mean, and the square of their distance from it against the exact variance."""
    bars = fractions(close)
    upper, middle, lower = (fractions(line[period - 1 :]) for line in got)
    wide, narrow = Fraction(bounds[0]), Fraction(bounds[1])
    for at, end in enumerate(range(period, len(bars) + 1)):
        window = bars[end - period : end]
        mean = sum(window, Fraction()) / period
        reach_squared = width**2 * sum((bar - mean) ** 2 for bar in window) / period
        assert abs(middle[at] - mean) <= narrow
        for reach in (upper[at] - mean, mean - lower[at]):
            # |reach - sqrt(v)| <= bound, without a root: reach - bound <= sqrt(v) <= reach + bound.
            assert max(reach - wide, Fraction()) ** 2 <= reach_squared <= max(reach + wide, Fraction()) ** 2


@pytest.mark.parametrize(("period", "width"), [(2, 2.0), (5, 1.0), (20, 2.0), (200, 2.5)])
@pytest.mark.parametrize(
    "close", [real("sp500")["close"], real("nasdaq")["close"], random(4099)["close"]], ids=["sp500", "nasdaq", "random"]
)
def test_talib_agrees_and_its_warm_up_is_as_long(close: F64, period: int, width: float) -> None:
    ours, theirs = bollinger(close, period, width), talib.BBANDS(close, period, width, width)
    # TA-Lib keeps running sums of the closes and of their squares: two roundings a bar, of at most a window's sum.
    bars, largest = close.size, float(np.abs(close).max())
    mean = largest * (2 * bars + 2) * U64
    assert farthest((ours[1],), (theirs[1],)) <= mean
    # Its variance is so off by about 2 (2 n + 2) u A^2. Compared as squares, which a deviation near 0 does not inflate.
    variance = 2 * largest**2 * (2 * bars + 4) * U64
    for line, sign in ((0, 1), (2, -1)):
        np.testing.assert_array_equal(np.isnan(ours[line]), np.isnan(theirs[line]))
        deviation = sign * (ours[line] - ours[1]) / width
        other = sign * (theirs[line] - theirs[1]) / width
        slack = variance + 4 * mean * (deviation + mean)
        assert (np.abs(deviation**2 - other**2) <= slack)[period - 1 :].all()


def test_by_hand() -> None:
    # 1, 3, 5, 7: the mean is 4, the squares 9 + 1 + 1 + 9 over 4 make 5.
    upper, middle, lower = bollinger(np.array([1.0, 3, 5, 7]), 4, 2.0)
    assert (upper[3], middle[3], lower[3]) == (4 + 2 * math.sqrt(5), 4, 4 - 2 * math.sqrt(5))


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30), st.data(), st.integers(0, 3))
def test_exact_fractions_agree(values: list[float], data: st.DataObject, width: int) -> None:
    close = np.array(values)
    period = data.draw(st.integers(1, len(values)))
    bounds = bollinger_error_bound(close, period, width, Precision.FLOAT64)
    check_exactly(bollinger(close, period, width), close, period, width, bounds)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [1, 2, 20])
def test_the_device_agrees_with_exact_fractions(device: Device, period: int, precision: Precision) -> None:
    close = random(300)["close"]
    bounds = bollinger_error_bound(close, period, 2.0, precision)
    check_exactly(bollinger_opencl(device, close, period, 2.0, precision), close, period, 2, bounds)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("width", [0.0, 2.0, 2.1])
def test_the_device_agrees_within_the_bound(device: Device, width: float, precision: Precision) -> None:
    for bars, period in [*SIZES, *((bars, 20) for bars in sizes(BOLLINGER, (20, 2.0), 0))]:
        close = random(bars, seed=bars)["close"]
        for series in (close, 1e5 + np.sin(np.arange(bars)), zigzag(bars, 1) * close):
            check_device(BOLLINGER, device, (series,), (period, width), precision)


@pytest.mark.parametrize("precision", Precision)
def test_replay_in_chunks_is_the_whole(device: Device, precision: Precision) -> None:
    close = random(5003)["close"]
    check_chunks(BOLLINGER, device, (close,), (20, 2.0), precision, lookback=19)


@pytest.mark.parametrize("precision", Precision)
def test_a_spike_leaves_with_its_window(device: Device, precision: Precision) -> None:
    """A running sum of squares would keep the spike's rounding, which is larger than these deviations."""
    close = 1 + (np.arange(300) % 2) / 64
    close[40] = 1e5
    for lines in (bollinger(close, 20, 2.0), bollinger_opencl(device, close, 20, 2.0, precision)):
        np.testing.assert_allclose((lines[0] - lines[1])[60:], 1 / 64, rtol=1e-4)


@settings(deadline=None)
@given(st.integers(20, 300), st.integers(0, 2**32), st.floats(0.01, 100), st.floats(-1000, 1000))
def test_scaling_and_shifting_the_closes_scales_and_shifts_the_bands(
    bars: int, seed: int, scale: float, shift: float
) -> None:
    close = random(bars, seed)["close"]
    moved = scale * close + shift
    size = float(np.abs(moved).max()) + scale * float(np.abs(close).max()) + abs(shift)
    whole = bollinger(close, 20, 2.0)
    assert farthest(bollinger(moved, 20, 2.0), [scale * line + shift for line in whole]) <= 300 * U64 * size
    assert farthest(bollinger(4 * close, 20, 2.0), [4 * line for line in whole]) == 0


def test_the_middle_is_the_sma_and_no_more_than_a_quarter_of_the_closes_is_beyond_two_deviations() -> None:
    close = real()["close"]
    upper, middle, lower = bollinger(close, 20, 2.0)
    np.testing.assert_array_equal(middle, sma(close, 20))
    windows = np.lib.stride_tricks.sliding_window_view(close, 20)
    beyond = (windows > upper[19:, np.newaxis]) | (windows < lower[19:, np.newaxis])
    assert beyond.mean(axis=1).max() <= 1 / 4  # Chebyshev


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("value", [0.0, 100.25, -3.5, 2.0**50])
def test_the_bands_of_a_flat_series_are_the_series(device: Device, value: float, precision: Precision) -> None:
    close = np.full(600, value)
    for lines in (bollinger(close, 16, 2.0), bollinger_opencl(device, close, 16, 2.0, precision)):
        for line in lines:
            assert set(line[15:].tolist()) == {value}


@pytest.mark.parametrize("precision", Precision)
def test_huge_values_are_taken_up_to_the_limit_and_refused_beyond(device: Device, precision: Precision) -> None:
    close = zigzag(600, 0.999 * math.sqrt(float(np.finfo(precision.dtype).max) / 320))
    for width in (2.0, 1e6):
        check_device(BOLLINGER, device, (close,), (20, width), precision)
    with pytest.raises(IndicatorInputError, match=f"too large for {precision}"):
        bollinger_opencl(device, 1.01 * close, 20, 2.0, precision)


@pytest.mark.parametrize("precision", Precision)
def test_tiny_values_are_within_the_bound(device: Device, precision: Precision) -> None:
    limits = np.finfo(precision.dtype)
    for scale in (math.sqrt(limits.smallest_normal), limits.smallest_normal, limits.smallest_subnormal):
        check_device(BOLLINGER, device, (float(scale) * random(600)["close"],), (20, 2.0), precision)


@pytest.mark.parametrize(
    ("close", "period", "width", "message"),
    [
        (np.zeros(0), 1, 2.0, "period 1 does not fit 0 bars"),
        (np.ones(5), 0, 2.0, "use 1 <= period <= 5"),
        (np.ones(5), 6, 2.0, "period 6 does not fit 5 bars"),
        (np.ones(5), 2, -1.0, "width is -1.0"),
        (np.ones(5), 2, math.nan, "width is nan"),
        (np.ones(5), 2, math.inf, "width is inf"),
        (np.ones(5), 2, 1.1e6, "use 0 <= width <= 1e"),
        (np.array([1.0, np.nan, 3.0]), 2, 2.0, "close is nan at bar 1"),
    ],
)
def test_a_series_that_has_no_bands_is_refused_by_oracle_device_and_bound(
    device: Device, close: F64, period: int, width: float, message: str
) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        bollinger(close, period, width)
    with pytest.raises(IndicatorInputError, match=message):
        bollinger_opencl(device, close, period, width, Precision.FLOAT64)
    with pytest.raises(IndicatorInputError, match=message):
        bollinger_error_bound(close, period, width, Precision.FLOAT64)


def test_the_bound_is_small_enough_to_mean_something() -> None:
    close = real()["close"]
    upper, middle, _ = bollinger(close, 20, 2.0)
    reach = float(np.nanmedian(upper - middle))
    assert bollinger_error_bound(close, 20, 2.0, Precision.FLOAT32)[0] < 1e-4 * reach
    assert bollinger_error_bound(close, 20, 2.0, Precision.FLOAT64)[0] < 1e-11 * reach
