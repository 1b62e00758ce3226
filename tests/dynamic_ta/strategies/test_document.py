"""The file of a strategy: what it becomes, what its digest covers, and what it is refused for."""

import pytest

from dynamic_base import ExitCode
from dynamic_ta.simulation import Account, Execution, Sizing
from dynamic_ta.strategies import EXAMPLES, StrategyError, UnknownStrategyError, load_example, parse_strategy
from dynamic_ta.strategies.model import Setting
from dynamic_ta.strategies.text import text_of

_WHOLE = """
name = "mine"
title = "What it is"

[parameters]
fast = 5
slow = { default = 20, least = 10, most = 50, step = 5 }
level = 1.5

[lines]
quick = "sma(fast)"
gap = "quick - sma(slow)"

[rules]
enter_long = "gap > level"
exit_long = "gap < 0"

[position]
stop_distance = "2 * atr(14)"

[account]
execution = "close"
sizing = "risk"
size = 0.01
fee_bps = 3
time_exit_bars = 20
"""


def read(text: str) -> str:
    return parse_strategy(text.encode(), "mine.toml").digest


def changed(old: str, new: str) -> str:
    assert old in _WHOLE
    return _WHOLE.replace(old, new)


def test_a_file_becomes_its_settings_rules_and_account() -> None:
    strategy = parse_strategy(_WHOLE.encode(), "mine.toml")
    assert (strategy.name, strategy.title) == ("mine", "What it is")
    assert strategy.settings == (Setting("fast", 5), Setting("slow", 20, 10, 50, 5), Setting("level", 1.5))
    assert {key: text_of(node) for key, node in strategy.expressions.items()} == {
        "enter_long": "(sma(close, fast) - sma(close, slow)) > level",
        "exit_long": "(sma(close, fast) - sma(close, slow)) < 0",
        "stop_distance": "2 * atr(14)",
    }
    assert strategy.account == Account(
        execution=Execution.CLOSE, sizing=Sizing.RISK, size=0.01, fee_bps=3.0, time_exit_bars=20
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n[rules]", "\n# why\n[rules]"),
        ('"gap > level"', '"  (gap)>level "'),
        ("gap", "difference"),
        ('title = "What it is"', 'title = "Another"'),
        ('"sma(fast)"', '"sma(close, fast)"'),
        ("fee_bps = 3", "fee_bps = 3.0\nleverage = 1"),
        ("fast = 5", "fast = { default = 5 }"),
    ],
)
def test_comments_spacing_and_the_names_of_lines_are_not_in_the_digest(old: str, new: str) -> None:
    assert read(changed(old, new)) == read(_WHOLE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("gap > level", "gap >= level"),
        ("fast = 5", "fast = 6"),
        ("fast = 5", "fast = { default = 5, least = 5, most = 6 }"),
        ("size = 0.01", "size = 0.02"),
        ("2 * atr", "3 * atr"),
        ('name = "mine"', 'name = "yours"'),
    ],
)
def test_what_it_does_and_what_it_may_vary_are_in_the_digest(old: str, new: str) -> None:
    assert read(changed(old, new)) != read(_WHOLE)


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("[rules]", "[rules", "mine.toml is not TOML", "correct the file"),
        ("[rules]", "[rulse]", "rulse is no key of a strategy", "did you mean rules?"),
        ("enter_long", "entr_long", "rules.entr_long is no key of a strategy", "did you mean enter_long?"),
        ("stop_distance", "stop_dist", "position.stop_dist is no key", "did you mean stop_distance?"),
        ("fee_bps", "fees_bps", "account.fees_bps is no key", "did you mean fee_bps?"),
        ("least = 10", "lest = 10", "parameters.slow.lest is no key", "did you mean least?"),
        ('"mine"', '"My strategy"', "name is 'My strategy'", "such as sma-cross"),
        ('name = "mine"', "", "name is ''", ""),
        ('"gap > level"', "3", "rules.enter_long is 3, no text", "write it in quotes"),
        ('title = "What it is"', "other = 3", "other is no key of a strategy", "use one of account"),
        ('"gap > level"', '"gap > levle"', "rules.enter_long, column 7: nothing is called 'levle'", "level"),
        ('"gap > level"', '"gap"', "column 1: expected a condition, found a line", ""),
        ('"2 * atr(14)"', '"close > 2"', "position.stop_distance, column 1: expected a line or a number", ""),
        ('"sma(fast)"', '"close > fast"', "lines.quick, column 1: expected a line or a number", ""),
        ('"sma(fast)"', '"gap + 1"', "lines.quick, column 1: nothing is called 'gap'", ""),
        ('enter_long = "gap > level"', "", "rules never enter", "give enter_long or enter_short"),
        ('exit_long = "gap < 0"', 'exit_short = "gap < 0"', "rules.exit_short leaves what is never", "add enter_short"),
        ("level = 1.5", "level = 1.5\nunused = 3", "parameters.unused is never used", "use it in a rule"),
        ('quick = "sma', 'idle = "close"\nquick = "sma', "lines.idle is never used", "use it in a rule"),
        ("level = 1.5", "level = 1.5\nsma = 3", "parameters.sma is never used", ""),
        ("level = 1.5", "close = 1.5", "parameters.close is a price or a word", ""),
        ("level = 1.5", "Level = 1.5", "parameters.Level is no name", ""),
        ("quick =", "fast =", "lines.fast has the name of a parameter", "choose another"),
        ("level = 1.5", "level = true", "parameters.level.default is True, no number", ""),
        ("level = 1.5", "level = nan", "parameters.level.default is nan", ""),
        ("level = 1.5", "level = 1e300", "parameters.level.default is 1e+300", ""),
        ("level = 1.5", "level = -inf", "parameters.level.default is -inf", ""),
        ("level = 1.5", "level = 1" + 400 * "0", "parameters.level.default is 10000000000000000000", "up to 2**53"),
        ("level = 1.5", "level = 1" + 5000 * "0", "mine.toml is not TOML", ""),
        ("level = 1.5", "level = " + 5000 * "[", "mine.toml is not TOML", ""),
        ("default = 20, ", "", "parameters.slow has no default", "write default"),
        ("default = 20", "default = 5", "parameters.slow has its default outside of its range", ""),
        ("most = 50, ", "", "parameters.slow has half a range", "give both"),
        ("step = 5", "step = 0", "parameters.slow.step is 0", "above zero"),
        ("most = 50", "most = 50.5", "parameters.slow has a whole default and a range that is not", ""),
        ("fast = 5", "fast = 0", "rules.enter_long: period is 0 in sma(close, 0)", "a whole number from 1 on"),
        ("fast = 5", "fast = 5.5", "period is 5.5 in sma(close, 5.5)", "a whole number from 1 on"),
        ('"close"\n', '"market"\n', "account.execution is 'market'", "use one of close, next_open"),
        ("fee_bps = 3", 'fee_bps = "3"', "account.fee_bps is '3', no number", ""),
        ("fee_bps = 3", "fee_bps = -3", "account: fee_bps of -3.0", "0 <= bps < 10000"),
        ("time_exit_bars = 20", "time_exit_bars = 2.5", "account.time_exit_bars is 2.5", "a whole number of bars"),
        ("time_exit_bars = 20", "slippage_bps = 50\nstop_percent = 0.1", "lies within the slippage", "widen the stop"),
        ('stop_distance = "2 * atr(14)"', "", "account.sizing is by risk, and there is no stop", "stop_percent"),
        ('stop_distance = "2', 'size = "0.5"\nstop_distance = "2', "account.size contradicts position.size", "remove"),
    ],
)
def test_a_file_that_makes_no_strategy_is_refused_with_the_key_and_what_would_do(
    old: str, new: str, message: str, hint: str
) -> None:
    with pytest.raises(StrategyError) as caught:
        parse_strategy(changed(old, new).encode(), "mine.toml")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.message.startswith("mine.toml") or "mine: rules" in caught.value.message


def test_a_table_that_is_none_is_refused() -> None:
    with pytest.raises(StrategyError, match=r"mine.toml: rules is no table: write \[rules\]"):
        parse_strategy(b'name = "mine"\nrules = 3\n', "mine.toml")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(StrategyError, match="is not TOML"):
        parse_strategy(b"\xff\xfe", "mine.toml")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_called_like_its_file(name: str) -> None:
    assert load_example(name).name == name
    assert load_example(name).title


def test_an_example_that_is_not_there_is_a_usage_error_with_the_nearest() -> None:
    with pytest.raises(
        UnknownStrategyError, match=r"no example is called 'smacross': did you mean sma-cross\?"
    ) as caught:
        load_example("smacross")
    assert caught.value.exit_code is ExitCode.USAGE
