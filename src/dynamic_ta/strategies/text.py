"""The one text of a tree: what it parses to is the same tree again, however it was first written."""

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
    Unary,
    crossed,
)

_CALLED = frozenset({"abs", "min", "max"})
_CROSSES = {"<": "crosses_below", ">": "crosses_above"}
_MOST_WHOLE = 1e15


def text_of(node: Node) -> str:
    """Return the text of ``node``."""
    match node:
        case Number(value):
            return str(int(value)) if value.is_integer() and abs(value) < _MOST_WHOLE else repr(value)
        case Parameter(name) | Price(name):
            return name
        case Output() | Extreme() | Lagged():
            return _line(node)
        case Unary(function, value) if function in _CALLED:
            return f"{function}({text_of(value)})"
        case Unary(function, value):
            return f"{function}{_operand(value)}"
        case Not(value):
            return f"not {_operand(value)}"
        case Binary(function, left, right) if function in _CALLED:
            return f"{function}({text_of(left)}, {text_of(right)})"
        case Logic(_, Comparison(_, left, right)) if name := _cross(node):
            return f"{name}({text_of(left)}, {text_of(right)})"
        case Binary(function, left, right) | Comparison(function, left, right) | Logic(function, left, right):
            return f"{_operand(left)} {function} {_operand(right)}"


def _line(node: Output | Extreme | Lagged) -> str:
    match node:
        case Output(indicator, output, inputs, settings):
            # An indicator of several inputs reads its own, and takes none.
            inner = ", ".join(map(text_of, (*(inputs if len(inputs) == 1 else ()), *settings)))
            return f"{indicator}({inner})" + ("" if output == indicator else f".{output}")
        case Extreme(function, line, bars):
            return f"{function}({text_of(line)}, {text_of(bars)})"
        case Lagged(line, bars):
            return f"lag({text_of(line)}, {bars})"


def _operand(node: Node) -> str:
    bare = isinstance(node, Number | Parameter | Price | Output | Extreme | Lagged)
    called = isinstance(node, Unary | Binary) and node.function in _CALLED
    return text_of(node) if bare or called or _cross(node) else f"({text_of(node)})"


def _cross(node: Node) -> str:
    """Return the function that ``node`` was written as, or might have been; "" if it is no cross."""
    match node:
        case Logic("and", Comparison("<" | ">" as side, left, right)) if node == crossed(_CROSSES[side], left, right):
            return _CROSSES[side]
    return ""
