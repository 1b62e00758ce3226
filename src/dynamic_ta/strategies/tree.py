"""The tree of an expression, from which the NumPy decisions and the OpenCL text are both made.

Of its leaves the ``Read`` ones are whole lines, each computed once; all else is arithmetic on one bar, and ``Lagged``
alone looks elsewhere: back. So nothing in a tree can read a bar that is yet to come.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import TypeVar

_MOST_PARTS = 2_000
_MOST_DEPTH = 100


class Kind(StrEnum):
    """What an expression is: one value for all bars, one a bar, or a yes or no a bar."""

    NUMBER = "number"
    LINE = "line"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, or a parameter that was given its value."""

    value: float


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the strategy."""

    name: str


@dataclass(frozen=True, slots=True)
class Price:
    """One of open, high, low, close, volume."""

    name: str


@dataclass(frozen=True, slots=True)
class Output:
    """One line of an indicator; its settings are numbers."""

    indicator: str
    output: str
    inputs: "tuple[Node, ...]"
    settings: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Extreme:
    """``highest`` or ``lowest`` value of the last ``bars`` bars, this one included."""

    function: str
    line: "Node"
    bars: "Node"


@dataclass(frozen=True, slots=True)
class Lagged:
    """The line as it was ``bars`` bars before; not negative, by the parser."""

    line: "Node"
    bars: int


@dataclass(frozen=True, slots=True)
class Unary:
    """``-`` or ``abs``."""

    function: str
    value: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """``+``, ``-``, ``*``, ``/``, ``min`` or ``max``."""

    function: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``<``, ``<=``, ``>``, ``>=``, ``==`` or ``!=``."""

    function: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or``."""

    function: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite, at bars where the rule is decided."""

    value: "Node"


Read = Price | Output | Extreme
Node = Number | Parameter | Read | Lagged | Unary | Binary | Comparison | Logic | Not

_Any = TypeVar("_Any", bound=Node)


def kind_of(node: Node) -> Kind:
    """Return the type of ``node``, which the parser has checked."""
    match node:
        case Number() | Parameter():
            return Kind.NUMBER
        case Comparison() | Logic() | Not():
            return Kind.CONDITION
        case Unary(_, value):
            return kind_of(value)
        case Binary(_, left, right):
            return Kind.LINE if Kind.LINE in {kind_of(left), kind_of(right)} else Kind.NUMBER
        case _:
            return Kind.LINE


def children(node: Node) -> "tuple[Node, ...]":
    """Return what ``node`` is made of, as it is written."""
    match node:
        case Output(_, _, inputs, settings):
            return (*inputs, *settings)
        case Extreme(_, line, bars):
            return line, bars
        case Lagged(line, _):
            return (line,)
        case Unary(_, value) | Not(value):
            return (value,)
        case Binary(_, left, right) | Comparison(_, left, right) | Logic(_, left, right):
            return left, right
        case _:
            return ()


def rebuilt(node: _Any, change: "Callable[[Node], Node]") -> _Any:
    """Return ``node`` with each of its children changed."""
    match node:
        case Output(_, _, inputs, settings):
            return replace(node, inputs=tuple(map(change, inputs)), settings=tuple(map(change, settings)))
        case Extreme(_, line, bars):
            return replace(node, line=change(line), bars=change(bars))
        case Lagged(line, _):
            return replace(node, line=change(line))
        case Unary(_, value) | Not(value):
            return replace(node, value=change(value))
        case Binary(_, left, right) | Comparison(_, left, right) | Logic(_, left, right):
            return replace(node, left=change(left), right=change(right))
        case _:
            return node


def crossed(function: str, left: Node, right: Node) -> Node:
    """Return that ``left`` is now on one side of ``right``, and was not at the bar before."""
    now, before = ("<", ">=") if function == "crosses_below" else (">", "<=")
    return Logic("and", Comparison(now, left, right), Comparison(before, _before(left), _before(right)))


def _before(node: Node) -> Node:
    return Lagged(node, 1) if kind_of(node) is Kind.LINE else node


def walk(node: Node) -> "Iterator[Node]":
    """Yield ``node`` and all below it, in the order in which they are written."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(children(found)))


def parts_first(node: Node) -> "tuple[Node, ...]":
    """Return all of ``walk`` without repeats, each after what it is made of."""
    return tuple(dict.fromkeys(reversed(list(walk(node)))))


def is_too_large(node: Node) -> bool:
    """Say whether ``node`` has more parts, or more levels, than a person would write."""
    if sum(1 for _ in islice(walk(node), _MOST_PARTS + 1)) > _MOST_PARTS:
        return True
    level, depth = [node], 0
    while level:
        level, depth = [child for parent in level for child in children(parent)], depth + 1
    return depth > _MOST_DEPTH


def reads(node: Node, lag: int = 0) -> "tuple[tuple[Read, int], ...]":
    """Return each line that ``node`` reads with how many bars before, without repeats, in the order of the text."""
    match node:
        case Price() | Output() | Extreme():
            return ((node, lag),)
        case Lagged(line, bars):
            return reads(line, lag + bars)
        case _:
            found = (read for child in children(node) for read in reads(child, lag))
            return tuple(dict.fromkeys(found))


def denominators(node: Node, lag: int = 0) -> "tuple[tuple[Node, int], ...]":
    """Return each line that ``node`` divides by with how many bars before; those inside a ``Read`` are its own."""
    match node:
        case Price() | Output() | Extreme():
            return ()
        case Lagged(line, bars):
            return denominators(line, lag + bars)
        case _:
            below = tuple(found for child in children(node) for found in denominators(child, lag))
            if isinstance(node, Binary) and node.function == "/" and kind_of(node.right) is Kind.LINE:
                below = (*below, (node.right, lag))
            return tuple(dict.fromkeys(below))


def parameters_of(node: Node) -> tuple[str, ...]:
    """Return the parameters that ``node`` names, without repeats, in the order of the text."""
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, Parameter)))
