"""ADX and its two indicators against Wilder's rules in exact fractions."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.adx import adx
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.exact import bars, percent, total
from tests.dynamic_ta.indicators.judges import check_exact, fractions

Line = list[Fraction]


def wilder(values: Line, period: int) -> Line:
    """Return "previous less previous / period plus today", from the sum of the first ``period - 1`` on."""
    running, sums = total(values[: period - 1]), []
    for value in values[period - 1 :]:
        running = running - running / period + value
        sums.append(running)
    return sums


def exact(high: F64, low: F64, close: F64, period: int) -> tuple[Line, Line, Line]:
    plus, minus, ranges = [], [], []
    for old, (top, bottom, _) in pairwise(zip(fractions(high), fractions(low), fractions(close), strict=True)):
        up, down = top - old[0], old[1] - bottom
        plus.append(up if up > 0 and up > down else Fraction())
        minus.append(down if down > 0 and down > up else Fraction())
        ranges.append(max(top - bottom, abs(top - old[2]), abs(bottom - old[2])))
    whole = wilder(ranges, period)
    ups = [percent(part, both) for part, both in zip(wilder(plus, period), whole, strict=True)]
    downs = [percent(part, both) for part, both in zip(wilder(minus, period), whole, strict=True)]
    apart = [(abs(up - down), up + down) for up, down in zip(ups, downs, strict=True)]
    index = [total(percent(*pair) for pair in apart[:period]) / period]
    for part, both in apart[period:]:
        index.append((index[-1] * (period - 1) + percent(part, both)) / period if both else index[-1])
    return index, ups, downs


@settings(deadline=None)
@given(bars(40), st.data())
def test_exact_fractions_agree(drawn: tuple[F64, F64, F64, F64], data: st.DataObject) -> None:
    high, low, close, _ = drawn
    if close.size < 4:
        return
    period = data.draw(st.integers(2, close.size // 2))
    for line, values in zip(adx(high, low, close, period), exact(high, low, close, period), strict=True):
        check_exact(line, values, 1e-11)


def test_a_steady_rise_is_all_up_and_a_steady_fall_all_down() -> None:
    close = np.arange(10.0, 110)
    index, up, down = adx(close + 0.5, close - 0.5, close, 14)
    # Moves of 1 over ranges of 1.5; the seeds, of 13 bars each, keep that share.
    np.testing.assert_allclose(up[14:], 100 / 1.5, rtol=1e-13)
    assert set(down[14:].tolist()) == {0.0}
    np.testing.assert_allclose(index[27:], 100, rtol=1e-13)
    fallen, up, down = adx(-close + 0.5, -close - 0.5, -close, 14)
    np.testing.assert_array_equal(fallen, index)
    assert set(up[14:].tolist()) == {0.0}


def test_without_a_range_there_is_no_direction_as_in_talib() -> None:
    flat = np.full(100, 7.3)
    found = adx(flat, flat, flat, 5)
    peers = (talib.ADX(flat, flat, flat, 5), talib.PLUS_DI(flat, flat, flat, 5), talib.MINUS_DI(flat, flat, flat, 5))
    for line, peer in zip(found, peers, strict=True):
        np.testing.assert_array_equal(line, peer)


@pytest.mark.parametrize(("count", "period"), [(0, 2), (27, 14), (30, 1)])
def test_too_few_bars_are_refused(count: int, period: int) -> None:
    with pytest.raises(IndicatorInputError, match=f"period {period} does not fit {count} bars"):
        adx(np.ones(count), np.ones(count), np.ones(count), period)
