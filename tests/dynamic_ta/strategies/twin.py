"""The decisions of a strategy the slow and obvious way: one bar after the other, in Python's floats."""

import math
import operator
from collections.abc import Callable

import numpy as np

from dynamic_ta import INDICATORS
from dynamic_ta.data import Bars
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
    Price,
    Unary,
)

_NAN = math.nan


class UndecidedError(Exception):
    """A line has no value at the bar."""


class Twin:
    """Decides rules whose parameters have values, at a bar of ``bars``."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._known: dict[Node, list[float]] = {}

    def at(self, node: Node, t: int) -> float | bool | None:
        """Return the value at bar ``t``; None where it is not decided.

        Raises
        ------
        ZeroDivisionError : the rule is decided, and divides by zero
        """
        zeros: list[Node] = []
        try:
            found = self._value(node, t, zeros)
        except UndecidedError:
            return None
        if zeros:
            raise ZeroDivisionError
        return found

    def _value(self, node: Node, t: int, zeros: list[Node]) -> float | bool:
        match node:
            case Number(value):
                return value
            case Price() | Output() | Extreme():
                return self._read(node, t)
            case Lagged(line, bars):
                return self._value(line, t - bars, zeros)
            case Unary(name, value):
                found = self._value(value, t, zeros)
                return -found if name == "-" else abs(found)
            case Not(value):
                return not self._value(value, t, zeros)
            case Binary("/", left, right):
                above, below = self._value(left, t, zeros), self._value(right, t, zeros)
                if below == 0:
                    zeros.append(node)
                    return _NAN
                return above / below
            case Binary(name, left, right) | Comparison(name, left, right) | Logic(name, left, right):
                a, b = self._value(left, t, zeros), self._value(right, t, zeros)
                return _OPERATIONS[name](a, b)
        raise AssertionError(node)

    def _read(self, node: Node, t: int) -> float:
        value = self._line(node)[t] if t >= 0 else _NAN
        if math.isnan(value):
            raise UndecidedError
        return value

    def _line(self, node: Node) -> list[float]:
        if node not in self._known:
            self._known[node] = self._computed(node)
        return self._known[node]

    def _computed(self, node: Node) -> list[float]:
        bars = self._bars.n_bars
        match node:
            case Price(name):
                return [float(value) for value in getattr(self._bars, name)]
            case Extreme(name, line, Number(count)):
                values = self._series(line)
                choose = max if name == "highest" else min
                windows = [values[max(0, t + 1 - int(count)) : t + 1] for t in range(bars)]
                return [_NAN if len(w) < count or any(map(math.isnan, w)) else choose(w) for w in windows]
            case Output(name, output, inputs, settings):
                return self._indicator(name, output, inputs, settings)
        raise AssertionError(node)

    def _indicator(self, name: str, output: str, inputs: tuple[Node, ...], settings: tuple[Node, ...]) -> list[float]:
        (row,) = (row for row in INDICATORS if row.name == name)
        series = [self._series(node) for node in inputs]
        start = next(t for t in range(self._bars.n_bars) if not any(math.isnan(values[t]) for values in series))
        given = tuple(node.value for node in settings if isinstance(node, Number))
        found = row.oracle(tuple(np.array(values[start:]) for values in series), given)
        return [_NAN] * start + [float(value) for value in found[row.outputs.index(output)]]

    def _series(self, node: Node) -> list[float]:
        found = [self.at(node, t) for t in range(self._bars.n_bars)]
        return [_NAN if value is None else float(value) for value in found]


def _least(a: float, b: float) -> float:
    """Return the smaller one; of two that are equal the second, as the kernel does, and NaN where one is."""
    if math.isnan(a):
        return a
    return min(b, a)


def _greatest(a: float, b: float) -> float:
    return -_least(-a, -b)


_OPERATIONS: dict[str, Callable[[float, float], float | bool]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "min": _least,
    "max": _greatest,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "and": lambda a, b: bool(a) and bool(b),
    "or": lambda a, b: bool(a) or bool(b),
}
