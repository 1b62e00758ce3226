"""Documents with one thing wrong, and what a strict reader must say of each."""

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dynamic_tl.model import (
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
from dynamic_tl.runtime.runtime import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, child
from dynamic_tl.samples import draw
from dynamic_tl.spelling import Members, Raw, Tree

ANYWHERE = None


@dataclass(frozen=True, slots=True)
class Spot:
    """One value of a document: where it stands, what it is, and what it should be."""

    path: tuple[str | int, ...]
    shape: Shape
    tree: Tree


@dataclass(frozen=True, slots=True)
class Wrong:
    """What to put at a spot, and the code and the pointer that follow; ``pointer`` None is any."""

    tree: Tree
    code: str
    pointer: str | None


def spots(shape: Shape, tree: Tree, path: tuple[str | int, ...] = ()) -> list[Spot]:
    """Return every value of a valid document, the outer before the inner."""
    found = [Spot(path, shape, tree)]
    if isinstance(shape, Items) and isinstance(tree, tuple):
        for index, item in enumerate(tree):
            found += spots(shape.item, item, (*path, index))
    if isinstance(shape, Table | Record) and isinstance(tree, Members):
        known = {field.name: field.shape for field in shape.fields} if isinstance(shape, Record) else {}
        for name, value in tree.pairs:
            inner = shape.value if isinstance(shape, Table) else known[str(name)]
            found += spots(inner, value, (*path, str(name)))
    return found


def pointer(path: tuple[str | int, ...]) -> str:
    at = ""
    for step in path:
        at = child(at, str(step))
    return at


def replaced(tree: Tree, path: tuple[str | int, ...], new: Tree) -> Tree:
    """Return ``tree`` with ``new`` at ``path``."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(tree, Members):
        return Members(tuple((k, replaced(v, rest, new) if k == step else v) for k, v in tree.pairs))
    if isinstance(tree, tuple):
        return tuple(replaced(item, rest, new) if index == step else item for index, item in enumerate(tree))
    raise KeyError(path)


Fault = Callable[[Spot, random.Random], list[Wrong]]


def _each(spot: Spot, trees: Iterable[Tree], code: str) -> list[Wrong]:
    return [Wrong(tree, code, pointer(spot.path)) for tree in trees]


def _raw(*spelled: str) -> tuple[Raw, ...]:
    return tuple(Raw(one.encode()) for one in spelled)


_KINDS: dict[str, Tree] = {
    "array": Raw(b"[]"),
    "object": Raw(b"{}"),
    "string": "1",
    "number": 1,
    "boolean": True,
    "null": Raw(b"null"),
}


def _kind_of(shape: Shape) -> str:
    match shape:
        case Text() | Format() | Choice():
            return "string"
        case Constant():
            kinds = {bool: "boolean", int: "number", str: "string"}
            return kinds[type(shape.value)]
        case Integer() | Number():
            return "number"
        case Boolean():
            return "boolean"
        case Items():
            return "array"
        case Table() | Record():
            return "object"


def another_type(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001  # a fault's signature
    right = _kind_of(spot.shape)
    return _each(spot, [tree for kind, tree in _KINDS.items() if kind != right], "type")


def _is_whole(shape: Shape) -> bool:
    return isinstance(shape, Integer) or (isinstance(shape, Constant) and _kind_of(shape) == "number")


_FORMS = _raw("1.0", "1e0", "1E2", "-0.0", "0.5", "10e-1", "1e400")


def fraction_or_exponent(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    return _each(spot, _FORMS if _is_whole(spot.shape) else (), "integer_form")


_MINUS_ZEROS = _raw("-0", "-0.0", "-0e7", "-0.00E-3")


def minus_zero(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    real = isinstance(spot.shape, Number)
    return _each(spot, _MINUS_ZEROS if real else _MINUS_ZEROS[:1] if _is_whole(spot.shape) else (), "negative_zero")


_HUGE = _raw("9007199254740992", "-9007199254740993", "9223372036854775808", "1" + "0" * 400, "9" * 16)
_HUGE_OR_TINY = _raw("1e400", "-1e309", "1e-400", "-3e-324000", "1e16", "9007199254740992.0", f"{'9' * 400}e-1")


def too_far_for_a_double(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    real = isinstance(spot.shape, Number)
    return _each(spot, _HUGE + _HUGE_OR_TINY if real else _HUGE if _is_whole(spot.shape) else (), "number_range")


def beyond_a_bound(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    if not isinstance(spot.shape, Integer | Number):
        return []
    low, high, found = spot.shape.minimum, spot.shape.maximum, []
    whole = isinstance(spot.shape, Integer)
    if low is not None and low > -MAX_INTEGER:
        found += _each(spot, [low - 1 if whole else math.nextafter(low, -math.inf)], "minimum")
    if high is not None and high < MAX_INTEGER:
        found += _each(spot, [high + 1 if whole else math.nextafter(high, math.inf)], "maximum")
    return found


def not_in_the_list(spot: Spot, rng: random.Random) -> list[Wrong]:
    if not isinstance(spot.shape, Choice):
        return []
    one = rng.choice(spot.shape.values)
    near = (f"{one}\n", f" {one}", one.upper(), f"{one}\u0301", "", "__proto__", f"{one}\x00")
    return _each(spot, [wrong for wrong in near if wrong not in spot.shape.values], "enum")


def another_constant(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    if not isinstance(spot.shape, Constant):
        return []
    value = spot.shape.value
    other = not value if isinstance(value, bool) else f"{value}\n" if isinstance(value, str) else -value - 1
    return _each(spot, [other], "const")


def too_short(spot: Spot, rng: random.Random) -> list[Wrong]:
    if not isinstance(spot.shape, Text) or spot.shape.least == 0:
        return []
    # Two UTF-16 units each: counting those would find them long enough.
    return _each(spot, ["\U0001f600" * rng.randrange(spot.shape.least)], "minLength")


def too_long(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    if not isinstance(spot.shape, Text) or spot.shape.most is None:
        return []
    return _each(spot, [one * (spot.shape.most + 1) for one in ("A", "\U0001f600", "\u0301")], "maxLength")


def off_the_pattern(spot: Spot, rng: random.Random) -> list[Wrong]:
    if not isinstance(spot.shape, Text) or spot.shape.pattern is None or not isinstance(spot.tree, str):
        return []
    text, most = spot.tree, spot.shape.most
    place = rng.randrange(len(text)) if text else 0
    near = [f"{text}\n", f"\n{text}", f"{text}\u2028", f"{text}\r\n"]
    # Digits and letters of other scripts, which \\d, \\w and case folding would take.
    near += [text[:place] + letter + text[place + 1 :] for letter in "\u0665\uff15\u0661\u212a\u017f\U0001d7d8"]
    return _each(spot, [wrong for wrong in near if most is None or len(wrong) <= most], "pattern")


_NOT = {
    "date": "2026-02-29 1900-02-29 2026-13-01 2026-00-10 0000-01-01 2026-1-1 20260101 2026-04-31 2026-01-01\n",
    "decimal-string": "1.50 -0 -0.0 +1 01 1. .5 1e5 1,000 NaN 0x1 1_0 \u0661 1\n 12345678901234567890123456789",
    "int64-string": "9223372036854775808 -9223372036854775809 -0 +1 01 1.0 1e3 0x1 \u0665 1\n 1_000 1n",
    "utc-timestamp": "2026-02-30T00:00:00Z 1900-02-29T00:00:00Z 2026-01-01T24:00:00Z 2026-01-01T00:00:60Z "
    "2026-01-01T00:00:00+00:00 2026-01-01t00:00:00Z 2026-01-01T00:00:00.50Z 2026-01-01T00:00:00.1234567891Z "
    "2026-01-01T00:00:00 2026-01-01 2026-01-01T00:00:00Z\n",
}


def not_of_the_format(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    return _each(spot, (*_NOT[spot.shape.name].split(" "), ""), "format") if isinstance(spot.shape, Format) else []


def too_few_or_many_items(spot: Spot, rng: random.Random) -> list[Wrong]:
    if not isinstance(spot.shape, Items):
        return []
    item, least, most = draw(spot.shape.item, rng), spot.shape.least, spot.shape.most
    few = _each(spot, [(item,) * (least - 1)] if least > 0 else [], "minItems")
    return few + _each(spot, [] if most is None else [(item,) * (most + 1)], "maxItems")


def too_few_or_many_members(spot: Spot, rng: random.Random) -> list[Wrong]:
    if not isinstance(spot.shape, Table):
        return []
    value, most = draw(spot.shape.value, rng), spot.shape.most
    few = _each(spot, [Members(())] if spot.shape.least > 0 else [], "minProperties")
    many = [] if most is None else [Members(tuple((str(name), value) for name in range(most + 1)))]
    return few + _each(spot, many, "maxProperties")


def a_name_off_its_schema(spot: Spot, rng: random.Random) -> list[Wrong]:
    if not isinstance(spot.shape, Table) or spot.shape.most == 0 or spot.shape.least > 1:
        return []
    key = Spot(spot.path, spot.shape.key, draw(spot.shape.key, rng))
    value = draw(spot.shape.value, rng)
    names = [str(one.tree) for fault in (too_long, too_short, off_the_pattern) for one in fault(key, rng)]
    at = pointer(spot.path)
    return [Wrong(Members(((name, value),)), "propertyNames", child(at, name)) for name in names]


def a_member_missing(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    if not isinstance(spot.shape, Record) or not isinstance(spot.tree, Members):
        return []
    pairs, at = spot.tree.pairs, pointer(spot.path)
    return [
        Wrong(Members(tuple(pair for pair in pairs if pair[0] != field.name)), "required", child(at, field.name))
        for field in spot.shape.fields
        if field.required
    ]


_UNKNOWN = ("__proto__", "constructor", "toString", "hasOwnProperty", "", "a/b~c", "\ufb33", "\U0001f600", "length")


def a_member_unknown(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    if not isinstance(spot.shape, Record) or not isinstance(spot.tree, Members):
        return []
    pairs, at = spot.tree.pairs, pointer(spot.path)
    names = set(_UNKNOWN) - {field.name for field in spot.shape.fields}
    return [Wrong(Members((*pairs, (name, 1))), "additionalProperties", child(at, name)) for name in sorted(names)]


def a_name_twice(spot: Spot, rng: random.Random) -> list[Wrong]:
    if not isinstance(spot.tree, Members) or not spot.tree.pairs:
        return []
    pairs = spot.tree.pairs
    name, value = rng.choice(pairs)
    at = child(pointer(spot.path), str(name))
    return [Wrong(Members((*pairs, (name, again))), "duplicate_key", at) for again in (value, Raw(b"null"))]


_LONE = _raw(r'"\ud800"', r'"a\udc00b"', r'"\ud83d\u0041"', r'"\ude00\ud83d"', r'"\uD83D"', r'"\ud83d\ud83d\ude00"')


def a_lone_surrogate(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    return _each(spot, _LONE, "surrogate")


def a_name_with_a_lone_surrogate(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    if not isinstance(spot.tree, Members):
        return []
    return _each(spot, [Members((*spot.tree.pairs, (name, 1))) for name in _LONE], "surrogate")


# A surrogate written out, an overlong form, beyond Unicode, a byte that never stands, a cut character.
_BROKEN = tuple(
    map(Raw, (b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf4\x90\x80\x80"', b'"\xff"', b'"\xe2\x82"', b'"\x80"'))
)


def not_utf8(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    return [Wrong(tree, "utf8", "") for tree in _BROKEN]


_NOT_JSON = _raw(
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "01",
        "+1",
        ".5",
        "1.",
        "0x10",
        "1_000",
        "-",
        "1e",
        "\u0663",
        "tru",
        "True",
        "nil",
    ),
    *(
        "'a'",
        '"\x01"',
        '"\t"',
        '"\n"',
        r'"\x41"',
        r'"\u12"',
        r'"\U00000041"',
        r'"\u\u0034"',
        r'"\ud800\u"',
        '"a',
        '"\\',
    ),
    *("[1,]", '{"a":1,}', "[1 2]", '{"a" 1}', "{1:2}", "/**/1", "//\n1", "\u00a01", " \ufeff1", ":", "[", "]", "}"),
)


def not_json(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    return [Wrong(tree, "syntax", ANYWHERE) for tree in _NOT_JSON]


_DEEP = tuple(
    Raw(opening * levels + b"0" + closing * levels)
    for opening, closing in ((b"[", b"]"), (b'{"":', b"}"))
    for levels in (MAX_DEPTH, 5000)
)


def too_deep(spot: Spot, rng: random.Random) -> list[Wrong]:  # noqa: ARG001
    # Inside the message, which is a level itself.
    return [Wrong(tree, "too_deep", ANYWHERE) for tree in _DEEP] if spot.path else []


# What is wrong with a value for what the schema says of it, and what is wrong wherever it stands.
SHAPE_FAULTS: tuple[Fault, ...] = (
    another_type,
    fraction_or_exponent,
    minus_zero,
    too_far_for_a_double,
    beyond_a_bound,
    not_in_the_list,
    another_constant,
    too_short,
    too_long,
    off_the_pattern,
    not_of_the_format,
    too_few_or_many_items,
    too_few_or_many_members,
    a_name_off_its_schema,
    a_member_missing,
    a_member_unknown,
)
ANY_FAULTS: tuple[Fault, ...] = (
    a_name_twice,
    a_lone_surrogate,
    a_name_with_a_lone_surrogate,
    not_utf8,
    not_json,
    too_deep,
)
FAULTS = SHAPE_FAULTS + ANY_FAULTS


def whole_document_fault(data: bytes, rng: random.Random) -> tuple[bytes, str, str | None]:
    """Return bytes that are wrong as a whole, with the code and the pointer."""
    return rng.choice(
        (
            (b"\xef\xbb\xbf" + data, "bom", ""),
            (data + data, "syntax", ""),
            (data + b"\x00", "syntax", ""),
            (data.rstrip() + b",", "syntax", ""),
            (b"", "syntax", ""),
            (b" \n", "syntax", ""),
            (b"\xff\xfe" + data, "utf8", ""),
            (b"[]", "type", ""),
            (b"null", "type", ""),
            (b'"' + b"a" * 5000 + b'"', "type", ""),
        )
    )


def too_large(data: bytes) -> bytes:
    return data + b" " * (MAX_BYTES + 1 - len(data))


def scrambled(data: bytes, rng: random.Random) -> bytes:
    """Return ``data`` with one to three bytes or slices changed: what is wrong with it, if anything, is open."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 1, 2, 8)))
        new = rng.choice((b"", bytes([rng.randrange(256)]), rng.choice(_BITS), data[at:end] * 2))
        data = data[:at] + new + data[rng.choice((at, end, end)) :]
    return data


_BITS = (
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"0",
    b"-",
    b"e9",
    b".",
    b"\\ud800",
    b"\\u0000",
    b"null",
    b"\xed",
)
