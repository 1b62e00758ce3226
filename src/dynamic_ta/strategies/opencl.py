"""From the trees of a strategy to OpenCL C."""

from collections.abc import Mapping, Sequence

from dynamic_ta.strategies.model import AMOUNTS, RULES
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

_FUNCTIONS = {"stop_distance": "stop_distance", "size": "position_size"}
_OPERATORS = {"and": "&&", "or": "||"}
_CALLS = {"min": "least_of", "max": "greatest_of", "abs": "fabs"}


def lines_of(expressions: Mapping[str, Node]) -> tuple[Read, ...]:
    """Return the lines that ``expressions`` read, in the order of their numbers."""
    return tuple(dict.fromkeys(read for node in expressions.values() for read, _ in reads(node)))


def opencl_text(title: str, expressions: Mapping[str, Node], parameters: Sequence[str]) -> str:
    """Return OpenCL C that decides as ``signals`` does; kernels/strategies/rules.clh says what it defines.

    Every operation is one of the oracle's, in its order: the parentheses are the tree.
    """
    lines = lines_of(expressions)
    writer = _Writer({line: n for n, line in enumerate(lines)}, {name: n for n, name in enumerate(parameters)})
    header = [
        f"/* The rules of {title}, generated.",
        " *",
        *(f" * LINE({n}, t)  {text_of(line)}" for n, line in enumerate(lines)),
        *(f" * PARAM({n})    {name}" for n, name in enumerate(parameters)),
        " */",
        '#include "strategies/lines.clh"',
    ]
    functions = [writer.rule(key, expressions.get(key)) for key in RULES]
    functions += [writer.amount(_FUNCTIONS[key], expressions.get(key)) for key in AMOUNTS]
    return "\n\n".join(["\n".join(header), *functions, writer.zeros(list(expressions.values()))]) + "\n"


class _Writer:
    def __init__(self, lines: Mapping[Read, int], parameters: Mapping[str, int]) -> None:
        self._lines = lines
        self._parameters = parameters

    def rule(self, name: str, node: Node | None) -> str:
        if node is None:
            return _function("bool", name, ["return false;"])
        return _function("bool", name, [*self._decided(node, "false"), f"return {self._text(node, _names(node), 0)};"])

    def amount(self, name: str, node: Node | None) -> str:
        if node is None:
            return _function("REAL", name, ["return REAL_NAN;"])
        body = [*self._decided(node, "REAL_NAN"), f"return {self._text(node, _names(node), 0)};"]
        return _function("REAL", name, body)

    def zeros(self, nodes: Sequence[Node]) -> str:
        """Return the function that says whether a rule that is decided divides by zero."""
        dividing = [node for node in nodes if denominators(node)]
        parts = [
            _function("bool", f"divides_by_zero_{n}", [*self._decided(node, "false"), f"return {self._zero(node)};"])
            for n, node in enumerate(dividing)
        ]
        calls = [f"divides_by_zero_{n}(lines, bars, rows, params, t)" for n in range(len(dividing))]
        return "\n\n".join([*parts, _function("bool", "divides_by_zero", [f"return {' || '.join(calls) or 'false'};"])])

    def _zero(self, node: Node) -> str:
        names = _names(node)
        return " || ".join(f"({self._text(found, names, lag)} == 0)" for found, lag in denominators(node))

    def _decided(self, node: Node, otherwise: str) -> list[str]:
        """Return the statements that load every line, and leave where one has no value yet."""
        names = _names(node)
        longest = max((lag for _, lag in names), default=0)
        body = [f"if (t < {longest})", f"    return {otherwise};"] if longest else []
        for (read, lag), name in names.items():
            body.append(f"const REAL {name} = LINE({self._lines[read]}, {f't - {lag}' if lag else 't'});")
        if names:
            body += [f"if ({' || '.join(f'isnan({name})' for name in names.values())})", f"    return {otherwise};"]
        return body

    def _text(self, node: Node, names: Mapping[tuple[Read, int], str], lag: int) -> str:
        match node:
            case Number(value):
                return f"CONSTANT({value.hex()})"
            case Parameter(name):
                return f"PARAM({self._parameters[name]})"
            case Price() | Output() | Extreme():
                return names[node, lag]
            case Lagged(line, bars):
                return self._text(line, names, lag + bars)
            case Unary("-", value):
                return f"(-{self._text(value, names, lag)})"
            case Unary(function, value):
                return f"{_CALLS[function]}({self._text(value, names, lag)})"
            case Not(value):
                return f"(!{self._text(value, names, lag)})"
            case Binary(function, left, right) | Comparison(function, left, right) | Logic(function, left, right):
                a, b = self._text(left, names, lag), self._text(right, names, lag)
                if function in _CALLS:
                    return f"{_CALLS[function]}({a}, {b})"
                return f"({a} {_OPERATORS.get(function, function)} {b})"


def _names(node: Node) -> dict[tuple[Read, int], str]:
    return {read: f"x{n}" for n, read in enumerate(reads(node))}


def _function(kind: str, name: str, body: Sequence[str]) -> str:
    return "\n".join([f"static inline {kind} {name}(LINES, const uint t)", "{", *(f"    {line}" for line in body), "}"])
