"""The language: what a text means, and what is said of one that means nothing."""

import pytest
from hypothesis import given, settings

from dynamic_ta import INDICATORS
from dynamic_ta.data.model import NUMBERS
from dynamic_ta.strategies import ExpressionError
from dynamic_ta.strategies.parse import FUNCTIONS, Scope, parse
from dynamic_ta.strategies.text import text_of
from dynamic_ta.strategies.tree import Kind, Node, Number, Output, Parameter, Price, kind_of, reads
from tests.dynamic_ta.strategies.expressions import SCOPE, texts

_SCOPE = Scope(("fast", "slow"), {"calm": Output("sma", "sma", (Price("close"),), (Parameter("slow"),))})


def written(text: str) -> str:
    return text_of(parse(text, "rules.enter_long", _SCOPE).node)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("close", "close"),
        ("1 + 2 * close", "1 + (2 * close)"),
        ("close - open - low", "(close - open) - low"),
        ("close / 2 / low", "(close / 2) / low"),
        ("-close * 2", "(-close) * 2"),
        ("- (close + 1)", "-(close + 1)"),
        ("sma(20)", "sma(close, 20)"),
        ("sma(close, 20)", "sma(close, 20)"),
        ("sma(rsi(14), 5)", "sma(rsi(close, 14), 5)"),
        ("sma(high - low, fast)", "sma(high - low, fast)"),
        ("atr(14)", "atr(14)"),
        ("macd(12, 26, 9).signal", "macd(close, 12, 26, 9).signal"),
        ("macd(12, 26, 9)", "macd(close, 12, 26, 9)"),
        ("macd(12, 26, 9).macd", "macd(close, 12, 26, 9)"),
        ("bollinger(fast * 2, 2.5).upper", "bollinger(close, fast * 2, 2.5).upper"),
        ("calm", "sma(close, slow)"),
        ("lag(calm, 3)", "lag(sma(close, slow), 3)"),
        ("highest(high, fast)", "highest(high, fast)"),
        ("min(close, 3) + max(open, low)", "min(close, 3) + max(open, low)"),
        ("abs(close - open)", "abs(close - open)"),
        ("close > 1 and open > 1 and low > 1", "((close > 1) and (open > 1)) and (low > 1)"),
        ("close > 1 or open > 1 and low > 1", "(close > 1) or ((open > 1) and (low > 1))"),
        ("not close > 1", "not (close > 1)"),
        ("crosses_above(close, calm)", "crosses_above(close, sma(close, slow))"),
        ("close > open and lag(close, 1) <= lag(open, 1)", "crosses_above(close, open)"),
        ("close > open and lag(close, 1) < lag(open, 1)", "(close > open) and (lag(close, 1) < lag(open, 1))"),
        ("not crosses_below(close, 3) and 1 < 2", "(not crosses_below(close, 3)) and (1 < 2)"),
        ("crosses_below(3, close) or close > 4", "crosses_below(3, close) or (close > 4)"),
        ("crosses_below(close, 30)", "crosses_below(close, 30)"),
        ("\n  close\n    > open\n", "close > open"),
    ],
)
def test_a_text_means_what_is_written(text: str, meaning: str) -> None:
    assert written(text) == meaning


@settings(deadline=None, max_examples=40)
@given(texts)
def test_the_text_of_a_tree_parses_to_the_tree(found: dict[str, str]) -> None:
    for key, text in found.items():
        node = parse(text, key, SCOPE).node
        assert parse(text_of(node), key, SCOPE).node == node


def test_lags_add_up_and_reach_every_line_below_them() -> None:
    node = parse("lag(close + lag(open, 2), 3) > sma(5)", "", Scope()).node
    sma = Output("sma", "sma", (Price("close"),), (Number(5.0),))
    assert reads(node) == ((Price("close"), 3), (Price("open"), 5), (sma, 0))


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("close >", 8, "cannot be read", "correct it there"),
        ("1and 2", 1, "cannot be read (invalid decimal literal)", ""),
        ("close open", 7, "cannot be read", ""),
        ("(close > 1", 1, "'(' was never closed", ""),
        ("", 1, "is empty", "write an expression"),
        ("close > opne", 9, "nothing is called 'opne'", "did you mean open?"),
        ("close > qqq", 9, "nothing is called 'qqq'", "use one of calm, close, fast, high"),
        ("smaa(20) > 1", 1, "no indicator or function is called 'smaa'", "did you mean sma?"),
        ("sma > 1", 1, "sma needs its arguments", "write sma(…)"),
        ("sma() > 1", 1, "sma is given 0 settings", "give period"),
        ("macd(12, 26).signal > 1", 1, "macd is given 2 settings", "give fast, slow, signal"),
        ("macd(12, 26, 9).sgnal > 1", 1, "macd has no line 'sgnal'", "macd(…).macd or macd(…).signal"),
        ("bollinger(20, 2) > 1", 1, "bollinger has 3 lines", "write bollinger(…).upper or"),
        ("sma(20).upper > 1", 1, "sma has no line 'upper'", "write sma(…).sma"),
        ("atr(close, 14) > 1", 5, "atr reads high, low, close and takes no line", "give only period"),
        ("sma(close, open) > 1", 12, "expected a number, found a line: open", "a number or a parameter"),
        ("sma(close > 1, 3) > 1", 1, "sma is given 2 settings", "give period"),
        ("close and open", 1, "expected a condition, found a line: close", "such as close > open"),
        ("close > 1 and 2", 15, "expected a condition, found a number: 2", ""),
        ("(close > 1) + 2 > 1", 2, "expected a line or a number, found a condition: close > 1", ""),
        ("(close > 1) > 2", 2, "expected a line or a number, found a condition", ""),
        ("not close", 5, "expected a condition, found a line", ""),
        ("close", 1, "expected a condition, found a line: close", ""),
        ("1 < close < 2", 1, "compares more than two things", "join two comparisons with 'and'"),
        ("close is open", 1, "compares in an unknown way", "use one of < <= > >= == !="),
        ("lag(close, -1) > 1", 12, "lag goes back by a fixed number of bars", "a whole number from 0 on"),
        ("lag(close, fast) > 1", 12, "lag goes back by a fixed number of bars", ""),
        ("lag(close, 1.5) > 1", 12, "lag goes back by a fixed number of bars", ""),
        ("lag(close) > 1", 1, "lag is given 1 arguments", "write lag(line, bars)"),
        ("lag(2, 1) > 1", 5, "expected a line, found a number: 2", "give a price"),
        ("highest(close, low) > 1", 16, "expected a number, found a line: low", ""),
        ("crosses_above(1, fast)", 1, "crosses_above of two numbers never happens", "give it a line"),
        ("close / 0 > 1", 9, "divides by zero", ""),
        ("close ** 2 > 1", 1, "'close ** 2' is not of the language", "+ - * /"),
        ("close if open > 1 else low", 1, "is not of the language", ""),
        ("(lambda: close)() > 1", 1, "calls no name", ""),
        ("close.real > 1", 1, "'close.real' is not of the language", ""),
        ("[close] > 1", 1, "'[close]' is not of the language", ""),
        ("close > 'a'", 9, "'a' is no number", ""),
        ("close > True", 9, "True is no number", ""),
        ("close > 1e300", 9, "1e+300 is too large or too small for float32", "use another unit"),
        ("close > 1e-300", 9, "is too large or too small", ""),
        ("sma(period=20) > 1", 1, "sma takes no names of arguments", ""),
        ("sma(*close) > 1", 5, "'*' stands for no arguments", ""),
        ("close > 1 # up", 11, "'#' is not of the language", "write comments as TOML's"),
        ("close > é", 9, "'é' is not of the language", "use plain ASCII"),
        ("close > " + "-" * 1500 + "1", 8 + 61, "is nested too deeply", "name parts of it as lines"),
        ("(" * 150 + "close" + ")" * 150 + " > 1 +" + " 1 +" * 600 + " 1", 2000, "is longer than", ""),
        ("   close > opne", 12, "nothing is called 'opne'", ""),
        ("close >\n  opne", 11, "nothing is called 'opne'", ""),
    ],
)
def test_a_text_without_meaning_is_refused_with_its_column_and_what_would_do(
    text: str, column: int, message: str, hint: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, "mine.toml: rules.enter_long", _SCOPE, (Kind.CONDITION,))
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.message.startswith(f"mine.toml: rules.enter_long, column {caught.value.column}: ")
    assert caught.value.column == column


def test_lines_of_lines_of_lines_do_not_grow_without_end() -> None:
    def doubled(n: int) -> Node:
        inner = parse("close + open", "", Scope()).node if n == 0 else doubled(n - 1)
        return parse("a + a", f"line {n}", Scope((), {"a": inner})).node

    with pytest.raises(ExpressionError, match="line 8, column 1: is too large, with its lines put in"):
        doubled(40)  # 3 parts, 7, 15, … 2**(n + 3) - 1: the limit is 2000


def test_no_name_means_two_things() -> None:
    names = [*FUNCTIONS, *(row.name for row in INDICATORS)]
    assert len(set(names)) == len(names)
    assert not set(names) & set(NUMBERS)


_TYPED = ("1", "fast * 2", "close", "fast * close", "1 > 2")


def test_what_a_text_gives_has_a_type() -> None:
    kinds = {
        text: kind_of(parse(text, "", _SCOPE).node) for text in ("1", "fast * 2", "close", "fast * close", "1 > 2")
    }
    assert list(kinds.values()) == [Kind.NUMBER, Kind.NUMBER, Kind.LINE, Kind.LINE, Kind.CONDITION]
