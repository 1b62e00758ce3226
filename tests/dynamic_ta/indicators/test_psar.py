"""The parabolic stop against TA-Lib, a twin that follows each trade, and trades by hand."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import Feed, IndicatorInputError
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.psar import PSAR, psar
from tests.dynamic_ta.indicators.judges import U64, farthest
from tests.dynamic_ta.indicators.markets import random, real, zigzag


def apart(stop: float, share: float, way: float) -> float:
    return stop + share * way


def fused(stop: float, share: float, way: float) -> float:
    """Return the same rounded once, as a processor's fused instruction does."""
    return float(Fraction(stop) + Fraction(share) * Fraction(way))


def twin(high: F64, low: F64, acceleration: float, maximum: float, step: Callable[[float, float, float], float]) -> F64:
    """Return the stops by Wilder's rules, each trade followed from its entry to the bar that touches it."""
    highs, lows, first = high.tolist(), low.tolist(), min(acceleration, maximum)
    is_long = not lows[0] - lows[1] > max(highs[1] - highs[0], 0)
    bar, stop, extreme = 1, lows[0] if is_long else highs[0], highs[1] if is_long else lows[1]
    stops = [float("nan")]
    guard = 1  # the stop keeps off no bar before this one
    while bar < len(highs):
        share = first
        while bar < len(highs) and (lows[bar] > stop if is_long else highs[bar] < stop):
            stops.append(stop)
            if highs[bar] > extreme if is_long else lows[bar] < extreme:
                extreme, share = highs[bar] if is_long else lows[bar], min(share + first, maximum)
            stop = off(step(stop, share, extreme - stop), highs, lows, bar, guard, is_long)
            bar += 1
        if bar < len(highs):
            stop, extreme = extreme, lows[bar] if is_long else highs[bar]
            is_long = not is_long
            stop = off(stop, highs, lows, bar, guard, is_long)
            stops.append(stop)
            stop = off(step(stop, first, extreme - stop), highs, lows, bar, guard, is_long)
            bar += 1
    return np.array(stops)


def off(stop: float, highs: list[float], lows: list[float], bar: int, guard: int, is_long: bool) -> float:
    """Return ``stop``, moved out of the range of ``bar`` and of the one before it."""
    near = slice(max(guard, bar - 1), bar + 1)
    return min(stop, *lows[near]) if is_long else max(stop, *highs[near])


def check(high: F64, low: F64, acceleration: float, maximum: float) -> None:
    """Hold ours against the twin, and TA-Lib against it too, whose compiler may fuse the product and the sum."""
    plain, once = (twin(high, low, acceleration, maximum, step) for step in (apart, fused))
    np.testing.assert_array_equal(psar(high, low, acceleration, maximum), plain)
    theirs = talib.SAR(high, low, acceleration, maximum)
    assert any(np.array_equal(theirs, line, equal_nan=True) for line in (plain, once))


@pytest.mark.parametrize(("acceleration", "maximum"), [(0.02, 0.2), (0.01, 0.1), (0.2, 0.02), (0.0, 0.2), (0.3, 1.0)])
@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(4099)], ids=["sp500", "nasdaq", "random"])
def test_talib_agrees(market: dict[str, F64], acceleration: float, maximum: float) -> None:
    high, low = market["high"], market["low"]
    check(high, low, acceleration, maximum)
    # Four roundings a bar of at most the highest price; a bar keeps 1 - acceleration of what was before.
    tolerance = 4 * U64 * float(high.max()) / max(min(acceleration, maximum), 1 / high.size)
    theirs = talib.SAR(high, low, acceleration, maximum)
    assert farthest((psar(high, low, acceleration, maximum),), (theirs,)) <= tolerance


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), min_size=2, max_size=40),
    st.sampled_from([0.0, 0.02, 0.125, 0.5, 1.0]),
    st.sampled_from([0.0, 0.02, 0.2, 0.5, 1.0]),
)
def test_talib_agrees_on_touches_ties_and_either_start(
    bars: list[tuple[int, int]], acceleration: float, maximum: float
) -> None:
    low = np.array([bar[0] for bar in bars]) / 8
    check(low + np.array([bar[1] for bar in bars]) / 8, low, acceleration, maximum)


def test_by_hand() -> None:
    # Long from 8 towards 12. 8 + 4/2 = 10, but no higher than the low of 9. Bar 2 makes 14 the extreme and 3/4 the
    # share, yet the low of 9 holds the stop. Bar 3 touches it: short from 14, the extreme; 11.25 is below both highs,
    # so 14. Bar 4 makes 8 the extreme: 14 - 6 * 3/4 = 9.5, but no lower than the high of 13.
    high, low = np.array([[10.0, 12, 14, 13, 12, 10], [8.0, 9, 11, 8.5, 8, 7]])
    np.testing.assert_array_equal(psar(high, low, 0.5, 0.75), [np.nan, 8, 9, 14, 14, 13])


@pytest.mark.parametrize(
    ("second", "stop"),
    [
        ((9.0, 8.0), 10),  # it falls: short from the first high
        ((11.0, 8.0), 11),  # not further down than up: long from the first low, which the bar touches, so above it
        ((10.5, 8.0), 8),  # further down: short from the first high, which the bar touches, so below it
        ((11.0, 10.0), 9),  # it rises: long from the first low
    ],
)
def test_the_start_is_short_only_where_the_low_falls_by_more_than_the_high_rises(
    second: tuple[float, float], stop: float
) -> None:
    high, low = np.array([(10.0, 9.0), second]).T.copy()
    assert talib.SAR(high, low, 0.02, 0.2)[1] == psar(high, low, 0.02, 0.2)[1] == stop


def test_the_stop_never_stands_inside_its_bar() -> None:
    """A long stop is below the low, a short one above the high; one that turns is at the far side."""
    market = real()
    stop = psar(market["high"], market["low"], 0.02, 0.2)[1:]
    assert ((stop <= market["low"][1:]) | (stop >= market["high"][1:])).all()


@settings(deadline=None)
@given(st.integers(2, 300), st.integers(0, 2**32))
def test_turning_the_market_over_turns_the_stop_and_a_power_of_two_scales_it(bars: int, seed: int) -> None:
    market = random(bars, seed)
    high, low = market["high"], market["low"]
    stop = psar(high, low, 0.02, 0.2)
    for scale in (2.0**-900, 2.0**900):
        np.testing.assert_array_equal(psar(scale * high, scale * low, 0.02, 0.2), scale * stop)
    if high[1] > high[0] or low[1] < low[0]:  # else both start long
        np.testing.assert_array_equal(psar(-low, -high, 0.02, 0.2), -stop)


def test_a_flat_market_touches_its_stop_at_each_bar() -> None:
    flat = np.full(9, 0.1)
    np.testing.assert_array_equal(psar(flat, flat, 0.02, 0.2), [np.nan] + [0.1] * 8)
    np.testing.assert_array_equal(psar(flat[:2], flat[:2], 0.02, 0.2), [np.nan, 0.1])


def test_huge_prices_are_taken_up_to_the_limit_and_refused_beyond() -> None:
    high = zigzag(60, float(np.finfo(np.float64).max) / 4)
    assert np.isfinite(psar(high, -high, 0.02, 0.2)[1:]).all()
    with pytest.raises(IndicatorInputError, match=r"high is .* at bar 7, .* too large for float64"):
        psar(np.where(np.arange(60) == 7, 1.1 * high, high), high, 0.02, 0.2)


@pytest.mark.parametrize(
    ("bars", "acceleration", "maximum", "message"),
    [
        (0, 0.02, 0.2, "psar does not fit 0 bars: give more bars"),
        (1, 0.02, 0.2, "psar does not fit 1 bars: give more bars"),
        (9, -0.1, 0.2, "acceleration is -0.1: use 0 <= acceleration <= 1"),
        (9, 0.02, 1.5, "maximum is 1.5: use 0 <= maximum <= 1"),
        (9, float("nan"), 0.2, "acceleration is nan"),
    ],
)
def test_too_few_bars_and_shares_out_of_range_are_refused(
    bars: int, acceleration: float, maximum: float, message: str
) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        psar(np.ones(bars), np.ones(bars), acceleration, maximum)
    if bars > 1:
        with pytest.raises(IndicatorInputError, match=r"acceleration is|maximum is"):
            Feed.start(PSAR, (acceleration, maximum))
