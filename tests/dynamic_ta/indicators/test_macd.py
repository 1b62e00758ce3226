"""MACD: the oracle against TA-Lib and exact fractions; the kernel against the oracle, within the bound of its row."""

from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, Precision
from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.ema import ema
from dynamic_ta.indicators.macd import MACD, macd, macd_error_bound, macd_lookback, macd_opencl
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

PERIODS = [(12, 26, 9), (2, 3, 2), (5, 35, 5), (3, 100, 50)]


def exact_macd(close: F64, fast: int, slow: int, signal: int) -> tuple[list[Fraction], list[Fraction], list[Fraction]]:
    bars = fractions(close)
    quick = exact_mean(bars[slow - fast :], fast, Fraction(2, fast + 1))
    calm = exact_mean(bars, slow, Fraction(2, slow + 1))
    line = [a - b for a, b in zip(quick, calm, strict=True)]
    smooth = exact_mean(line, signal, Fraction(2, signal + 1))
    line = line[signal - 1 :]
    return line, smooth, [a - b for a, b in zip(line, smooth, strict=True)]


@pytest.mark.parametrize("periods", PERIODS)
@pytest.mark.parametrize(
    "close", [real("sp500")["close"], real("nasdaq")["close"], random(4099)["close"]], ids=["sp500", "nasdaq", "random"]
)
def test_talib_agrees_and_its_warm_up_is_as_long(close: F64, periods: tuple[int, int, int]) -> None:
    # Two means of the close and one of the line, each a plain recursion as in test_ema.
    tolerance = 4 * (sum(periods) + 24) * U64 * float(np.abs(close).max())
    assert farthest(macd(close, *periods), talib.MACD(close, *periods)) <= tolerance


def test_by_hand() -> None:
    # Fast 1 is the close itself. Slow 2 (weight 2/3): seed 3, then 3 + 2/3 (6 - 3) = 5 and 5 + 2/3 (2 - 5) = 3.
    # The line: 4 - 3, 6 - 5, 2 - 3 = 1, 1, -1. Signal 2: seed 1, then 1 + 2/3 (-1 - 1) = -1/3.
    line, signal, histogram = macd(np.array([2.0, 4, 6, 2]), 1, 2, 2)
    np.testing.assert_allclose(line, [np.nan, np.nan, 1, -1], rtol=1e-14)
    np.testing.assert_allclose(signal, [np.nan, np.nan, 1, -1 / 3], rtol=1e-14)
    np.testing.assert_allclose(histogram, [np.nan, np.nan, 0, -2 / 3], rtol=1e-14, atol=1e-14)


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=40), st.data())
def test_exact_fractions_agree(values: list[float], data: st.DataObject) -> None:
    close = np.array(values)
    slow = data.draw(st.integers(2, len(values)))
    fast = data.draw(st.integers(1, slow - 1))
    signal = data.draw(st.integers(1, len(values) - slow + 1))
    bounds = macd_error_bound(close, fast, slow, signal, Precision.FLOAT64)
    got = macd(close, fast, slow, signal)
    for line, exact, bound in zip(got, exact_macd(close, fast, slow, signal), bounds, strict=True):
        check_exact(line, exact, bound)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("periods", [(12, 26, 9), (1, 2, 1)])
def test_the_device_agrees_with_exact_fractions(
    device: Device, periods: tuple[int, int, int], precision: Precision
) -> None:
    close = random(600)["close"]
    bounds = macd_error_bound(close, *periods, precision)
    got = macd_opencl(device, close, *periods, precision)
    for line, exact, bound in zip(got, exact_macd(close, *periods), bounds, strict=True):
        check_exact(line, exact, bound)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("periods", [*PERIODS, (1, 2, 1)])
def test_the_device_agrees_within_the_bound(
    device: Device, periods: tuple[int, int, int], precision: Precision
) -> None:
    for bars in sizes(MACD, periods, macd_lookback(periods[1], periods[2], precision)):
        close = random(bars, seed=bars)["close"]
        for series in (close, 1e5 + np.sin(np.arange(bars)), zigzag(bars, 1) * close):
            check_device(MACD, device, (series,), periods, precision)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("periods", [(12, 26, 9), (2, 3, 50)])
def test_a_tile_remembers_a_crash_that_was_long_ago(
    device: Device, periods: tuple[int, int, int], precision: Precision
) -> None:
    """The signal settles only after the averages: a look-back that counts one of the two alone misses the crash."""
    for crash in range(100, 900, 40):
        close = np.full(3000, 1.0)
        close[:crash] = 1000.0
        check_device(MACD, device, (close,), periods, precision)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("periods", [(12, 26, 9), (3, 100, 50)])
def test_replay_in_chunks_agrees_with_the_whole(
    device: Device, periods: tuple[int, int, int], precision: Precision
) -> None:
    lookback = macd_lookback(periods[1], periods[2], precision)
    check_chunks(MACD, device, (random(9001)["close"],), periods, precision, lookback)


@settings(deadline=None)
@given(st.integers(34, 300), st.integers(0, 2**32), st.floats(0.01, 100), st.floats(-1000, 1000))
def test_scaling_scales_the_lines_and_shifting_leaves_them(bars: int, seed: int, scale: float, shift: float) -> None:
    close = random(bars, seed)["close"]
    moved = scale * close + shift
    size = float(np.abs(moved).max()) + scale * float(np.abs(close).max()) + abs(shift)
    whole = macd(close, 12, 26, 9)
    assert farthest(macd(moved, 12, 26, 9), [scale * line for line in whole]) <= 300 * U64 * size
    assert farthest(macd(4 * close, 12, 26, 9), [4 * line for line in whole]) == 0


def test_the_line_is_a_fast_average_less_a_slow_one_once_the_seeds_are_forgotten() -> None:
    close = random(2000)["close"]
    line, signal, histogram = macd(close, 12, 26, 9)
    np.testing.assert_allclose(line[1000:], (ema(close, 12) - ema(close, 26))[1000:], rtol=0, atol=1e-11)
    np.testing.assert_array_equal(histogram, line - signal)


@pytest.mark.parametrize("precision", Precision)
def test_a_flat_series_neither_converges_nor_diverges(device: Device, precision: Precision) -> None:
    close = np.full(1000, 100.25)
    for lines in (macd(close, 12, 26, 9), macd_opencl(device, close, 12, 26, 9, precision)):
        for line in lines:
            assert set(line[33:].tolist()) == {0.0}


@pytest.mark.parametrize("precision", Precision)
def test_huge_values_are_taken_up_to_the_limit_and_refused_beyond(device: Device, precision: Precision) -> None:
    close = zigzag(1000, float(np.finfo(precision.dtype).max) / 104)
    check_device(MACD, device, (close,), (12, 26, 9), precision)
    with pytest.raises(IndicatorInputError, match=f"too large for {precision}"):
        macd_opencl(device, 1.01 * close, 12, 26, 9, precision)


@pytest.mark.parametrize("precision", Precision)
def test_tiny_values_are_within_the_bound(device: Device, precision: Precision) -> None:
    limits = np.finfo(precision.dtype)
    for scale in (limits.smallest_normal, limits.smallest_subnormal):
        check_device(MACD, device, (float(scale) * random(600)["close"],), (12, 26, 9), precision)


@pytest.mark.parametrize(
    ("close", "periods", "message"),
    [
        (np.zeros(0), (12, 26, 9), "slow 26 does not fit 0 bars"),
        (np.ones(33), (12, 26, 9), "signal 9 does not fit 33 bars: use 1 <= signal <= 8"),
        (np.ones(40), (26, 12, 9), "fast 26 and slow 12 are no pair"),
        (np.ones(40), (0, 12, 9), "fast 0 and slow 12 are no pair"),
        (np.ones(40), (12, 26, 0), "signal 0 does not fit"),
        (np.array([1.0, np.nan, 3.0]), (1, 2, 1), "close is nan at bar 1"),
    ],
)
def test_a_series_that_has_no_lines_is_refused_by_oracle_device_and_bound(
    device: Device, close: F64, periods: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        macd(close, *periods)
    with pytest.raises(IndicatorInputError, match=message):
        macd_opencl(device, close, *periods, Precision.FLOAT64)
    with pytest.raises(IndicatorInputError, match=message):
        macd_error_bound(close, *periods, Precision.FLOAT64)


def test_the_bound_is_small_enough_to_mean_something() -> None:
    close = real()["close"]
    for line, single, double in zip(
        macd(close, 12, 26, 9),
        macd_error_bound(close, 12, 26, 9, Precision.FLOAT32),
        macd_error_bound(close, 12, 26, 9, Precision.FLOAT64),
        strict=True,
    ):
        typical = float(np.nanstd(line))
        assert single < 2e-4 * typical
        assert double < 1e-11 * typical
