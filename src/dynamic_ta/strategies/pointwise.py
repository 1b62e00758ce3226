"""The value of a tree at each bar, in NumPy; the OpenCL text does the same steps in the same order."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_ta.indicators.model import F64
from dynamic_ta.strategies.errors import StrategyBarsError, StrategyError
from dynamic_ta.strategies.text import text_of
from dynamic_ta.strategies.tree import (
    Binary,
    Comparison,
    Extreme,
    Lagged,
    Logic,
    Node,
    Not,
    Number,
    Output,
    Parameter,
    Price,
    Read,
    Unary,
    denominators,
    reads,
)

Find = Callable[[Read], F64]
Mask = npt.NDArray[np.bool_]
Values = Any  # an array of floats or of bools, or one of either: NumPy's own rules say which

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    # Not np.minimum: this is the kernel's own formula, down to which of 0.0 and -0.0 it keeps.
    "min": lambda a, b: np.where((a < b) | np.isnan(a), a, b),
    "max": lambda a, b: np.where((a > b) | np.isnan(a), a, b),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "and": np.logical_and,
    "or": np.logical_or,
}


def value_of(node: Node, find: Find) -> Values:
    """Return the value of ``node``, which holds no parameters: one a bar, or one for all.

    Parameters
    ----------
    find : gives the whole line of a ``Read``
    """
    with np.errstate(all="ignore"):  # a bar before the warm-up holds NaN; one after it is checked for zeros
        return _value(node, 0, find)


def decided(node: Node, find: Find) -> Mask | bool:
    """Return where ``node`` is decided: at the bars for which every line that it reads has a value."""
    known: Mask | bool = True
    for read, lag in reads(node):
        known = known & ~np.isnan(_lagged(find(read), lag))
    return known


def check_denominators(where: str, node: Node, find: Find) -> None:
    """Return if no line that ``node`` divides by is zero where ``node`` is decided.

    Raises
    ------
    StrategyBarsError : one is; its first bar is named
    """
    for denominator, lag in denominators(node):
        with np.errstate(all="ignore"):
            zero = np.asarray((_value(denominator, lag, find) == 0) & decided(node, find))
        if zero.any():
            bar = int(zero.argmax())
            raise StrategyBarsError(
                f"{where}: {text_of(Lagged(denominator, lag) if lag else denominator)} is 0 at bar {bar}, and "
                "something is divided by it",
                "divide by something that cannot be 0, such as max(it, 0.01)",
                bar,
            )


def _value(node: Node, lag: int, find: Find) -> Values:
    match node:
        case Number(value):
            return np.float64(value)
        case Price() | Output() | Extreme():
            return _lagged(find(node), lag)
        case Lagged(line, bars):
            return _value(line, lag + bars, find)
        case Unary(function, value):
            found = _value(value, lag, find)
            return np.negative(found) if function == "-" else np.abs(found)
        case Not(value):
            return np.logical_not(_value(value, lag, find))
        case Binary(function, left, right) | Comparison(function, left, right) | Logic(function, left, right):
            return _OPERATIONS[function](_value(left, lag, find), _value(right, lag, find))
        case Parameter(name):
            raise StrategyError(f"{name} has no value", "bind the strategy's parameters first")


def _lagged(line: F64, lag: int) -> F64:
    if lag == 0:
        return line
    found = np.full(line.size, np.nan)
    found[lag:] = line[: max(0, line.size - lag)]
    return found
