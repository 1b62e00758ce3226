"""Many instruments on one calendar."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.data import Bars
from dynamic_ta.portfolio import Calendar, MarketError, align
from dynamic_ta.simulation import UnsupportedSeriesError
from tests.dynamic_ta.simulation.made import flat, walk

FIRST = np.datetime64("2024-01-01", "us")


def on(name: str, days: list[int], prices: list[float]) -> Bars:
    time = FIRST + np.array(days) * np.timedelta64(1, "D")
    return replace(flat(*prices), name=name, time=time)


def test_a_union_has_every_time_and_keeps_the_last_close_where_there_is_no_bar() -> None:
    market = align([on("a", [0, 2, 3], [10, 12, 13]), on("b", [1, 3], [21, 23])])
    nan = np.nan
    assert [int(day) for day in (market.time - FIRST) // np.timedelta64(1, "D")] == [0, 1, 2, 3]
    np.testing.assert_array_equal(market.close, [[10, nan], [10, 21], [12, 21], [13, 23]])
    np.testing.assert_array_equal(market.open, [[10, nan], [nan, 21], [12, nan], [13, 23]])
    np.testing.assert_array_equal(market.there, [[1, 0], [0, 1], [1, 0], [1, 1]])
    assert market.last.tolist() == [[0, -1], [0, 0], [1, 0], [2, 1]]


def test_an_intersection_has_the_times_that_all_have() -> None:
    market = align([on("a", [0, 2, 3], [10, 12, 13]), on("b", [0, 1, 3], [20, 21, 23])], Calendar.INTERSECTION)
    assert market.close.tolist() == [[10, 20], [13, 23]]
    assert market.there.all()
    assert market.last.tolist() == [[0, 0], [2, 2]]


def test_the_arrays_are_read_only() -> None:
    market = align([on("a", [0], [1])])
    for array in (market.there, market.open, market.close, market.last):
        assert not array.flags.writeable


def test_what_cannot_be_aligned_is_refused() -> None:
    with pytest.raises(MarketError, match="0 assets"):
        align([])
    with pytest.raises(MarketError, match="two assets are called a"):
        align([on("a", [0], [1]), on("a", [1], [1])])
    with pytest.raises(MarketError, match="no time is common"):
        align([on("a", [0], [1]), on("b", [1], [1])], Calendar.INTERSECTION)
    with pytest.raises(UnsupportedSeriesError):
        align([on("a", [0], [1e-200])])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from(Calendar), st.integers(1, 40))
def test_what_comes_later_leaves_the_past_as_it_was(seed: int, calendar: Calendar, count: int) -> None:
    random = np.random.default_rng(seed)
    whole = walk(40, seed)
    keep = [np.unique(np.append(random.integers(0, 40, 30), [0, 39])) for _ in range(3)]
    assets = [_rows(whole, f"a{n}", rows) for n, rows in enumerate(keep)]
    part = [_rows(whole, f"a{n}", rows[rows < count]) for n, rows in enumerate(keep)]
    market, before = align(assets, calendar), align(part, calendar)
    rows = before.n_bars
    for name in ("time", "there", "open", "close", "last"):
        np.testing.assert_array_equal(getattr(market, name)[:rows], getattr(before, name))


def _rows(bars: Bars, name: str, rows: np.typing.NDArray[np.int64]) -> Bars:
    lines = {line: getattr(bars, line)[rows] for line in ("time", "open", "high", "low", "close", "volume")}
    return Bars(name, "", **lines)
