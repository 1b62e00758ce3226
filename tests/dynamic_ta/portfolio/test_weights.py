"""From the rules of a strategy to sides, and from sides to weights."""

import math
import statistics
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.data import Bars
from dynamic_ta.portfolio import Calendar, TargetsError, align, exits_on, sides, sides_on, wanted_of
from dynamic_ta.portfolio.run import Plan, targets_of
from dynamic_ta.portfolio.sides import Sides
from dynamic_ta.portfolio.weights import WEIGHTINGS, WeightTerms, find_weighting
from dynamic_ta.simulation import Account, Execution
from dynamic_ta.strategies import EXAMPLES, load_example
from tests.dynamic_ta.portfolio.drawn import market_of
from tests.dynamic_ta.simulation.made import flat, ohlc, walk, when

FREE = Account(initial_cash=1000, fee_bps=0)


def side_rows(*rows: tuple[int, ...]) -> Sides:
    return np.array(rows, np.int8)


@pytest.mark.parametrize("execution", Execution)
def test_a_side_is_wanted_from_the_close_that_decides_it(execution: Execution) -> None:
    signals = when(7, enter_long=[1], exit_long=[3], enter_short=[4, 6], exit_short=[5])
    found = sides(flat(*[10] * 7), signals, replace(FREE, execution=execution))
    assert found.tolist() == [0, 1, 1, 0, -1, 0, -1]


def test_a_stop_that_a_bar_hits_ends_the_side_at_its_close() -> None:
    """Bought at 10; the bar that falls to 8 hits the stop 10 % below. The rule stays true, so it is no new decision."""
    bars = ohlc((10, 10, 10, 10), (10, 10, 10, 10), (10, 10, 8, 9), (9, 9, 9, 9))
    assert sides(bars, when(4, enter_long=range(4)), replace(FREE, stop_percent=10)).tolist() == [1, 1, 0, 0]


def test_a_stop_is_left_at_its_price_or_at_the_open_that_is_beyond_it() -> None:
    """Bought at 10 twice, so the stop is at 9: one bar falls through it, and one opens at 8.5."""
    bars = ohlc((10, 10, 10, 10), (10, 10, 8, 9.5), (10, 10, 10, 10), (10, 10, 10, 10), (8.5, 8.6, 8, 8))
    signals = when(5, enter_long=[0, 2])
    found = wanted_of(bars, signals, replace(FREE, stop_percent=10))
    np.testing.assert_array_equal(found.exits, [np.nan, 9, np.nan, np.nan, 8.5])
    assert found.sides.tolist() == [1, 0, 1, 1, 0]
    slipped = wanted_of(bars, signals, replace(FREE, stop_percent=10, slippage_bps=100))
    # Bought at 10.1, so the stop is at 9.09.
    assert slipped.exits[1] == pytest.approx(9.09, rel=1e-15)
    assert slipped.exits[4] == 8.5


def test_exits_stand_where_the_asset_has_its_bar() -> None:
    late = replace(flat(10, 10), name="late")
    late = replace(late, time=late.time + np.array([0, 2]) * np.timedelta64(1, "D"))
    market = align([flat(1, 1, 1, 1), late])
    found = exits_on(market, [np.array([np.nan, 1, np.nan, np.nan]), np.array([10, np.nan])])
    np.testing.assert_array_equal(found, [[np.nan, 10], [1, np.nan], [np.nan, np.nan], [np.nan, np.nan]])


def test_neither_costs_nor_lots_nor_margin_change_a_side() -> None:
    bars, signals = walk(200, 3), when(200, enter_long=[5, 90], exit_long=[50], enter_short=[130])
    harsh = replace(FREE, fee_bps=500, lot=1e6, leverage=0.1, size=0.05, fee_per_trade=900, maintenance=0.9)
    assert sides(bars, signals, harsh).tolist() == sides(bars, signals, FREE).tolist()
    assert np.unique(sides(bars, signals, FREE)).tolist() == [-1, 0, 1]


def test_a_side_lasts_over_times_at_which_the_asset_has_no_bar() -> None:
    late = flat(10, 10)
    late = replace(late, name="late", time=late.time + np.array([1, 2]) * np.timedelta64(1, "D"))
    market = align([flat(1, 1, 1, 1), late])
    assert market.last[:, 1].tolist() == [-1, 0, 0, 1]
    found = sides_on(market, [np.array([1, 1, -1, 0], np.int8), np.array([1, -1], np.int8)])
    assert found.tolist() == [[1, 0], [1, 1], [-1, 1], [0, -1]]


def test_equal_weights_share_one_among_the_assets_on_a_side() -> None:
    market = market_of(*[flat(1, 1, 1)] * 3)
    rows = find_weighting("equal").compute(market, side_rows((1, 0, 0), (1, -1, 0), (0, 0, 0)), WeightTerms())
    assert rows.tolist() == [[1, 0, 0], [0.5, -0.5, 0], [0, 0, 0]]


def test_fixed_weights_count_where_the_asset_is_on_a_side() -> None:
    market = market_of(*[flat(1, 1)] * 2)
    terms = WeightTerms(fixed={"a1": 0.25, "a0": 0.5})
    rows = find_weighting("fixed").compute(market, side_rows((1, -1), (0, 1)), terms)
    assert rows.tolist() == [[0.5, -0.25], [0, 0.25]]


def test_inverse_volatility_weighs_by_the_last_returns_alone() -> None:
    """Returns of +-10 % and +-30 %: the weights are as 3 to 1. A flat asset, and one without returns, have none."""
    market = market_of(flat(10, 11, 9.9, 9.9), flat(10, 13, 9.1, 9.1), flat(5, 5, 5, 5))
    rows = find_weighting("inverse-volatility").compute(market, np.ones((4, 3), np.int8), WeightTerms(lookback=2))
    assert rows[:2].tolist() == [[0, 0, 0], [0, 0, 0]]
    assert rows[2].tolist() == pytest.approx([0.75, 0.25, 0])
    deviations = [statistics.stdev([-0.1, 0]), statistics.stdev([-0.3, 0])]
    assert rows[3].tolist() == pytest.approx([1 / d / (sum(1 / x for x in deviations)) for d in deviations] + [0])


def test_weights_that_make_no_sense_are_refused() -> None:
    market, both = market_of(flat(1, 1), flat(1, 1)), np.ones((2, 2), np.int8)
    for fixed in ({}, {"a0": 1.0}, {"a0": 1.0, "a1": 1.0, "a2": 1.0}, {"a0": -1.0, "a1": 1}, {"a0": math.nan, "a1": 1}):
        with pytest.raises(TargetsError):
            find_weighting("fixed").compute(market, both, WeightTerms(fixed=fixed))
    with pytest.raises(TargetsError, match="look-back"):
        find_weighting("inverse-volatility").compute(market, both, WeightTerms(lookback=1))
    with pytest.raises(TargetsError, match="choose equal"):
        find_weighting("best")


def shocked(bars: Bars, since: int, seed: int) -> Bars:
    """Return the same bars up to ``since``, and others from there."""
    other = walk(bars.n_bars, seed + 1, 0.05)
    lines = {
        name: np.where(np.arange(bars.n_bars) < since, getattr(bars, name), getattr(other, name))
        for name in ("open", "high", "low", "close")
    }
    return replace(bars, **lines)


@settings(deadline=None, max_examples=12)
@given(
    st.integers(0, 2**31),
    st.integers(260, 299),
    st.sampled_from(EXAMPLES),
    st.sampled_from([row.name for row in WEIGHTINGS]),
    st.sampled_from(Calendar),
)
def test_another_future_leaves_every_weight_of_the_past_as_it_was(
    seed: int, since: int, example: str, weights: str, calendar: Calendar
) -> None:
    strategy = load_example(example)
    plan = Plan(weights, WeightTerms(lookback=20, fixed={"a0": 0.5, "a1": 0.7}), calendar=calendar)
    assets = [replace(walk(300, seed + 10 * n), name=f"a{n}") for n in range(2)]
    others = [shocked(bars, since, seed) for bars in assets]
    found, other = (targets_of(strategy, align(each, calendar), plan, {}) for each in (assets, others))
    np.testing.assert_array_equal(found[:since], other[:since])
    shorter = [replace(bars, **{n: getattr(bars, n)[:since] for n in LINES}) for bars in assets]
    np.testing.assert_array_equal(targets_of(strategy, align(shorter, calendar), plan, {}), found[:since])


LINES = ("time", "open", "high", "low", "close", "volume")
