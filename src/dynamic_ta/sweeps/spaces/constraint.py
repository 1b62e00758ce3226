"""What parameters must satisfy together: ``fast < slow``, ``2 * fast + 5 <= slow``."""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import F64

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)"
    r"|(?P<relation><=|>=|==|!=|<|>)|(?P<sign>[+-])|(?P<times>\*))",
    re.ASCII,
)
RELATIONS: dict[str, Callable[[F64, F64], npt.NDArray[np.bool_]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_FORM = "write two sums with one of < <= > >= == != between, such as 'fast < slow' or '2 * fast + 5 <= slow'"


@dataclass(frozen=True, slots=True)
class Term:
    """``factor`` times the parameter ``name``; times 1 where the name is empty."""

    factor: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Constraint:
    """``left`` and ``right`` are sums of terms, taken in float64 from left to right."""

    left: tuple[Term, ...]
    relation: str
    right: tuple[Term, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that it speaks of."""
        return tuple(term.name for term in (*self.left, *self.right) if term.name)

    def holds(self, columns: Mapping[str, F64]) -> npt.NDArray[np.bool_]:
        """Return bool[n]: which parameter sets satisfy it; ``columns`` is float64[n] a parameter."""
        size = next(iter(columns.values())).size
        return RELATIONS[self.relation](_sum(self.left, columns, size), _sum(self.right, columns, size))

    @property
    def document(self) -> dict[str, object]:
        sides = [[[term.factor, term.name] for term in side] for side in (self.left, self.right)]
        return {"left": sides[0], "relation": self.relation, "right": sides[1]}


def constraint_of(text: str) -> Constraint:
    """Return what ``text`` says.

    Raises
    ------
    SweepInputError : another form; products of two parameters are not in it
    """
    tokens = _tokens(text)
    if any(kind == "number" and math.isinf(float(number)) for kind, number in tokens):
        raise SweepInputError(f"{text!r} has a number beyond 1.8e308 in it", "give finite numbers")
    at = [n for n, (kind, _) in enumerate(tokens) if kind == "relation"]
    if len(at) != 1:
        raise SweepInputError(f"{text!r} is no comparison", _FORM)
    return Constraint(_side(text, tokens[: at[0]]), tokens[at[0]][1], _side(text, tokens[at[0] + 1 :]))


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise SweepInputError(f"{text!r} has {text[at:].strip()[0]!r} in it", _FORM)
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return tokens


def _side(text: str, tokens: Sequence[tuple[str, str]]) -> tuple[Term, ...]:
    """Read ``[sign] term {sign term}``."""
    rest = [*tokens] if tokens and tokens[0][0] == "sign" else [("sign", "+"), *tokens]
    terms: list[Term] = []
    while rest:
        sign = next((i for i, (kind, _) in enumerate(rest[1:], 1) if kind == "sign"), len(rest))
        terms.append(_term(text, rest[0][1], rest[1:sign]))
        rest = rest[sign:]
    return tuple(terms)


def _term(text: str, sign: str, tokens: Sequence[tuple[str, str]]) -> Term:
    one = -1.0 if sign == "-" else 1.0
    match tokens:
        case [("number", number)]:
            return Term(one * float(number))
        case [("name", name)]:
            return Term(one, name)
        case [("number", number), ("times", _), ("name", name)] | [("name", name), ("times", _), ("number", number)]:
            return Term(one * float(number), name)
    raise SweepInputError(f"{text!r} is no comparison of sums", _FORM)


def _sum(terms: Sequence[Term], columns: Mapping[str, F64], size: int) -> F64:
    total = np.zeros(size)
    for term in terms:
        total = total + (term.factor * columns[term.name] if term.name else term.factor)
    return total
