"""From the text of an expression to its tree. Python's own parser reads it; nothing is ever evaluated."""

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dynamic_ta.data.model import NUMBERS
from dynamic_ta.indicators import INDICATORS
from dynamic_ta.indicators.model import Indicator
from dynamic_ta.strategies.errors import ExpressionError, nearest
from dynamic_ta.strategies.syntax import read_syntax
from dynamic_ta.strategies.text import text_of
from dynamic_ta.strategies.tree import (
    Binary,
    Comparison,
    Extreme,
    Kind,
    Lagged,
    Logic,
    Node,
    Not,
    Number,
    Output,
    Parameter,
    Price,
    Unary,
    crossed,
    is_too_large,
    kind_of,
)

FUNCTIONS = ("abs", "crosses_above", "crosses_below", "highest", "lag", "lowest", "max", "min")

_MOST_LEVELS = 60
_MOST_LAG = 1_000_000
# What float32 holds with all its digits: the same text is compiled for both precisions.
_LEAST_NUMBER, _MOST_NUMBER = 2.0**-126, 2.0**127

_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_ARTICLES = {Kind.NUMBER: "a number", Kind.LINE: "a line", Kind.CONDITION: "a condition"}
_EXAMPLES = {
    Kind.NUMBER: "a number or a parameter",
    Kind.LINE: "a price, an indicator or a named line",
    Kind.CONDITION: "a comparison, such as close > open",
}
_VALUES = (Kind.LINE, Kind.NUMBER)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may name beside the prices.

    Parameters
    ----------
    lines : the named lines, each as its tree
    """

    parameters: Collection[str] = ()
    lines: Mapping[str, Node] | None = None

    def find(self, name: str) -> Node | None:
        """Return what ``name`` stands for, or None."""
        if name in self.parameters:
            return Parameter(name)
        return Price(name) if name in NUMBERS else (self.lines or {}).get(name)

    @property
    def names(self) -> tuple[str, ...]:
        return (*NUMBERS, *self.parameters, *(self.lines or {}))


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree, and the names that its text mentions."""

    node: Node
    names: frozenset[str]


def parse(text: str, where: str, scope: Scope, wanted: Sequence[Kind] = tuple(Kind)) -> Parsed:
    """Return the tree of ``text``.

    Parameters
    ----------
    where : the file and the key, for the messages
    wanted : the types that the place takes

    Raises
    ------
    ExpressionError : not of the language, an unknown name, or another type than is wanted; with the column
    """
    source, start = read_syntax(text, where)
    reader = _Reader(where, scope, start)
    node = reader.typed(source, wanted, 0)
    if is_too_large(node):
        raise ExpressionError(where, 1, "is too large, with its lines put in", "split it, or say less")
    called = {id(call.func) for call in ast.walk(source) if isinstance(call, ast.Call)}
    names = (found for found in ast.walk(source) if isinstance(found, ast.Name) and id(found) not in called)
    return Parsed(node, frozenset(found.id for found in names))


@dataclass(frozen=True, slots=True)
class _Reader:
    where: str
    scope: Scope
    start: int

    def at(self, source: ast.expr, message: str, hint: str) -> ExpressionError:
        return ExpressionError(self.where, self.start + source.col_offset + 1, message, hint)

    def typed(self, source: ast.expr, wanted: Sequence[Kind], level: int) -> Node:
        """Return the tree of ``source``, whose type is one of ``wanted``."""
        node = self.node(source, level)
        self.require(source, node, wanted)
        return node

    def require(self, source: ast.expr, node: Node, wanted: Sequence[Kind]) -> None:
        kind = kind_of(node)
        if kind not in wanted:
            expected = " or ".join(_ARTICLES[each] for each in wanted)
            message = f"expected {expected}, found {_ARTICLES[kind]}: {_shown(node)}"
            raise self.at(source, message, f"give {_EXAMPLES[wanted[0]]}")

    def node(self, source: ast.expr, level: int) -> Node:
        if level > _MOST_LEVELS:
            raise self.at(source, "is nested too deeply", "name parts of it as lines")
        match source:
            case ast.Constant(value):
                return self.number(source, value)
            case ast.Name(name):
                return self.named(source, name)
            case ast.UnaryOp(ast.Not() | ast.USub() as operator, operand):
                return self.unary(operator, operand, level)
            case ast.BinOp(left, operator, right) if type(operator) in _ARITHMETIC:
                return self.arithmetic(_ARITHMETIC[type(operator)], left, right, level)
            case ast.Compare(left, operators, rights):
                return self.comparison(source, left, operators, rights, level)
            case ast.BoolOp(operator, values):
                return self.logic("and" if isinstance(operator, ast.And) else "or", values, level)
            case ast.Call(ast.Name(name)) if name in FUNCTIONS:
                return self.function(source, name, level)
            case ast.Call() | ast.Attribute(ast.Call()):
                return self.indicator(source, level)
        raise self.at(
            source,
            f"{ast.unparse(source)[:40]!r} is not of the language",
            "it has numbers, names, calls, + - * /, comparisons, and, or, not",
        )

    def number(self, source: ast.expr, value: object) -> Number:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.at(source, f"{value!r} is no number", "write a number like 14 or 2.5")
        if value and not _LEAST_NUMBER <= value <= _MOST_NUMBER:
            raise self.at(
                source, f"{ast.unparse(source)[:20]} is too large or too small for float32", "use another unit"
            )
        return Number(float(value))

    def named(self, source: ast.expr, name: str) -> Node:
        found = self.scope.find(name)
        if found is not None:
            return found
        if name in FUNCTIONS or _row(name):
            raise self.at(source, f"{name} needs its arguments", f"write {name}(…)")
        raise self.at(source, f"nothing is called {name!r}", nearest(name, self.scope.names))

    def unary(self, operator: ast.unaryop, operand: ast.expr, level: int) -> Node:
        if isinstance(operator, ast.Not):
            return Not(self.typed(operand, (Kind.CONDITION,), level + 1))
        return Unary("-", self.typed(operand, _VALUES, level + 1))

    def arithmetic(self, function: str, left: ast.expr, right: ast.expr, level: int) -> Node:
        values = self.typed(left, _VALUES, level + 1), self.typed(right, _VALUES, level + 1)
        if function == "/" and values[1] == Number(0.0):
            raise self.at(right, "divides by zero", "divide by something else")
        return Binary(function, *values)

    def comparison(
        self, source: ast.expr, left: ast.expr, operators: list[ast.cmpop], rights: list[ast.expr], level: int
    ) -> Node:
        if len(rights) > 1:
            raise self.at(source, "compares more than two things", "join two comparisons with 'and'")
        (operator,), (right,) = operators, rights
        if type(operator) not in _COMPARISONS:
            raise self.at(source, "compares in an unknown way", f"use one of {' '.join(_COMPARISONS.values())}")
        values = self.typed(left, _VALUES, level + 1), self.typed(right, _VALUES, level + 1)
        return Comparison(_COMPARISONS[type(operator)], *values)

    def logic(self, function: str, values: list[ast.expr], level: int) -> Node:
        first, *others = (self.typed(value, (Kind.CONDITION,), level + 1) for value in values)
        for other in others:
            first = Logic(function, first, other)
        return first

    def function(self, call: ast.Call, name: str, level: int) -> Node:
        self.plain(call, name)
        match name:
            case "abs":
                (value,) = self.arguments(call, "abs(value)", level, _VALUES)
                return Unary("abs", value)
            case "min" | "max":
                left, right = self.arguments(call, f"{name}(value, value)", level, _VALUES, _VALUES)
                return Binary(name, left, right)
            case "lag":
                return self.lag(call, level)
            case "highest" | "lowest":
                line, bars = self.arguments(call, f"{name}(line, bars)", level, (Kind.LINE,), (Kind.NUMBER,))
                return Extreme(name, line, bars)
        left, right = self.arguments(call, f"{name}(line, line)", level, _VALUES, _VALUES)
        if Kind.LINE not in {kind_of(left), kind_of(right)}:
            raise self.at(call, f"{name} of two numbers never happens", "give it a line")
        return crossed(name, left, right)

    def lag(self, call: ast.Call, level: int) -> Node:
        line, _ = self.arguments(call, "lag(line, bars)", level, (Kind.LINE,), tuple(Kind))
        bars = call.args[1]
        value = bars.value if isinstance(bars, ast.Constant) else None
        if not isinstance(value, int) or not 0 <= value <= _MOST_LAG:
            raise self.at(bars, "lag goes back by a fixed number of bars", "write a whole number from 0 on")
        return Lagged(line, value)

    def arguments(self, call: ast.Call, form: str, level: int, *kinds: Sequence[Kind]) -> tuple[Node, ...]:
        if len(call.args) != len(kinds):
            raise self.at(call, f"{form.partition('(')[0]} is given {len(call.args)} arguments", f"write {form}")
        return tuple(self.typed(source, wanted, level + 1) for source, wanted in zip(call.args, kinds, strict=True))

    def plain(self, call: ast.Call, name: str) -> None:
        if call.keywords:
            raise self.at(call, f"{name} takes no names of arguments", "give the values in their order")
        starred = next((source for source in call.args if isinstance(source, ast.Starred)), None)
        if starred is not None:
            raise self.at(starred, "'*' stands for no arguments", "write each of them")

    def indicator(self, source: ast.Call | ast.Attribute, level: int) -> Node:
        """Return the tree of ``name(…)`` or ``name(…).output``."""
        output = source.attr if isinstance(source, ast.Attribute) else ""
        call = source.value if isinstance(source, ast.Attribute) else source
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise self.at(call, f"{ast.unparse(call)[:40]!r} calls no name", "call an indicator by its name")
        name = call.func.id
        row = _row(name)
        if row is None:
            known = (*FUNCTIONS, *(each.name for each in INDICATORS))
            raise self.at(call, f"no indicator or function is called {name!r}", nearest(name, known))
        self.plain(call, name)
        given = [self.node(argument, level + 1) for argument in call.args]
        takes_line = bool(given) and kind_of(given[0]) is Kind.LINE
        if takes_line and len(row.inputs) > 1:
            hint = f"give only {_settings(row)}"
            raise self.at(call.args[0], f"{name} reads {', '.join(row.inputs)} and takes no line", hint)
        settings = given[1:] if takes_line else given
        if len(settings) != len(row.parameters):
            raise self.at(call, f"{name} is given {len(settings)} settings", f"give {_settings(row)}")
        for argument, setting in zip(call.args[len(given) - len(settings) :], settings, strict=True):
            self.require(argument, setting, (Kind.NUMBER,))
        inputs = (given[0],) if takes_line else tuple(Price(each) for each in row.inputs)
        return Output(name, self.output(source, row, output), inputs, tuple(settings))

    def output(self, source: ast.expr, row: Indicator, output: str) -> str:
        if not output and row.name in row.outputs:
            return row.name
        if output in row.outputs:
            return output
        lines = " or ".join(f"{row.name}(…).{each}" for each in row.outputs)
        wrong = f"has no line {output!r}" if output else f"has {len(row.outputs)} lines"
        raise self.at(source, f"{row.name} {wrong}", f"write {lines}")


def _row(name: str) -> Indicator | None:
    return next((row for row in INDICATORS if row.name == name), None)


def _settings(row: Indicator) -> str:
    return ", ".join(parameter.name for parameter in row.parameters) or "none"


def _shown(node: Node) -> str:
    if is_too_large(node):
        return "a large one"
    text = text_of(node)
    return text if len(text) <= 60 else text[:57] + "…"  # noqa: PLR2004
