"""Documents with one thing wrong, and what a strict reader must say of each."""

import math
import random
from collections.abc import Callable
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


Fault = Callable[[Spot, random.Random], Wrong | None]


def _at(spot: Spot) -> str:
    return pointer(spot.path)


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


def another_type(spot: Spot, rng: random.Random) -> Wrong:
    kind = rng.choice([kind for kind in _KINDS if kind != _kind_of(spot.shape)])
    return Wrong(_KINDS[kind], "type", _at(spot))


def _is_whole(shape: Shape) -> bool:
    return isinstance(shape, Integer) or (isinstance(shape, Constant) and _kind_of(shape) == "number")


def fraction_or_exponent(spot: Spot, rng: random.Random) -> Wrong | None:
    if not _is_whole(spot.shape):
        return None
    return Wrong(rng.choice(_raw("1.0", "1e0", "1E2", "-0.0", "0.5", "10e-1", "1e400")), "integer_form", _at(spot))


def minus_zero(spot: Spot, rng: random.Random) -> Wrong | None:
    if _is_whole(spot.shape):
        return Wrong(Raw(b"-0"), "negative_zero", _at(spot))
    if isinstance(spot.shape, Number):
        return Wrong(rng.choice(_raw("-0", "-0.0", "-0e7", "-0.00E-3")), "negative_zero", _at(spot))
    return None


_HUGE = ("9007199254740992", "-9007199254740993", "9223372036854775808", "1" + "0" * 400, "9" * 16)


def too_far_for_a_double(spot: Spot, rng: random.Random) -> Wrong | None:
    if _is_whole(spot.shape):
        return Wrong(rng.choice(_raw(*_HUGE)), "number_range", _at(spot))
    if isinstance(spot.shape, Number):
        doubles = ("1e400", "-1e309", "1e-400", "-3e-324000", "1e16", "9007199254740992.0", f"{'9' * 400}e-1")
        return Wrong(rng.choice(_raw(*_HUGE, *doubles)), "number_range", _at(spot))
    return None


def beyond_a_bound(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Integer | Number):
        return None
    low, high, values = spot.shape.minimum, spot.shape.maximum, []
    whole = isinstance(spot.shape, Integer)
    if low is not None and low > -MAX_INTEGER:
        values.append(("minimum", low - 1 if whole else math.nextafter(low, -math.inf)))
    if high is not None and high < MAX_INTEGER:
        values.append(("maximum", high + 1 if whole else math.nextafter(high, math.inf)))
    if not values:
        return None
    code, value = rng.choice(values)
    return Wrong(value + 0, code, _at(spot))


def not_in_the_list(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Choice):
        return None
    one = rng.choice(spot.shape.values)
    wrong = rng.choice((f"{one}\n", f" {one}", one.upper(), f"{one}\u0301", "", "__proto__", f"{one}\x00"))
    return None if wrong in spot.shape.values else Wrong(wrong, "enum", _at(spot))


def another_constant(spot: Spot, rng: random.Random) -> Wrong | None:  # noqa: ARG001  # a fault's signature
    if not isinstance(spot.shape, Constant):
        return None
    value = spot.shape.value
    other = not value if isinstance(value, bool) else f"{value}\n" if isinstance(value, str) else -value - 1
    return Wrong(other, "const", _at(spot))


def too_short(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Text) or spot.shape.least == 0:
        return None
    # Two UTF-16 units each: counting those would find them long enough.
    return Wrong("\U0001f600" * rng.randrange(spot.shape.least), "minLength", _at(spot))


def too_long(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Text) or spot.shape.most is None:
        return None
    return Wrong(rng.choice(("A", "\U0001f600", "\u0301")) * (spot.shape.most + 1), "maxLength", _at(spot))


def off_the_pattern(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Text) or spot.shape.pattern is None or not isinstance(spot.tree, str):
        return None
    text, most = spot.tree, spot.shape.most
    place = rng.randrange(len(text)) if text else 0
    longer = [f"{text}\n", f"\n{text}", f"{text}\u2028", f"{text}\r\n"]
    # Digits and letters of other scripts, which \d, \w and case folding would take.
    other = [text[:place] + letter + text[place + 1 :] for letter in "\u0665\uff15\u0661\u212a\u017f\U0001d7d8"]
    wrong = rng.choice(longer + other if text else longer)
    return Wrong(wrong, "pattern", _at(spot)) if most is None or len(wrong) <= most else None


_NOT = {
    "date": "2026-02-29 1900-02-29 2026-13-01 2026-00-10 0000-01-01 2026-1-1 20260101 2026-04-31 2026-01-01\n",
    "decimal-string": "1.50 -0 -0.0 +1 01 1. .5 1e5 1,000 NaN 0x1 1_0 \u0661 1\n 12345678901234567890123456789",
    "int64-string": "9223372036854775808 -9223372036854775809 -0 +1 01 1.0 1e3 0x1 \u0665 1\n 1_000 1n",
    "utc-timestamp": "2026-02-30T00:00:00Z 2026-01-01T24:00:00Z 2026-01-01T00:00:60Z 2026-01-01T00:00:00+00:00 "
    "2026-01-01t00:00:00Z 2026-01-01T00:00:00.50Z 2026-01-01T00:00:00.1234567891Z 2026-01-01T00:00:00 2026-01-01",
}


def not_of_the_format(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Format):
        return None
    return Wrong(rng.choice([*_NOT[spot.shape.name].split(" "), ""]), "format", _at(spot))


def too_few_or_many_items(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Items):
        return None
    least, most = spot.shape.least, spot.shape.most
    sizes = [("minItems", least - 1)] * (least > 0) + [("maxItems", (most or 0) + 1)] * (most is not None)
    if not sizes:
        return None
    code, size = rng.choice(sizes)
    item = draw(spot.shape.item, rng)
    return Wrong((item,) * size, code, _at(spot))


def too_few_or_many_members(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Table):
        return None
    value = draw(spot.shape.value, rng)
    least, most = spot.shape.least, spot.shape.most
    if least > 0:
        return Wrong(Members(()), "minProperties", _at(spot))
    if most is None:
        return None
    return Wrong(Members(tuple((str(n), value) for n in range(most + 1))), "maxProperties", _at(spot))


def a_name_off_its_schema(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Table) or spot.shape.most == 0:
        return None
    key = Spot(spot.path, spot.shape.key, draw(spot.shape.key, rng))
    wrong = next((found for fault in (too_long, too_short, off_the_pattern) if (found := fault(key, rng))), None)
    if wrong is None or not isinstance(wrong.tree, str) or spot.shape.least > 1:
        return None
    pairs = ((wrong.tree, draw(spot.shape.value, rng)),)
    return Wrong(Members(pairs), "propertyNames", child(_at(spot), wrong.tree))


def a_member_missing(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Record) or not isinstance(spot.tree, Members):
        return None
    demanded = [field.name for field in spot.shape.fields if field.required]
    if not demanded:
        return None
    gone = rng.choice(demanded)
    left = tuple(pair for pair in spot.tree.pairs if pair[0] != gone)
    return Wrong(Members(left), "required", child(_at(spot), gone))


_UNKNOWN = ("__proto__", "constructor", "toString", "hasOwnProperty", "", "a/b~c", "\ufb33", "\U0001f600", "length")


def a_member_unknown(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.shape, Record) or not isinstance(spot.tree, Members):
        return None
    name = rng.choice(_UNKNOWN)
    if name in {field.name for field in spot.shape.fields}:
        return None
    return Wrong(Members((*spot.tree.pairs, (name, 1))), "additionalProperties", child(_at(spot), name))


def a_name_twice(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.tree, Members) or not spot.tree.pairs:
        return None
    name, value = rng.choice(spot.tree.pairs)
    again = (name, rng.choice((value, Raw(b"null"))))
    return Wrong(Members((*spot.tree.pairs, again)), "duplicate_key", child(_at(spot), str(name)))


_LONE = (r'"\ud800"', r'"a\udc00b"', r'"\ud83d\u0041"', r'"\ude00\ud83d"', r'"\uD83D"', r'"\ud83d\ud83d\ude00"')


def a_lone_surrogate(spot: Spot, rng: random.Random) -> Wrong:
    return Wrong(rng.choice(_raw(*_LONE)), "surrogate", _at(spot))


def a_name_with_a_lone_surrogate(spot: Spot, rng: random.Random) -> Wrong | None:
    if not isinstance(spot.tree, Members):
        return None
    pair = (rng.choice(_raw(*_LONE)), 1)
    return Wrong(Members((*spot.tree.pairs, pair)), "surrogate", _at(spot))


# A surrogate written out, an overlong form, beyond Unicode, a byte that never stands, a cut character.
_BROKEN = tuple(
    map(Raw, (b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf4\x90\x80\x80"', b'"\xff"', b'"\xe2\x82"', b'"\x80"'))
)


def not_utf8(spot: Spot, rng: random.Random) -> Wrong:  # noqa: ARG001  # a fault's signature
    return Wrong(rng.choice(_BROKEN), "utf8", "")


_NOT_JSON = (
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
    *(
        "[1,]",
        '{"a":1,}',
        "[1 2]",
        '{"a" 1}',
        "{1:2}",
        "/**/1",
        "//\n1",
        "\u00a01",
        " \ufeff1",
        "",
        "[",
        "]",
        "}",
        "\x001",
    ),
)


def not_json(spot: Spot, rng: random.Random) -> Wrong:  # noqa: ARG001
    return Wrong(rng.choice(_raw(*_NOT_JSON)), "syntax", ANYWHERE)


def too_deep(spot: Spot, rng: random.Random) -> Wrong:  # noqa: ARG001
    levels = rng.choice((MAX_DEPTH + 1, MAX_DEPTH + 1, 5000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"":', b"}")))
    return Wrong(Raw(opening * levels + b"0" + closing * levels), "too_deep", ANYWHERE)


FAULTS: tuple[Fault, ...] = (
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
    a_name_twice,
    a_lone_surrogate,
    a_name_with_a_lone_surrogate,
    not_utf8,
    not_json,
    too_deep,
)


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
