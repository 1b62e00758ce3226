"""The ultimate oscillator against TA-Lib and exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import Feed, IndicatorInputError
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.ultosc import ULTOSC, ultosc
from tests.dynamic_ta.indicators.judges import U64, check_exact, farthest, fractions
from tests.dynamic_ta.indicators.markets import inputs, random, real, zigzag


def exact_ultosc(high: F64, low: F64, close: F64, periods: tuple[int, int, int]) -> list[Fraction]:
    highs, lows, closes = fractions(high), fractions(low), fractions(close)
    bars = range(1, len(closes))
    pressures = [closes[t] - min(lows[t], closes[t - 1]) for t in bars]
    ranges = [max(highs[t] - lows[t], abs(highs[t] - closes[t - 1]), abs(lows[t] - closes[t - 1])) for t in bars]
    found = []
    for end in range(periods[2], len(pressures) + 1):
        mixed = Fraction()
        for weight, period in zip((4, 2, 1), periods, strict=True):
            span = sum(ranges[end - period : end], Fraction())
            mixed += weight * sum(pressures[end - period : end], Fraction()) / span if span else 0
        found.append(100 * mixed / 7)
    return found


@pytest.mark.parametrize("periods", [(7, 14, 28), (1, 2, 3), (5, 5, 5), (20, 50, 200)])
@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(4099)], ids=["sp500", "nasdaq", "random"])
def test_talib_agrees_and_its_warm_up_is_as_long(market: dict[str, F64], periods: tuple[int, int, int]) -> None:
    high, low, close = inputs(ULTOSC, market)
    # TA-Lib keeps running sums, two roundings a bar of at most a window's range, divided by the smallest such range.
    ranges = talib.TRANGE(high, low, close)[1:]
    windows = np.lib.stride_tricks.sliding_window_view(ranges, periods[0]).sum(axis=1)
    tolerance = 100 * 4 * close.size * U64 * windows.max() / windows[windows > 0].min()
    assert farthest((ultosc(high, low, close, *periods),), (talib.ULTOSC(high, low, close, *periods),)) <= tolerance
    assert tolerance < 1e-6


def test_by_hand() -> None:
    # Closes 10, 12, 9. Bar 1: low 10, high 13: pressure 2 of 3. Bar 2: low 8, high 11, close before 12: 1 of 4.
    # Over 1 bar 1/4, over 2 bars 3/7: 100 (4/4 + 2 * 3/7 + 3/7) / 7.
    got = ultosc(np.array([11.0, 13, 11]), np.array([9.0, 10, 8]), np.array([10.0, 12, 9]), 1, 2, 2)
    assert got[2] == pytest.approx(100 * (1 + 9 / 7) / 7, rel=1e-15)


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(0.001, 1e6)] * 3), min_size=2, max_size=30),
    st.data(),
)
def test_exact_fractions_agree(bars: list[tuple[float, float, float]], data: st.DataObject) -> None:
    low, close, high = (np.array(line) for line in zip(*map(sorted, bars), strict=True))
    longest = data.draw(st.integers(1, len(bars) - 1))
    medium = data.draw(st.integers(1, longest))
    periods = data.draw(st.integers(1, medium)), medium, longest
    # Pressures and ranges are single differences, so right to a rounding of their own, and none is negative: sums,
    # their quotient and what follows are relative roundings of parts of 100.
    bound = 100 * (2 * longest + 12) * U64
    check_exact(ultosc(high, low, close, *periods), exact_ultosc(high, low, close, periods), bound)
    line = ultosc(high, low, close, *periods)[longest:]
    assert ((line >= 0) & (line <= 100 + bound)).all()


def test_a_flat_market_has_no_pressure_and_closes_at_the_high_or_low_have_all_or_none() -> None:
    flat = np.full(60, 0.1)
    assert set(ultosc(flat, flat, flat, 7, 14, 28)[28:].tolist()) == {0.0}
    rising = np.arange(60.0)
    np.testing.assert_allclose(ultosc(rising, rising - 0.5, rising, 7, 14, 28)[28:], 100, rtol=1e-14)
    assert set(ultosc(-rising + 0.5, -rising, -rising, 7, 14, 28)[28:].tolist()) == {0.0}


def test_the_unit_of_the_price_does_not_matter_from_tiny_to_huge_ones() -> None:
    lines = inputs(ULTOSC, random(300))
    same = ultosc(lines[0], lines[1], lines[2], 7, 14, 28)
    for scale in (2.0**-1000, 2.0**1000):
        high, low, close = (scale * line for line in lines)
        np.testing.assert_array_equal(ultosc(high, low, close, 7, 14, 28), same)
    most = zigzag(60, float(np.finfo(np.float64).max) / (4 * 28))
    assert np.isfinite(ultosc(most, -most, most, 7, 14, 28)[28:]).all()
    with pytest.raises(IndicatorInputError, match=r"low is .* at bar 0, .* too large for float64"):
        ultosc(most, 1.01 * most, most, 7, 14, 28)


@pytest.mark.parametrize(
    ("bars", "periods", "message"),
    [
        (0, (1, 1, 1), "short 1 does not fit 0 bars: give more bars"),
        (1, (1, 1, 1), "short 1 does not fit 1 bars: give more bars"),
        (28, (7, 14, 28), "long 28 does not fit 28 bars: use 1 <= long <= 27"),
        (40, (7, 0, 28), "medium 0 does not fit 40 bars"),
        (40, (28, 14, 7), "periods 28, 14, 7: use short <= medium <= long"),
        (40, (7, 28, 14), "periods 7, 28, 14: use short <= medium <= long"),
    ],
)
def test_periods_that_do_not_fit_or_do_not_grow_are_refused(
    bars: int, periods: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        ultosc(np.ones(bars), np.ones(bars), np.ones(bars), *periods)


def test_a_stream_refuses_periods_that_do_not_grow_where_talib_sorts_them() -> None:
    with pytest.raises(IndicatorInputError, match="use short <= medium <= long"):
        Feed.start(ULTOSC, (28, 14, 7))
    high, low, close = inputs(ULTOSC, random(100))
    np.testing.assert_array_equal(talib.ULTOSC(high, low, close, 28, 14, 7), talib.ULTOSC(high, low, close, 7, 14, 28))
