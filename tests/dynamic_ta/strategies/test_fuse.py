"""The OpenCL text against the NumPy decisions."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, Precision
from dynamic_ta.data import Bars, read_bars
from dynamic_ta.strategies import (
    EXAMPLES,
    RULES_HEADER,
    Strategy,
    StrategyBarsError,
    StrategyError,
    bind,
    compile_strategy,
    load_example,
    signals,
)
from dynamic_ta.strategies.lines import Lines
from dynamic_ta.strategies.model import AMOUNTS, RULES
from dynamic_ta.strategies.pointwise import value_of
from dynamic_ta.strategies.tree import Comparison, Node, walk
from tests.dynamic_ta.strategies.expressions import strategies, strategy_of
from tests.dynamic_ta.strategies.markets import closes
from tests.dynamic_ta.strategies.markets import walk as random_walk
from tests.dynamic_ta.strategies.on_device import Decided, decide

_EVERY = strategy_of(
    enter_long="crosses_above(close, sma(bars)) and not (close == open or lag(volume, 2) != volume)",
    exit_long="min(close, lag(open, 1)) <= max(level, abs(-sma(rsi(4), bars) + 2.5)) or close >= highest(high, bars)",
    enter_short="crosses_below(macd(3, 6, 2).signal, 0) and level / bars < 1",
    exit_short="bars > 2",
    stop_distance="level * atr(4) - lag(lag(close, 1) - lag(open, 2), 3) / 7",
    size="min(0.123456789012345678, volume / max(lowest(volume, 6), 1)) * 3.3e-7",
)


def assert_decides(got: Decided, variant: int, strategy: Strategy, bars: Bars, parameters: Mapping[str, float]) -> None:
    expected = signals(strategy, bars, parameters)
    for n, rule in enumerate(RULES):
        np.testing.assert_array_equal(got.rules[variant, :, n], getattr(expected, rule), rule)
    for n, key in enumerate(AMOUNTS):
        amount = getattr(expected, key)
        wanted = np.full(bars.n_bars, np.nan) if amount is None else amount
        np.testing.assert_array_equal(got.amounts[variant, :, n], wanted, key)
    assert not got.divided[variant].any()


@pytest.mark.parametrize("name", EXAMPLES)
def test_in_float64_an_example_decides_on_real_prices_as_the_oracle_bit_for_bit(device: Device, name: str) -> None:
    strategy, bars = load_example(name), read_bars("sp500")
    got = decide(device, compile_strategy(strategy), bars, [{}], Precision.FLOAT64)
    assert_decides(got, 0, strategy, bars, {})


@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies, st.integers(0, 1000), st.integers(0, 2))
@example(_EVERY, 3, 0)
def test_in_float64_any_strategy_decides_as_the_oracle_bit_for_bit(
    device: Device, strategy: Strategy, seed: int, ticks: int
) -> None:
    bars, fused = random_walk(70, seed, ticks), compile_strategy(strategy)
    try:
        fused.table(bars, [{}])
    except StrategyError:  # a line cannot be computed, so no device is asked
        with pytest.raises(StrategyError):
            signals(strategy, bars)
        return
    got = decide(device, fused, bars, [{}], Precision.FLOAT64)
    if got.divided.any():
        with pytest.raises(StrategyBarsError):
            signals(strategy, bars)
    else:
        assert_decides(got, 0, strategy, bars, {})


def test_variants_share_the_lines_that_are_the_same_and_each_decides_for_itself(device: Device) -> None:
    strategy, bars = load_example("sma-cross"), random_walk(400, 4)
    variants: list[dict[str, int]] = [{}, {"fast": 5}, {"fast": 5, "slow": 20}, {"slow": 5}, {"fast": 100}]
    fused = compile_strategy(strategy)
    table = fused.table(bars, variants)
    assert sorted(table.names) == [f"sma(close, {bars})" for bars in (100, 20, 5)]
    assert [[table.names[row] for row in rows] for rows in table.rows.tolist()] == [
        [f"sma(close, {each.get('fast', 20)})", f"sma(close, {each.get('slow', 100)})"] for each in variants
    ]
    assert table.params.tolist() == [[each.get("fast", 20), each.get("slow", 100)] for each in variants]
    got = decide(device, fused, bars, variants, Precision.FLOAT64)
    for n, variant in enumerate(variants):
        assert_decides(got, n, strategy, bars, variant)


def near(node: Node, strategy: Strategy, bars: Bars, bar: int) -> float:
    """Return how near the nearest comparison of a rule is to a tie at ``bar``, relative to what it compares."""
    find = Lines(bars, strategy.name)
    gaps = []
    for part in walk(node):
        if isinstance(part, Comparison):
            left, right = (np.broadcast_to(value_of(side, find), bars.n_bars)[bar] for side in (part.left, part.right))
            gaps.append(abs(left - right) / max(abs(left), abs(right)))
    return float(min(gaps))


@pytest.mark.parametrize("name", EXAMPLES)
def test_float32_decides_otherwise_only_where_a_comparison_nearly_ties(device: Device, name: str) -> None:
    strategy, bars = load_example(name), read_bars("sp500")
    got = decide(device, compile_strategy(strategy), bars, [{}], Precision.FLOAT32)
    expected = signals(strategy, bars)
    for n, rule in enumerate(RULES):
        for bar in np.flatnonzero(got.rules[0, :, n] != getattr(expected, rule)).tolist():
            assert near(bind(strategy).expressions[rule], strategy, bars, bar) < 1e-4, f"{rule} at bar {bar}"


def test_the_first_bar_at_which_float32_decides_otherwise_is_the_one_that_it_cannot_tell_apart(device: Device) -> None:
    strategy = strategy_of(enter_long="close > lag(close, 1)")
    bars = closes(1, 2, 1, 3, 3 + 2**-30, 3 + 2**-29, 4)
    wide = decide(device, compile_strategy(strategy), bars, [{}], Precision.FLOAT64)
    single = decide(device, compile_strategy(strategy), bars, [{}], Precision.FLOAT32)
    assert wide.rules[0, :, 0].tolist() == [False, True, False, True, True, True, True]
    assert int(np.flatnonzero(wide.rules[0, :, 0] != single.rules[0, :, 0])[0]) == 4


@pytest.mark.parametrize("precision", list(Precision))
def test_a_zero_denominator_is_told_by_the_device_at_its_bar_and_only_once_the_rule_is_decided(
    device: Device, precision: Precision
) -> None:
    strategy = strategy_of(enter_long="volume / (close - open) > sma(3)", exit_long="lag(1 / (close - 6), 1) > 0")
    opened = closes(5, 5, 5, 5, 5, 5)
    bars = closes(5, 5, 6, 7, 5, 5)
    market = Bars("made", "", bars.time, opened.open, bars.high, bars.low, bars.close, bars.volume)
    got = decide(device, compile_strategy(strategy), market, [{}], precision)
    # close is 6 at bar 2, which the exit reads at bar 3; close and open are equal at bars 4 and 5, and in the warm-up.
    assert got.divided[0].tolist() == [False, False, False, True, True, True]
    with pytest.raises(StrategyBarsError, match=r"rules.enter_long: close - open is 0 at bar 4") as caught:
        signals(strategy, market)
    assert caught.value.bar == 4


def test_the_header_that_is_checked_in_is_the_text_of_an_example() -> None:
    text = (Path("kernels") / RULES_HEADER).read_text(encoding="utf-8")
    assert text.endswith(compile_strategy(load_example("sma-cross")).source)
