"""SuperTrend against a twin written from TradingView's rules, and by hand."""

import math

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import Feed, IndicatorInputError
from dynamic_ta.indicators.atr import atr
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.supertrend import SUPERTREND, supertrend
from tests.dynamic_ta.indicators.judges import U64, farthest
from tests.dynamic_ta.indicators.markets import inputs, random, real, zigzag


def twin(high: F64, low: F64, close: F64, ranges: F64, width: float) -> tuple[F64, F64]:
    """Return line and direction by the script in TradingView's manual, whole series of bands side by side.

    There a direction of 1 is a fall, and the trend is told from the band that the line before was on; where both bands
    are one price, from the direction.
    """
    source, bars = (high + low) / 2, close.size
    upper, lower = source + width * ranges, source - width * ranges
    line, direction = np.full(bars, np.nan), np.full(bars, np.nan)
    first = int(np.isnan(ranges).sum())
    line[first], direction[first] = upper[first], -1
    for t in range(first + 1, bars):
        lower[t] = lower[t] if lower[t] > lower[t - 1] or close[t - 1] < lower[t - 1] else lower[t - 1]
        upper[t] = upper[t] if upper[t] < upper[t - 1] or close[t - 1] > upper[t - 1] else upper[t - 1]
        fell = direction[t - 1] == -1 if upper[t - 1] == lower[t - 1] else line[t - 1] == upper[t - 1]
        falls = not close[t] > upper[t] if fell else close[t] < lower[t]
        line[t], direction[t] = (upper[t], -1) if falls else (lower[t], 1)
    return line, direction


@pytest.mark.parametrize(("period", "width"), [(10, 3.0), (1, 1.0), (2, 0.0), (7, 0.5), (200, 2.0)])
@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(4099)], ids=["sp500", "nasdaq", "random"])
def test_the_twin_agrees_to_the_last_bit_and_on_the_ranges_of_talib_nearly(
    market: dict[str, F64], period: int, width: float
) -> None:
    high, low, close = inputs(SUPERTREND, market)
    got = supertrend(high, low, close, period, width)
    assert farthest(got, twin(high, low, close, atr(high, low, close, period), width)) == 0
    if period > 1:
        line, direction = twin(high, low, close, talib.ATR(high, low, close, period), width)
        np.testing.assert_array_equal(got[1], direction)
        tolerance = 2 * width * (period + 8) * U64 * float(talib.TRANGE(high, low, close)[1:].max())
        assert farthest(got[:1], (line,)) <= tolerance + 2 * U64 * float(high.max())


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=40),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.5, 1.0, 2.0]),
)
def test_the_twin_agrees_where_closes_touch_the_bands(
    bars: list[tuple[int, int, int]], period: int, width: float
) -> None:
    period = min(period, len(bars) - 1)
    low = np.array([bar[0] for bar in bars]) / 4
    high = low + np.array([bar[1] for bar in bars]) / 4
    close = low + np.array([min(bar[1:]) for bar in bars]) / 4
    want = twin(high, low, close, atr(high, low, close, period), width)
    assert farthest(supertrend(high, low, close, period, width), want) == 0


def test_the_first_bar_is_in_a_fall_even_above_its_band() -> None:
    # Both bands are on 10, then on 12 and 14.
    high, low, close = np.array([[9.0, 11, 13, 15], [9.0, 9, 11, 13], [9.0, 11, 13, 15]])
    line, direction = supertrend(high, low, close, 1, 0.0)
    np.testing.assert_array_equal(line[1:], [10, 12, 14])
    np.testing.assert_array_equal(direction[1:], [-1, 1, 1])


def test_by_hand() -> None:
    # Ranges of one bar 2, 5, 2, 3, 2. Bar 1 starts as a fall, on 11 + 2. Bar 2 closes at 16, above 13 (20 is no lower):
    # a rise, on 15 - 5. Bar 3 lifts the lower band to 14, bar 4 keeps it (12 is lower) and closes on it, which turns
    # nothing. Bar 5 closes below it: a fall, on 13 + 2, which is below the 18 of before.
    high, low, close = np.array([[11.0, 12, 16, 17, 16, 14], [9.0, 10, 14, 15, 14, 12], [10.0, 11, 16, 17, 14, 13]])
    line, direction = supertrend(high, low, close, 1, 1.0)
    np.testing.assert_array_equal(line, [np.nan, 13, 10, 14, 14, 15])
    np.testing.assert_array_equal(direction, [np.nan, -1, 1, 1, 1, -1])


@settings(deadline=None)
@given(st.integers(2, 300), st.integers(0, 2**32), st.sampled_from([1.0, 2.0, 3.0]))
def test_the_line_never_gives_way_within_a_trend_and_the_close_is_on_its_side(
    bars: int, seed: int, width: float
) -> None:
    high, low, close = inputs(SUPERTREND, random(bars, seed))
    period = min(10, bars - 1)
    line, direction = (part[period:] for part in supertrend(high, low, close, period, width))
    assert (direction * (close[period:] - line) >= 0)[1:].all()
    same = direction[1:] == direction[:-1]
    steps = (direction[1:] * np.diff(line))[same]
    assert (steps >= 0).all()
    for scale in (2.0**-900, 2.0**900):
        scaled = supertrend(scale * high, scale * low, scale * close, period, width)
        np.testing.assert_array_equal(scaled[0][period:], scale * line)
        np.testing.assert_array_equal(scaled[1][period:], direction)


def test_a_market_turned_over_has_the_line_turned_over_once_both_have_turned() -> None:
    high, low, close = inputs(SUPERTREND, real())
    line, direction = supertrend(high, low, close, 10, 3.0)
    mirrored = supertrend(-low, -high, -close, 10, 3.0)
    turned = 10 + int(np.flatnonzero((np.diff(direction[10:]) != 0) & (np.diff(mirrored[1][10:]) != 0))[0]) + 1
    np.testing.assert_array_equal(mirrored[0][turned:], -line[turned:])
    np.testing.assert_array_equal(mirrored[1][turned:], -direction[turned:])


def test_a_flat_market_stays_in_its_first_fall_on_its_price() -> None:
    flat = np.full(40, 0.25)
    line, direction = supertrend(flat, flat, flat, 10, 3.0)
    assert (set(line[10:].tolist()), set(direction[10:].tolist())) == ({0.25}, {-1.0})


def test_huge_prices_are_taken_up_to_the_limit_and_refused_beyond() -> None:
    most = zigzag(60, float(np.finfo(np.float64).max) / (4 * 4 * 10))
    for line in supertrend(most, -most, most, 10, 3.0):
        assert np.isfinite(line[10:]).all()
    with pytest.raises(IndicatorInputError, match=r"high is .* at bar 0, .* too large for float64"):
        supertrend(1.01 * most, most, most, 10, 3.0)


@pytest.mark.parametrize(
    ("bars", "period", "width", "message"),
    [
        (0, 1, 3.0, "period 1 does not fit 0 bars: give more bars"),
        (1, 1, 3.0, "period 1 does not fit 1 bars: give more bars"),
        (5, 0, 3.0, "period 0 does not fit 5 bars"),
        (5, 5, 3.0, "period 5 does not fit 5 bars: use 1 <= period <= 4"),
        (5, 2, -0.5, "width is -0.5"),
        (5, 2, math.nan, "width is nan"),
        (5, 2, 1.1e6, "use 0 <= width <= 1e"),
    ],
)
def test_a_setting_out_of_range_is_refused(bars: int, period: int, width: float, message: str) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        supertrend(np.ones(bars), np.ones(bars), np.ones(bars), period, width)


def test_a_stream_refuses_a_width_out_of_range() -> None:
    with pytest.raises(IndicatorInputError, match="width is inf"):
        Feed.start(SUPERTREND, (10, math.inf))
