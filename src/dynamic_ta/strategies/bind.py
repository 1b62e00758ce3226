"""A strategy with values for its parameters: what is then known without any bars."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dynamic_ta.indicators import INDICATORS
from dynamic_ta.indicators.model import Indicator, Settings
from dynamic_ta.strategies.errors import StrategyError, nearest
from dynamic_ta.strategies.model import Strategy, place_of
from dynamic_ta.strategies.text import text_of
from dynamic_ta.strategies.tree import (
    Binary,
    Extreme,
    Kind,
    Lagged,
    Node,
    Number,
    Output,
    Parameter,
    Read,
    Unary,
    children,
    kind_of,
    parts_first,
    rebuilt,
)

_ROWS = {row.name: row for row in INDICATORS}
_MOST_BARS = 2**31


@dataclass(frozen=True, slots=True)
class Bound:
    """A strategy and one choice of its parameters.

    Parameters
    ----------
    values : every parameter's, in the order of the strategy's settings
    expressions : as the strategy's, without parameters in them
    """

    strategy: Strategy
    values: Mapping[str, float]
    expressions: Mapping[str, Node]


def bind(strategy: Strategy, parameters: Mapping[str, float] | None = None) -> Bound:
    """Put in the values of ``parameters``, and the defaults of the others.

    Raises
    ------
    StrategyError : an unknown parameter, a value that is not finite or not whole where it must be, a setting out of
        its indicator's range, a number that is divided by zero
    """
    values = values_of(strategy, parameters or {})
    bound = {key: bound_node(node, values) for key, node in strategy.expressions.items()}
    for key, node in bound.items():
        for part in filter(needs_check, parts_first(node)):
            check_part(f"{strategy.name}: {place_of(key)}", part)
    return Bound(strategy, values, bound)


def warm_up(strategy: Strategy, parameters: Mapping[str, float] | None = None) -> int:
    """Return how many bars pass before every rule and amount is decided. Raises as ``bind``."""
    return max(map(first_bar, bind(strategy, parameters).expressions.values()))


def first_bar(node: Node) -> int:
    """Return the first bar at which ``node``, without parameters, has a value."""
    match node:
        case Output(_, output, inputs, _):
            row = row_of(node)
            return max(map(first_bar, inputs)) + row.warm_up(settings_of(node))[row.outputs.index(output)]
        case Extreme(_, line, bars):
            return first_bar(line) + int(number_of(bars)) - 1
        case Lagged(line, bars):
            return first_bar(line) + bars
        case _:
            return max(map(first_bar, children(node)), default=0)


def row_of(node: Output) -> Indicator:
    """Return the row of the table of indicators that ``node`` names."""
    return _ROWS[node.indicator]


def settings_of(node: Output) -> Settings:
    """Return the settings of ``node``, which holds no parameters, as its row takes them."""
    values = map(number_of, node.settings)
    return tuple(
        int(value) if isinstance(each.default, int) else value
        for each, value in zip(row_of(node).parameters, values, strict=True)
    )


def number_of(node: Node) -> float:
    """Return the value of a number without parameters, in float64 and in the order of its text."""
    match node:
        case Number(value):
            return value
        case Unary(function, value):
            return -number_of(value) if function == "-" else abs(number_of(value))
        case Binary(function, left, right):
            return _combined(function, number_of(left), number_of(right))
    raise StrategyError(f"{text_of(node)} has no value", "bind the strategy's parameters first")


def bound_node(node: Node, values: Mapping[str, float]) -> Node:
    """Return ``node`` with numbers for its parameters."""
    if isinstance(node, Parameter):
        return Number(float(values[node.name]))
    return rebuilt(node, lambda child: bound_node(child, values))


def bound_read(read: Read, values: Mapping[str, float]) -> Read:
    """Return ``read`` with numbers for its parameters."""
    return rebuilt(read, lambda child: bound_node(child, values))


def _combined(function: str, left: float, right: float) -> float:
    match function:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case "min":
            return left if left < right or math.isnan(left) else right
        case _:
            return left if left > right or math.isnan(left) else right


def values_of(strategy: Strategy, parameters: Mapping[str, float]) -> dict[str, float]:
    """Return the value of every parameter, in the order of the settings. Raises StrategyError, see ``bind``."""
    known = {each.name: each for each in strategy.settings}
    for name, value in parameters.items():
        if name not in known:
            raise StrategyError(f"{strategy.name} has no parameter {name!r}", nearest(name, known))
        if not math.isfinite(value):
            raise StrategyError(f"{strategy.name}: {name} is {value}", "give a finite number")
        if known[name].is_whole and value != int(value):
            raise StrategyError(f"{strategy.name}: {name} is {value}", "give a whole number, as its default is one")
    return {name: parameters.get(name, each.default) for name, each in known.items()}


def needs_check(part: Node) -> bool:
    """Say whether ``check_part`` has anything to check of ``part``, whose parameters may have no values yet."""
    divides = isinstance(part, Binary) and part.function == "/" and kind_of(part.right) is Kind.NUMBER
    return divides or isinstance(part, Output | Extreme)


def check_part(where: str, part: Node) -> None:
    """Return if ``part`` itself, without parameters, can be computed; what is below it is a part of its own.

    Raises
    ------
    StrategyError : a setting out of its indicator's range, a window without bars, a number that is divided by zero
    """
    match part:
        case Output():
            _check_settings(where, part)
        case Extreme(_, _, bars):
            _check_whole(where, part, "bars", number_of(bars), 1)
        case Binary("/", _, right) if number_of(right) == 0:
            raise StrategyError(f"{where}: {text_of(part)} divides by zero", "choose other parameters")


def _check_settings(where: str, node: Output) -> None:
    for parameter, setting in zip(row_of(node).parameters, node.settings, strict=True):
        value = number_of(setting)
        if isinstance(parameter.default, int):
            _check_whole(where, node, parameter.name, value, parameter.least)
        elif not parameter.least <= value < math.inf:
            message = f"{where}: {parameter.name} is {value:g} in {text_of(node)}"
            raise StrategyError(message, f"use {parameter.least:g} or more")


def _check_whole(where: str, node: Node, name: str, value: float, least: float) -> None:
    if not least <= value < _MOST_BARS or value != int(value):
        raise StrategyError(f"{where}: {name} is {value:g} in {text_of(node)}", f"use a whole number from {least:g} on")
