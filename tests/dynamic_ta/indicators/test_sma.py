"""The oracle against TA-Lib and exact fractions; the kernel against the oracle, within the bound of its row."""

import math
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, DeviceMemoryError, Precision, open_device
from dynamic_ta import INDICATORS, IndicatorInputError
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.sma import sma, sma_error_bound, sma_opencl, sma_warm_up

(ROW,) = (row for row in INDICATORS if row.name == "sma")

# (bars, period): one of each, all of it, primes, a tile of 256 and its neighbours, not a multiple of the work group.
SIZES = [(1, 1), (2, 1), (7, 7), (255, 3), (256, 256), (257, 20), (1009, 31), (2047, 1), (4099, 997), (100_003, 200)]


def prices(bars: int, seed: int = 0) -> F64:
    """Return a geometric random walk from 100."""
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, bars)))


def exact(close: F64, period: int) -> list[Fraction]:
    """Return the values after the warm-up the slow and obvious way, without rounding."""
    bars = [Fraction(value) for value in close.tolist()]
    return [sum(bars[end - period : end], Fraction()) / period for end in range(period, len(bars) + 1)]


def largest(close: F64) -> float:
    return float(np.abs(close).max())


def farthest(got: F64, expected: F64, period: int) -> float:
    """Return the largest difference, after checking that just the warm-up has no value."""
    for values in (got, expected):
        assert np.flatnonzero(np.isnan(values)).tolist() == list(range(sma_warm_up(period)))
    return float(np.nanmax(np.abs(got - expected)))


@pytest.mark.parametrize(("bars", "period"), [size for size in SIZES if size[1] > 1])
def test_talib_agrees_and_its_warm_up_is_as_long(bars: int, period: int) -> None:
    close = prices(bars)
    # TA-Lib keeps one running sum: two roundings a bar, each of at most a window's sum.
    tolerance = largest(close) * (2 * bars + 2) * 2.0**-53
    assert farthest(sma(close, period), talib.SMA(close, period), period) <= tolerance


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40), st.data())
def test_the_exact_mean_is_within_a_rounding_a_term(values: list[float], data: st.DataObject) -> None:
    close = np.array(values)
    period = data.draw(st.integers(1, len(values)))
    u = Fraction(1, 2**53)
    for got, want, end in zip(sma(close, period)[period - 1 :], exact(close, period), range(period, 99), strict=False):
        size = sum((abs(Fraction(value)) for value in values[end - period : end]), Fraction()) / period
        assert abs(Fraction(float(got)) - want) <= 2 * (period + 1) * u * size + Fraction(5e-324)


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(0, 2**32), st.floats(0.01, 100), st.floats(-1000, 1000), st.data())
def test_scaling_and_shifting_the_closes_scales_and_shifts_the_mean(
    bars: int, seed: int, scale: float, shift: float, data: st.DataObject
) -> None:
    period = data.draw(st.integers(1, bars))
    close = prices(bars, seed)
    moved = scale * close + shift
    tolerance = (largest(moved) + scale * largest(close) + abs(shift)) * 4 * (period + 2) * 2.0**-53
    assert farthest(sma(moved, period), scale * sma(close, period) + shift, period) <= tolerance
    # A power of two only moves the exponent.
    assert farthest(sma(4 * close, period), 4 * sma(close, period), period) == 0


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize(("bars", "period"), SIZES)
def test_the_device_agrees_within_the_bound(device: Device, bars: int, period: int, precision: Precision) -> None:
    for close in (prices(bars), 1e5 + np.sin(np.arange(bars)), (-1.0) ** np.arange(bars) * prices(bars)):
        (got,) = ROW.on_device(device, (close,), (period,), precision)
        (expected,) = ROW.oracle((close,), (period,))
        (bound,) = ROW.error_bound((close,), (period,), precision)
        assert farthest(got, expected, period) <= bound


@pytest.mark.parametrize("precision", Precision)
def test_a_spike_does_not_outlive_its_window(device: Device, precision: Precision) -> None:
    """A plain running sum keeps the damage: the spike is so much larger that it pushes digits out of the sum."""
    eps = float(np.finfo(precision.dtype).eps)
    close = np.full(256, 1 + 8 * eps)
    close[40] = 0.125 / eps
    for got in (sma(close, 20), sma_opencl(device, close, 20, precision)):
        np.testing.assert_allclose(got[60:], 1 + 8 * eps, rtol=0, atol=3 * eps)


@pytest.mark.parametrize("precision", Precision)
def test_the_device_agrees_with_exact_fractions(device: Device, precision: Precision) -> None:
    close = prices(700)
    got = sma_opencl(device, close, 23, precision)
    errors = [abs(Fraction(float(g)) - want) for g, want in zip(got[22:], exact(close, 23), strict=True)]
    assert max(errors) <= sma_error_bound(23, largest(close), precision)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("value", [0.0, 100.25, -3.5, 2.0**100])
def test_a_flat_series_of_few_digits_is_its_own_mean(device: Device, value: float, precision: Precision) -> None:
    close = np.full(600, value)
    expected = float(np.float32(value)) if precision is Precision.FLOAT32 else value
    for got in (sma(close, 16), sma_opencl(device, close, 16, precision).astype(precision.dtype)):
        assert set(got[15:].tolist()) <= {value, expected}


@pytest.mark.parametrize("precision", Precision)
def test_replay_in_chunks_agrees_with_the_whole(device: Device, precision: Precision) -> None:
    close, period = prices(5003), 50
    whole = sma_opencl(device, close, period, precision)
    bound = 2 * sma_error_bound(period, largest(close), precision)
    for start in range(0, close.size, 611):
        before = max(0, start - period + 1)
        chunk = sma_opencl(device, close[before : start + 611], period, precision)[start - before :]
        np.testing.assert_allclose(chunk, whole[start : start + 611], rtol=0, atol=bound)


def test_a_strided_series_is_taken_as_it_reads(device: Device) -> None:
    close = prices(2000)[::2]
    assert farthest(sma_opencl(device, close, 9, Precision.FLOAT64), sma(close.copy(), 9), 9) <= 1e-12


@pytest.mark.parametrize(
    ("close", "period", "message"),
    [
        (np.zeros(0), 1, "period 1 does not fit 0 bars"),
        (prices(5), 0, "period 0 does not fit"),
        (prices(5), 6, "period 6 does not fit 5 bars"),
        (np.array([1.0, np.nan, 3.0]), 2, "close is nan at bar 1"),
        (np.array([1.0, 2.0, np.inf]), 2, "close is inf at bar 2"),
        (np.array([1e308, 1e308]), 2, "too large for float64"),
        (np.ones((2, 2)), 1, "close is float64"),
        (np.ones(3, np.float32), 1, "close is float32"),
    ],
)
def test_a_series_that_has_no_mean_is_refused_by_oracle_and_device(
    device: Device, close: F64, period: int, message: str
) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        sma(close, period)
    with pytest.raises(IndicatorInputError, match=message):
        sma_opencl(device, close, period, Precision.FLOAT64)


def test_huge_values_are_summed_up_to_the_limit_and_refused_beyond(device: Device) -> None:
    close = np.full(300, float(np.finfo(np.float32).max)) / 20
    assert np.isfinite(sma_opencl(device, close, 10, Precision.FLOAT32)[9:]).all()
    with pytest.raises(IndicatorInputError, match="too large for float32"):
        sma_opencl(device, 1.01 * close, 10, Precision.FLOAT32)
    assert sma(np.full(3, 1e307), 3)[2] == pytest.approx(1e307)


def test_a_series_larger_than_the_device_is_a_typed_error() -> None:
    with open_device() as small:
        small.info = replace(small.info, global_memory_bytes=9000)
        with pytest.raises(DeviceMemoryError, match="has room for 1000 bytes, not 8000"):
            sma_opencl(small, prices(1000), 9, Precision.FLOAT64)


def test_the_bound_is_small_enough_to_mean_something_and_infinite_where_there_is_none() -> None:
    assert sma_error_bound(20, 1.0, Precision.FLOAT32) < 10 * 2.0**-24
    assert sma_error_bound(20, 1.0, Precision.FLOAT64) < 30 * 2.0**-53
    assert sma_error_bound(2**24, 1.0, Precision.FLOAT32) == math.inf


def test_importing_the_room_touches_no_device() -> None:
    code = "import sys, dynamic_ta; sys.exit('pyopencl' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == 0
