"""Expressions that Python and JavaScript write alike, folded as ruff's formatter folds them."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dynamic_tl.model import (
    FORMATS,
    Boolean,
    Choice,
    Constant,
    Format,
    Integer,
    Items,
    Number,
    Record,
    Shape,
    Table,
    Text,
)
from dynamic_tl.patterns import source
from dynamic_tl.runtime.runtime import number_text

WIDTH = 120


@dataclass(frozen=True, slots=True)
class Call:
    """``function(arguments…)``."""

    function: str
    arguments: tuple["Call | str", ...]


@dataclass(frozen=True, slots=True)
class Language:
    """What the two languages spell differently."""

    nothing: str
    true: str
    false: str
    pattern: Callable[[str], str]
    variable: Callable[[str], str]


def flat(expression: Call | str) -> str:
    if isinstance(expression, str):
        return expression
    return f"{expression.function}({', '.join(map(flat, expression.arguments))})"


def fold(expression: Call | str, indent: int, step: int, before: int, after: int) -> str:
    """Return the expression on one line, or where it does not fit with each argument on its own."""
    line = flat(expression)
    if isinstance(expression, str) or not expression.arguments or indent + before + len(line) + after <= WIDTH:
        return line
    inner = indent + step
    rows = [f"{' ' * inner}{fold(one, inner, step, 0, 1)},\n" for one in expression.arguments]
    return f"{expression.function}(\n{''.join(rows)}{' ' * indent})"


def quoted(text: str) -> str:
    """Return a string literal of both languages."""
    return json.dumps(text, ensure_ascii=False)


def codec(shape: Shape, language: Language) -> Call | str:
    """Return the runtime's codec for ``shape``; a named shape is a variable that stands above."""
    match shape:
        case Record() | Choice():
            return language.variable(shape.name)
        case Text():
            pattern = language.nothing if shape.pattern is None else language.pattern(source(shape.pattern))
            return Call("text", _trimmed(language, *_values(language, shape.least, shape.most), pattern))
        case Format():
            return Call(FORMATS[shape.name], ())
        case Constant():
            kind = {bool: "boolean", int: "integer", str: "text"}[type(shape.value)]
            return Call("constant", (Call(kind, ()), *_values(language, shape.value)))
        case Boolean():
            return Call("boolean", ())
        case Integer() | Number():
            bounds = _values(language, shape.minimum, shape.maximum)
            return Call("integer" if isinstance(shape, Integer) else "number", _trimmed(language, *bounds))
        case Items():
            return Call("items", (codec(shape.item, language), *_values(language, shape.least, shape.most)))
        case Table():
            inner = codec(shape.key, language), codec(shape.value, language)
            return Call("table", (*inner, *_values(language, shape.least, shape.most)))


def definition(shape: Record | Choice, language: Language, *before: str) -> Call:
    """Return the codec of a named shape itself; its members stand in the order of RFC 8785."""
    if isinstance(shape, Choice):
        return Call("choice", tuple(map(quoted, shape.values)))
    members = (
        Call("required" if one.required else "optional", (quoted(one.name), codec(one.shape, language)))
        # The subset's names are ASCII, where UTF-16 units and code points sort alike.
        for one in sorted(shape.fields, key=lambda one: one.name)
    )
    return Call("record", (*before, *members))


def _values(language: Language, *values: float | str | bool | None) -> tuple[str, ...]:
    return tuple(_value(value, language) for value in values)


def _value(value: float | str | bool | None, language: Language) -> str:
    match value:
        case None:
            return language.nothing
        case bool():
            return language.true if value else language.false
        case str():
            return quoted(value)
        case int():
            return str(value)
        case float():
            return number_text(value)


def _trimmed(language: Language, *arguments: str) -> tuple[str, ...]:
    """Leave out the arguments at the end that say nothing."""
    while arguments and arguments[-1] == language.nothing:
        arguments = arguments[:-1]
    return arguments


def functions(messages: Iterable[Call | str]) -> list[str]:
    """Return the names of the runtime's functions that the expressions call, sorted."""
    found: set[str] = set()
    for one in messages:
        if isinstance(one, Call):
            found |= {one.function, *functions(one.arguments)}
    return sorted(found)
