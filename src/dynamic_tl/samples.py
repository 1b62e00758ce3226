"""Values that a shape allows, with its boundaries and the characters that trip encoders drawn often."""

import random
import struct
from datetime import date, timedelta

from dynamic_tl.errors import TlError
from dynamic_tl.model import Boolean, Choice, Constant, Format, Integer, Items, Number, Record, Shape, Table, Text
from dynamic_tl.patterns import sample
from dynamic_tl.runtime.runtime import MAX_INTEGER
from dynamic_tl.spelling import Members, Tree

# Each group holds what one kind of encoder gets wrong: escapes, controls, combining marks, right to left, the end of
# the basic plane (where code points and UTF-16 units sort differently), astral, JavaScript's line ends, the mark of a
# byte order, names that every JavaScript object inherits.
_ALPHABETS = (
    "abcXYZ019 _-.",
    '"\\/\b\f\n\r\t\x00\x1f\x7f',
    "éßÿ\u0080\u07ff\u0800",
    "e\u0301o\u0308\u200d\u0f73",
    "\u0634\u06a9\u0668\u05d0\u202e",
    "\ue000\ufb33\uffff\ufffd\ud7ff",
    "\U0001f600\U00010000\U0010ffff\U0001d54f",
    "\u2028\u2029\ufeff<>&'~",
    "__proto__constructor0123",
)
_DOUBLES = (0.0, 1.0, -1.0, 0.1, 0.30000000000000004, 1e-6, 1e-7, 123456789012345.6, 5e-324, 2.2250738585072014e-308)
_LONGEST = 12
_MOST_ITEMS = 3
_TRIES = 1000
_FIRST_DAY, _DAYS = date(1, 1, 1), 3652059


def draw(shape: Shape, rng: random.Random, *, full: bool = False) -> Tree:  # noqa: C901  # one line for each shape
    """Return a value that ``shape`` allows; ``full`` leaves no member out, and no array or table empty if it may."""
    match shape:
        case Record():
            fields = [one for one in shape.fields if one.required or full or rng.getrandbits(1)]
            return Members(tuple((one.name, draw(one.shape, rng, full=full)) for one in fields))
        case Table():
            return _table(shape, rng, full)
        case Items():
            return tuple(draw(shape.item, rng, full=full) for _ in range(_size(shape, rng, full)))
        case Text():
            return _text(shape, rng)
        case Choice():
            return rng.choice(shape.values)
        case Constant():
            return shape.value
        case Boolean():
            return bool(rng.getrandbits(1))
        case Integer():
            return _integer(shape, rng)
        case Number():
            return _number(shape, rng)
        case Format():
            return _FORMATS[shape.name](rng)


def _count(least: int, most: int | None, usual: int, rng: random.Random) -> int:
    """Return a size within the bounds, at a bound often, and seldom large."""
    high = max(least, usual) if most is None else most
    return rng.choice((least, min(high, least + usual * 3), rng.randint(least, min(high, least + usual))))


def _size(shape: Items | Table, rng: random.Random, full: bool) -> int:
    if full:
        return max(shape.least, min(1, 1 if shape.most is None else shape.most))
    return _count(shape.least, shape.most, _MOST_ITEMS, rng)


def _table(shape: Table, rng: random.Random, full: bool) -> Members:
    wanted = _size(shape, rng, full)
    names: dict[str, None] = {}
    # Few names may fit; a pattern of one name only gives a table of one.
    for _ in range(20 * wanted):
        if len(names) < wanted:
            names[_text(shape.key, rng)] = None
    return Members(tuple((name, draw(shape.value, rng, full=full)) for name in names))


def _text(shape: Text, rng: random.Random) -> str:
    if shape.pattern is None:
        length = _count(shape.least, shape.most, _LONGEST, rng)
        alphabet = rng.choice((*_ALPHABETS, "".join(_ALPHABETS)))
        return "".join(rng.choices(alphabet, k=length))
    for _ in range(_TRIES):
        drawn = sample(shape.pattern.node, rng)
        if len(drawn) >= shape.least and (shape.most is None or len(drawn) <= shape.most):
            return drawn
    raise TlError(
        f"found no text of {shape.pattern.spelled} with an allowed length",
        "widen minLength and maxLength, or drop them",
    )


def _integer(shape: Integer, rng: random.Random) -> int:
    low = -MAX_INTEGER if shape.minimum is None else shape.minimum
    high = MAX_INTEGER if shape.maximum is None else shape.maximum
    near = min(high, max(low, rng.choice((0, 1, -1))))
    return rng.choice((low, high, near, rng.randint(low, high)))


def _number(shape: Number, rng: random.Random) -> float:
    low = -float(MAX_INTEGER) if shape.minimum is None else shape.minimum
    high = float(MAX_INTEGER) if shape.maximum is None else shape.maximum
    (bits,) = struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))
    value = float(rng.choice((low, high, rng.choice(_DOUBLES), bits, rng.uniform(low, high))))
    # Adding zero takes the sign off a zero, which no message may carry.
    return value + 0.0 if low <= value <= high else rng.uniform(low, high) + 0.0


def _int64(rng: random.Random) -> str:
    near = rng.choice((0, 1, -1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)))
    return str(rng.choice((near, rng.randint(-(2**63), 2**63 - 1), rng.randint(0, 10**6))))


def _decimal(rng: random.Random) -> str:
    whole = rng.choice(("0", str(rng.randint(1, 10**6)), str(rng.randint(10**27, 10**28 - 1))))
    digits = rng.choice((0, 1, 2, 17))
    fraction = "".join(rng.choice("0123456789") for _ in range(digits)) + rng.choice("123456789")
    spelled = rng.choice((whole, f"{whole}.{fraction}"))
    return f"-{spelled}" if spelled != "0" and rng.getrandbits(1) else spelled


def _date(rng: random.Random) -> str:
    edge = rng.choice((_FIRST_DAY, date(9999, 12, 31), date(2000, 2, 29), date(2024, 2, 29), date(1900, 2, 28)))
    return rng.choice((edge, _FIRST_DAY + timedelta(days=rng.randrange(_DAYS)))).isoformat()


def _timestamp(rng: random.Random) -> str:
    fraction = "".join(rng.choice("0123456789") for _ in range(rng.choice((0, 2, 5, 8)))) + rng.choice("123456789")
    second = rng.choice(("00:00:00", "23:59:59", f"{rng.randrange(24):02}:{rng.randrange(60):02}:00"))
    return f"{_date(rng)}T{second}{rng.choice(('', f'.{fraction}'))}Z"


_FORMATS = {"date": _date, "decimal-string": _decimal, "int64-string": _int64, "utc-timestamp": _timestamp}
