"""The decisions: against a slow twin, blind to the future, and what they are refused for."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dynamic_ta.data import Bars
from dynamic_ta.simulation import Signals
from dynamic_ta.strategies import Strategy, StrategyBarsError, StrategyError, bind, signals
from dynamic_ta.strategies.lines import Lines
from dynamic_ta.strategies.model import AMOUNTS, RULES
from dynamic_ta.strategies.parse import Scope, parse
from dynamic_ta.strategies.tree import Node, Output
from tests.dynamic_ta.strategies.expressions import INDICATOR_CALLS, strategies, strategy_of
from tests.dynamic_ta.strategies.markets import joined, walk
from tests.dynamic_ta.strategies.twin import Twin


def tried(strategy: Strategy, bars: Bars) -> Signals | None:
    """Return the decisions; None where they divide by zero, or leave what an indicator takes."""
    try:
        return signals(strategy, bars)
    except StrategyError:
        return None


def assert_same_until(end: int, got: Signals, expected: Signals) -> None:
    for name in RULES:
        np.testing.assert_array_equal(getattr(got, name)[:end], getattr(expected, name)[:end])
    for name in AMOUNTS:
        np.testing.assert_array_equal(getattr(got, name)[:end], getattr(expected, name)[:end])


@settings(deadline=None, max_examples=20)
@given(strategies, st.integers(0, 1000), st.integers(1, 89))
def test_another_future_changes_no_decision_of_the_past(strategy: Strategy, seed: int, now: int) -> None:
    bars = walk(90, seed)
    here = tried(strategy, bars)
    for future in (walk(90, seed + 1), walk(90, seed + 2, ticks=0)):
        there = tried(strategy, joined(bars, now, future))
        if here is not None and there is not None:
            assert_same_until(now, there, here)


@settings(deadline=None, max_examples=15)
@given(strategies, st.integers(0, 1000), st.integers(60, 89))
def test_bars_that_are_not_there_yet_change_no_decision(strategy: Strategy, seed: int, now: int) -> None:
    bars = walk(90, seed)
    here = tried(strategy, bars)
    short = tried(strategy, joined(bars, now))
    assume(here is not None and short is not None)
    if here is not None and short is not None:
        assert_same_until(now, short, here)


@pytest.mark.parametrize("call", INDICATOR_CALLS)
def test_no_indicator_sees_the_future(call: str) -> None:
    """To the last bit, since a rule compares bits: a value that moves in its last digit moves decisions."""
    bars = walk(300, 5)
    later = joined(bars, 200, walk(300, 6))
    read = parse(call, "line", Scope()).node
    assert isinstance(read, Output)
    np.testing.assert_array_equal(Lines(later, "made")(read)[:200], Lines(bars, "made")(read)[:200])


@settings(deadline=None, max_examples=20)
@given(strategies, st.integers(0, 1000), st.integers(0, 2))
def test_a_bar_by_bar_twin_decides_the_same(strategy: Strategy, seed: int, ticks: int) -> None:
    bars = walk(50, seed, ticks)
    twin = Twin(bars)
    found = tried(strategy, bars)
    if found is None:
        return
    for key, node in bind(strategy).expressions.items():
        wanted = [twin.at(node, t) for t in range(bars.n_bars)]
        if key in RULES:
            assert getattr(found, key).tolist() == [value is True for value in wanted]
        else:
            amounts = np.array([np.nan if value is None else value for value in wanted], np.float64)
            np.testing.assert_array_equal(getattr(found, key), amounts)


_DIVISIONS = (
    "not (volume / (close - open) > sma(5))",
    "close > 0 and 1 / (high - low) > 2",
    "lag(volume / (close - lag(close, 1)), 2) > sma(3)",
    "sma(3) > lag(1 / lag(sma(2) - close, 1), 3)",
)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.sampled_from(_DIVISIONS))
def test_it_is_refused_where_the_twin_first_divides_by_zero(seed: int, text: str) -> None:
    strategy = strategy_of(enter_long=text)
    bars = walk(40, seed, 0)
    twin = Twin(bars)
    (node,) = bind(strategy).expressions.values()
    first = next((t for t in range(bars.n_bars) if divides(twin, node, t)), None)
    if first is None:
        signals(strategy, bars)
        return
    with pytest.raises(StrategyBarsError, match=f"is 0 at bar {first}, and something is divided by it") as caught:
        signals(strategy, bars)
    assert caught.value.bar == first


def divides(twin: Twin, node: Node, t: int) -> bool:
    try:
        twin.at(node, t)
    except ZeroDivisionError:
        return True
    return False
