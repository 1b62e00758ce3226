"""Parameters with values: what is known before there are bars."""

from typing import Any

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.data import Bars, read_bars
from dynamic_ta.indicators.model import F64
from dynamic_ta.strategies import (
    EXAMPLES,
    Strategy,
    StrategyBarsError,
    StrategyError,
    bind,
    compile_strategy,
    load_example,
    parse_strategy,
    signals,
    warm_up,
)
from dynamic_ta.strategies.bind import first_bar
from dynamic_ta.strategies.lines import Lines
from dynamic_ta.strategies.model import RULES
from dynamic_ta.strategies.parse import Scope, parse
from dynamic_ta.strategies.pointwise import decided, value_of
from dynamic_ta.strategies.text import text_of
from tests.dynamic_ta.strategies.expressions import strategies, strategy_of
from tests.dynamic_ta.strategies.markets import closes, joined, walk


def line(text: str, bars: Bars) -> F64:
    found = value_of(parse(text, "line", Scope()).node, Lines(bars, "made"))
    return np.asarray(found, np.float64)


@pytest.mark.parametrize(
    ("text", "judge"),
    [
        ("sma(rsi(14), 5)", lambda close: talib.SMA(talib.RSI(close, 14), 5)),
        ("ema(ema(10), 7)", lambda close: talib.EMA(talib.EMA(close, 10), 7)),
        ("rsi(lag(close, 3), 9)", lambda close: talib.RSI(np.concatenate(([np.nan] * 3, close[:-3])), 9)),
        ("sma(macd(5, 9, 4).signal, 3)", lambda close: talib.SMA(talib.MACD(close, 5, 9, 4)[1], 3)),
        ("highest(rsi(5), 8)", lambda close: talib.MAX(talib.RSI(close, 5), 8)),
        ("lowest(close, 8)", lambda close: talib.MIN(close, 8)),
    ],
)
def test_an_indicator_of_an_indicator_begins_and_goes_on_as_in_talib(text: str, judge: Any) -> None:
    bars = walk(200, 3)
    got, expected = line(text, bars), judge(bars.close)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


@settings(deadline=None, max_examples=25)
@given(strategies, st.integers(0, 1000))
def test_the_warm_up_is_the_first_bar_that_is_decided(strategy: Strategy, seed: int) -> None:
    bars = walk(70, seed)
    find = Lines(bars, "made")
    for node in bind(strategy).expressions.values():
        try:
            known = np.broadcast_to(decided(node, find), bars.n_bars)
        except StrategyError:
            continue
        assert np.flatnonzero(known)[0] == first_bar(node)


def test_the_warm_up_follows_the_parameters_and_the_slowest_rule() -> None:
    strategy = load_example("sma-cross")
    assert warm_up(strategy) == 99 + 1  # a cross looks one bar back
    assert warm_up(strategy, {"slow": 30}) == 30
    assert warm_up(strategy, {"slow": 3}) == 20
    assert warm_up(load_example("donchian-breakout")) == 54 + 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_bar_more_than_the_warm_up_is_enough_and_as_many_are_refused(name: str) -> None:
    strategy, bars = load_example(name), read_bars("sp500")
    signals(strategy, joined(bars, warm_up(strategy) + 1))
    short = joined(bars, warm_up(strategy))
    with pytest.raises(
        StrategyBarsError, match=f"is not decided before bar {short.n_bars}, and there are {short.n_bars}"
    ):
        signals(strategy, short)
    with pytest.raises(StrategyBarsError, match="is not decided before bar"):
        compile_strategy(strategy).table(short, [{}])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_trades_on_real_prices_and_not_before_its_warm_up(name: str) -> None:
    strategy, bars = load_example(name), read_bars("sp500")
    found = signals(strategy, bars)
    for rule, node in strategy.rules.items():
        assert getattr(found, rule).sum() > 10
        assert not getattr(found, rule)[: first_bar(bind(strategy).expressions[rule])].any()
        assert text_of(node)
    for rule in set(RULES) - set(strategy.rules):
        assert not getattr(found, rule).any()


def test_a_cross_is_a_change_of_sides_by_hand() -> None:
    bars = closes(1, 2, 3, 3, 4, 3, 2, 3, 4)
    found = signals(strategy_of(enter_long="crosses_above(close, 3)", exit_long="crosses_below(close, 3)"), bars)
    assert np.flatnonzero(found.enter_long).tolist() == [4, 8]  # from 3, which is not above, to 4
    assert np.flatnonzero(found.exit_long).tolist() == [6]  # from 3, which is not below, to 2


def test_not_says_no_as_well_before_the_rule_is_decided() -> None:
    found = signals(strategy_of(enter_long="not (close > sma(3))", size="sma(3) / 2"), closes(4, 4, 4, 4, 10))
    assert found.enter_long.tolist() == [False, False, True, True, False]
    assert found.size is not None
    assert found.size.tolist()[2:] == [2.0, 2.0, 3.0]
    assert np.isnan(found.size[:2]).all()


def test_a_rule_without_lines_is_decided_from_the_first_bar_on() -> None:
    found = signals(strategy_of(enter_long="bars > 2", stop_distance="level"), closes(1, 2, 3))
    assert found.enter_long.all()
    assert found.stop_distance is not None
    assert found.stop_distance.tolist() == [1.5] * 3


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"slwo": 3}, r"sma-cross has no parameter 'slwo': did you mean slow\?"),
        ({"slow": 2.5}, r"sma-cross: slow is 2.5: give a whole number"),
        ({"slow": float("nan")}, "sma-cross: slow is nan: give a finite number"),
        ({"slow": float("inf")}, "sma-cross: slow is inf: give a finite number"),
        ({"slow": 0}, r"rules.enter_long: period is 0 in sma\(close, 0\): use a whole number from 1 on"),
        ({"slow": 2**40}, "period is 1.09951e.12"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_by_the_oracle_and_the_table(
    parameters: dict[str, float], message: str
) -> None:
    strategy, bars = load_example("sma-cross"), walk(200)
    with pytest.raises(StrategyError, match=message):
        signals(strategy, bars, parameters)
    with pytest.raises(StrategyError, match=message):
        compile_strategy(strategy).table(bars, [{}, parameters])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("close / (level - bars / 2) > 1", r"close / \(1.5 - \(3 / 2\)\) divides by zero: choose other parameters"),
        ("sma(10 / (bars - 3)) > 1", r"10 / \(3 - 3\) divides by zero"),
        ("highest(close, 1 / (1 - bars / 3)) > 1", r"1 / \(1 - \(3 / 3\)\) divides by zero"),
    ],
)
def test_a_number_that_is_divided_by_zero_is_refused_before_there_are_bars(text: str, message: str) -> None:
    strategy = strategy_of(enter_long=text)
    with pytest.raises(StrategyError, match=message):
        bind(strategy)
    with pytest.raises(StrategyError, match=message):
        compile_strategy(strategy).table(walk(60), [{}])


def test_a_setting_that_the_indicator_refuses_names_the_rule_and_the_call() -> None:
    strategy = strategy_of(enter_long="macd(9, bars, 2).signal > 0")
    with pytest.raises(StrategyError, match=r"enter_long: macd\(close, 9, 3, 2\).*: fast 9 and slow 3 are no"):
        signals(strategy, walk(60))


def test_a_line_inside_an_indicator_that_is_divided_by_zero_names_the_rule_and_the_bar() -> None:
    strategy = strategy_of(enter_long="sma(close / (close - open), 3) > 1")
    with pytest.raises(StrategyBarsError, match=r"rules.enter_long: close - open is 0 at bar 0") as caught:
        signals(strategy, closes(1, 2, 3, 4, 5))
    assert caught.value.bar == 0


def test_a_strategy_is_what_its_file_says_whatever_order_its_tables_have() -> None:
    first = b'name = "a"\n[rules]\nexit_long = "close < 1"\nenter_long = "close > 1"\n'
    second = b'name = "a"\n[rules]\nenter_long = "close > 1"\nexit_long = "close < 1"\n'
    assert parse_strategy(first, "a").digest == parse_strategy(second, "a").digest
