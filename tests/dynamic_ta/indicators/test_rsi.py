"""RSI: the oracle against TA-Lib and exact fractions; the kernel against the oracle, within the bound of its row."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, Precision
from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.rsi import RSI, rsi, rsi_error_bound, rsi_lookback, rsi_opencl
from tests.dynamic_ta.indicators.judges import (
    check_chunks,
    check_device,
    check_exact,
    exact_mean,
    farthest,
    fractions,
    sizes,
)
from tests.dynamic_ta.indicators.markets import random, real, zigzag


def exact_rsi(close: F64, period: int) -> list[Fraction]:
    """Return Wilder's recipe as it reads: RS is the ratio of the means, RSI is 100 - 100 / (1 + RS)."""
    bars = fractions(close)
    moves = [new - old for old, new in pairwise(bars)]
    rises = exact_mean([max(move, Fraction()) for move in moves], period, Fraction(1, period))
    falls = exact_mean([max(-move, Fraction()) for move in moves], period, Fraction(1, period))
    return [
        100 - 100 / (1 + up / down) if down else Fraction(100 if up else 0)
        for up, down in zip(rises, falls, strict=True)
    ]


@pytest.mark.parametrize("period", [2, 3, 14, 200])
@pytest.mark.parametrize(
    "close", [real("sp500")["close"], real("nasdaq")["close"], random(4099)["close"]], ids=["sp500", "nasdaq", "random"]
)
def test_talib_agrees_and_its_warm_up_is_as_long(close: F64, period: int) -> None:
    # Sums of moves, all of one sign: a few roundings of the ratio for each of the last bars, so far below this.
    assert farthest((rsi(close, period),), (talib.RSI(close, period),)) <= 1e-10


def test_by_hand() -> None:
    # Moves +2, -1, +3, with weight 1/2: rises (2 + 0) / 2 = 1, then 2; falls 1/2, then 1/4.
    np.testing.assert_allclose(
        rsi(np.array([10.0, 12, 11, 14]), 2), [np.nan, np.nan, 100 / 1.5, 200 / 2.25], rtol=1e-15
    )


@settings(deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=3, max_size=40), st.data())
def test_exact_fractions_agree(values: list[int], data: st.DataObject) -> None:
    close = np.array(values, dtype=np.float64) / 8
    period = data.draw(st.integers(2, len(values) - 1))
    check_exact(rsi(close, period), exact_rsi(close, period), rsi_error_bound(close, period, Precision.FLOAT64))


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [2, 14])
def test_the_device_agrees_with_exact_fractions(device: Device, period: int, precision: Precision) -> None:
    close = random(600)["close"]
    bound = rsi_error_bound(close, period, precision)
    check_exact(rsi_opencl(device, close, period, precision), exact_rsi(close, period), bound)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [2, 3, 14, 100])
def test_the_device_agrees_within_the_bound(device: Device, period: int, precision: Precision) -> None:
    for bars in sizes(RSI, (period,), rsi_lookback(period, precision)):
        close = random(bars, seed=bars)["close"]
        steps = np.round(close, 1)  # many bars without a move
        for series in (close, steps, 1e5 + np.sin(np.arange(bars)), zigzag(bars, 1) * close):
            check_device(RSI, device, (series,), (period,), precision)


@pytest.mark.parametrize("precision", Precision)
def test_a_tile_remembers_large_moves_that_were_long_ago(device: Device, precision: Precision) -> None:
    for quiet in range(100, 900, 40):
        moves = random(1500)["close"] - 100
        moves[quiet:] /= 1e5
        check_device(RSI, device, (1000 + moves,), (14,), precision)


@pytest.mark.parametrize("precision", Precision)
def test_a_standstill_keeps_the_last_value(device: Device, precision: Precision) -> None:
    """Longer than the look-back: the means shrink away, and their ratio must not."""
    close = random(400)["close"]
    still = np.concatenate([close, np.full(800, close[-1]), close[::-1]])
    assert rsi_lookback(14, precision) < 800
    check_device(RSI, device, (still,), (14,), precision)
    got, bound = rsi_opencl(device, still, 14, precision), rsi_error_bound(still, 14, precision)
    assert bound[1199] < 0.01
    assert abs(got[1199] - rsi(close, 14)[-1]) <= bound[1199]
    assert talib.RSI(still, 14)[1199] == pytest.approx(rsi(close, 14)[-1])


@pytest.mark.parametrize("precision", Precision)
def test_a_standstill_without_end_is_within_the_range_and_its_bound_says_that_nothing_is_known(
    device: Device, precision: Precision
) -> None:
    close = np.concatenate([random(400)["close"], np.full(20_000, 7.0)])
    check_device(RSI, device, (close,), (14,), precision)
    assert rsi_error_bound(close, 14, precision)[-1] == 100


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [2, 14, 100])
def test_replay_in_chunks_agrees_with_the_whole(device: Device, period: int, precision: Precision) -> None:
    lookback = rsi_lookback(period, precision)
    check_chunks(RSI, device, (random(5003)["close"],), (period,), precision, lookback)


@settings(deadline=None)
@given(st.integers(30, 300), st.integers(0, 2**32), st.floats(0.01, 100), st.integers(2, 29))
def test_scaling_changes_nothing_and_turning_the_series_over_turns_the_index_over(
    bars: int, seed: int, scale: float, period: int
) -> None:
    close = random(bars, seed)["close"]
    whole = rsi(close, period)
    assert np.nanmin(whole) >= 0
    assert np.nanmax(whole) <= 100
    assert farthest((rsi(scale * close, period),), (whole,)) <= 1e-9
    assert farthest((rsi(4 * close, period),), (whole,)) == 0
    assert farthest((rsi(-close, period),), (100 - whole,)) <= 1e-11


@pytest.mark.parametrize("precision", Precision)
def test_a_rise_is_100_a_fall_is_0_and_so_is_a_flat_series(device: Device, precision: Precision) -> None:
    rise = np.arange(1.0, 601.0)
    for close, value in ((rise, 100), (rise[::-1].copy(), 0), (np.full(600, 7.5), 0)):
        for got in (rsi(close, 14), rsi_opencl(device, close, 14, precision), talib.RSI(close, 14)):
            assert set(got[14:].tolist()) == {value}


@pytest.mark.parametrize("precision", Precision)
def test_huge_values_are_taken_up_to_the_limit_and_refused_beyond(device: Device, precision: Precision) -> None:
    close = zigzag(600, float(np.finfo(precision.dtype).max) / 56)
    check_device(RSI, device, (close,), (14,), precision)
    with pytest.raises(IndicatorInputError, match=f"too large for {precision}"):
        rsi_opencl(device, 1.01 * close, 14, precision)


@pytest.mark.parametrize("precision", Precision)
def test_tiny_values_are_within_the_bound(device: Device, precision: Precision) -> None:
    limits = np.finfo(precision.dtype)
    for scale in (1e6 * limits.smallest_normal, limits.smallest_normal, limits.smallest_subnormal):
        check_device(RSI, device, (float(scale) * random(600)["close"],), (14,), precision)


@pytest.mark.parametrize(
    ("close", "period", "message"),
    [
        (np.zeros(0), 2, "period 2 does not fit 0 bars: give more bars"),
        (np.ones(5), 1, "use 2 <= period <= 4"),
        (np.ones(5), 5, "period 5 does not fit 5 bars"),
        (np.array([1.0, np.nan, 3.0]), 2, "close is nan at bar 1"),
    ],
)
def test_a_series_that_has_no_index_is_refused_by_oracle_device_and_bound(
    device: Device, close: F64, period: int, message: str
) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        rsi(close, period)
    with pytest.raises(IndicatorInputError, match=message):
        rsi_opencl(device, close, period, Precision.FLOAT64)
    with pytest.raises(IndicatorInputError, match=message):
        rsi_error_bound(close, period, Precision.FLOAT64)


def test_the_bound_is_small_enough_to_mean_something() -> None:
    close = real()["close"]
    assert rsi_error_bound(close, 14, Precision.FLOAT32).max() < 0.01
    assert rsi_error_bound(close, 14, Precision.FLOAT64).max() < 1e-10
