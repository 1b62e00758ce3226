"""Strategies as data: a file of rules over indicators, decided in NumPy and in OpenCL from one tree."""

from dynamic_ta.strategies.bind import bind, warm_up
from dynamic_ta.strategies.decide import signals
from dynamic_ta.strategies.document import parse_strategy, read_strategy, with_account
from dynamic_ta.strategies.errors import ExpressionError, StrategyBarsError, StrategyError, UnknownStrategyError
from dynamic_ta.strategies.examples import EXAMPLES, find_strategy, load_example
from dynamic_ta.strategies.fuse import RULES_HEADER, Fused, compile_strategy
from dynamic_ta.strategies.model import Setting, Strategy
from dynamic_ta.strategies.ranges import RangeLines, RangeRules, RangeTable, range_rules, signals_after
from dynamic_ta.strategies.table import Choice, Table, choose, longest_warm_up

__all__ = [
    "EXAMPLES",
    "RULES_HEADER",
    "Choice",
    "ExpressionError",
    "Fused",
    "RangeLines",
    "RangeRules",
    "RangeTable",
    "Setting",
    "Strategy",
    "StrategyBarsError",
    "StrategyError",
    "Table",
    "UnknownStrategyError",
    "bind",
    "choose",
    "compile_strategy",
    "find_strategy",
    "load_example",
    "longest_warm_up",
    "parse_strategy",
    "range_rules",
    "read_strategy",
    "signals",
    "signals_after",
    "warm_up",
    "with_account",
]
