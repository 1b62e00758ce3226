"""Strict reading and canonical writing of messages. Standard library only; ``runtime.mjs`` is its twin, line by line.

Reading parses the whole document, then checks the value; writing checks the value, then encodes it. Whatever is wrong
first is the only thing reported, and both languages look in the same order, so they report the same code and pointer.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

T = TypeVar("T")

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
_INTEGER_DIGITS = 16
_DECIMAL_DIGITS = 28
# ECMAScript writes zeros, and no exponent, up to the one place and down to the other.
_LAST_PLACE, _FIRST_PLACE = 21, -6
_FEBRUARY = 2

CODES = (
    *("too_large", "bom", "utf8", "syntax", "too_deep", "duplicate_key", "surrogate"),
    *("type", "additionalProperties", "required", "propertyNames", "minProperties", "maxProperties"),
    *("minItems", "maxItems", "minLength", "maxLength", "pattern", "format", "enum", "const"),
    *("integer_form", "negative_zero", "number_range", "minimum", "maximum"),
)


class MessageError(ValueError):
    """The bytes or the value are no such message.

    Parameters
    ----------
    code : one of ``CODES``
    pointer : JSON pointer (RFC 6901) of what is wrong
    """

    def __init__(self, code: str, pointer: str, detail: str = "") -> None:
        super().__init__(f"{pointer or 'the message'}: {code}{detail and f' ({detail})'}")
        self.code = code
        self.pointer = pointer


class NumberText:
    """A number as it was spelled, so that its reader can see a fraction, a sign, or too many digits."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


# Parsing

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*)"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS = (("true", True), ("false", False), ("null", None))
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(data: bytes) -> object:
    """Return the JSON value in ``data``; numbers stay ``NumberText``."""
    if len(data) > MAX_BYTES:
        raise MessageError("too_large", "", f"more than {MAX_BYTES} bytes")
    if data.startswith(b"\xef\xbb\xbf"):
        raise MessageError("bom", "")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MessageError("utf8", "", f"byte {error.start}") from error
    value, end = _parse_value(text, _skip(text, 0), "", 1)
    if _skip(text, end) != len(text):
        raise MessageError("syntax", "", f"more text at character {end}")
    return value


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _parse_value(text: str, at: int, pointer: str, depth: int) -> tuple[object, int]:
    first = text[at : at + 1]
    if first == '"':
        return _parse_string(text, at, pointer)
    if first in {"{", "["}:
        if depth > MAX_DEPTH:
            raise MessageError("too_deep", pointer, f"more than {MAX_DEPTH} levels")
        return (_parse_object if first == "{" else _parse_array)(text, at, pointer, depth)
    if number := _NUMBER.match(text, at):
        return NumberText(number[0]), number.end()
    for word, value in _WORDS:
        if text.startswith(word, at):
            return value, at + len(word)
    raise _syntax(pointer, at)


def _parse_object(text: str, at: int, pointer: str, depth: int) -> tuple[object, int]:
    members: dict[str, object] = {}
    at = _skip(text, at + 1)
    if text.startswith("}", at):
        return members, at + 1
    while True:
        if not text.startswith('"', at):
            raise _syntax(pointer, at)
        name, at = _parse_string(text, at, pointer)
        inner = child(pointer, name)
        if name in members:
            raise MessageError("duplicate_key", inner)
        at = _skip(text, at)
        if not text.startswith(":", at):
            raise _syntax(pointer, at)
        members[name], at = _parse_value(text, _skip(text, at + 1), inner, depth + 1)
        at = _skip(text, at)
        if text.startswith("}", at):
            return members, at + 1
        if not text.startswith(",", at):
            raise _syntax(pointer, at)
        at = _skip(text, at + 1)


def _parse_array(text: str, at: int, pointer: str, depth: int) -> tuple[object, int]:
    items: list[object] = []
    at = _skip(text, at + 1)
    if text.startswith("]", at):
        return items, at + 1
    while True:
        item, at = _parse_value(text, at, f"{pointer}/{len(items)}", depth + 1)
        items.append(item)
        at = _skip(text, at)
        if text.startswith("]", at):
            return items, at + 1
        if not text.startswith(",", at):
            raise _syntax(pointer, at)
        at = _skip(text, at + 1)


def _parse_string(text: str, at: int, pointer: str) -> tuple[str, int]:
    found = _STRING.match(text, at)
    if not found:
        raise _syntax(pointer, at)
    if "\\" not in found[1]:
        return found[1], found.end()
    value: str = json.loads(found[0])
    if _SURROGATE.search(value):
        raise MessageError("surrogate", pointer)
    return value, found.end()


def _syntax(pointer: str, at: int) -> MessageError:
    return MessageError("syntax", pointer, f"character {at}")


def child(pointer: str, name: str) -> str:
    """Return the pointer of the member ``name``."""
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"


# Encoding (RFC 8785)

# json.dumps would make a new encoder each time.
_QUOTE = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: object) -> bytes:
    """Return the RFC 8785 bytes of a value of dicts, sequences, strings, numbers, booleans and None."""
    return _encode(value, "").encode()


def _encode(value: object, at: str) -> str:
    if isinstance(value, str):
        return _encode_string(value, at)
    if value is None or isinstance(value, bool):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise MessageError("number_range", at)
        return str(value)
    if isinstance(value, float):
        return number_text(value, at)
    if isinstance(value, Mapping):
        names = sorted(value, key=_utf16)
        return "{" + ",".join(f"{_encode_string(k, at)}:{_encode(value[k], child(at, k))}" for k in names) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_encode(item, f"{at}/{index}") for index, item in enumerate(value)) + "]"
    raise MessageError("type", at, type(value).__name__)


def _encode_string(value: str, at: str) -> str:
    if _SURROGATE.search(value):
        raise MessageError("surrogate", at)
    return _QUOTE(value)


def number_text(value: float, at: str = "") -> str:
    """Return the spelling of ECMAScript's Number::toString, which RFC 8785 section 3.2.2.3 takes over."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        raise MessageError("number_range", at)
    # Both languages find the shortest digits that give the double back; only where the point goes differs.
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + int(exponent)
    return "-" * sign + _place(text, point)


def _place(digits: str, point: int) -> str:
    if len(digits) <= point <= _LAST_PLACE:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _LAST_PLACE:
        return f"{digits[:point]}.{digits[point:]}"
    if _FIRST_PLACE < point <= 0:
        return "0." + "0" * -point + digits
    fraction = digits[1:] and f".{digits[1:]}"
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


# Codecs: how a checked value is read from a plain one, and made plain again


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """``read(plain, pointer)`` checks and returns the typed value; ``plain(typed, pointer)`` goes back, unchecked."""

    read: Callable[[Any, str], T]
    plain: Callable[[Any, str], object]


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a record."""

    name: str
    required: bool
    codec: Codec[Any]


def required(name: str, codec: Codec[Any]) -> Field:
    return Field(name, True, codec)


def optional(name: str, codec: Codec[Any]) -> Field:
    """A member that may be absent: None in Python, never null in JSON."""
    return Field(name, False, codec)


def _as_is(value: Any, at: str) -> object:  # noqa: ARG001  # a codec's signature
    return value


def _check(good: bool, code: str, at: str, detail: str = "") -> None:
    if not good:
        raise MessageError(code, at, detail)


def record(make: type[T], *fields: Field) -> Codec[T]:
    """An object of known members; ``fields`` stand in the order of RFC 8785."""
    known = {field.name for field in fields}

    def read(value: Any, at: str) -> T:
        _check(isinstance(value, dict), "type", at, "no object")
        unknown = value.keys() - known
        if unknown:
            raise MessageError("additionalProperties", child(at, min(unknown, key=_utf16)))
        for field in fields:
            if field.required and field.name not in value:
                raise MessageError("required", f"{at}/{field.name}")
        return make(
            **{f.name: f.codec.read(value[f.name], f"{at}/{f.name}") if f.name in value else None for f in fields}
        )

    def plain(message: Any, at: str) -> object:
        _check(isinstance(message, make), "type", at, f"no {make.__name__}")
        present = ((field, getattr(message, field.name)) for field in fields)
        return {f.name: f.codec.plain(value, f"{at}/{f.name}") for f, value in present if value is not None}

    return Codec(read, plain)


def table(key: Codec[str], value: Codec[T], least: int, most: int | None) -> Codec[Mapping[str, T]]:
    """An object whose members' names are data."""

    def read(members: Any, at: str) -> Mapping[str, T]:
        _check(isinstance(members, dict), "type", at, "no object")
        _check(len(members) >= least, "minProperties", at)
        _check(most is None or len(members) <= most, "maxProperties", at)
        names = sorted(members, key=_utf16)
        for name in names:
            try:
                key.read(name, at)
            except MessageError as error:
                raise MessageError("propertyNames", child(at, name), error.code) from error
        return {name: value.read(members[name], child(at, name)) for name in names}

    def plain(members: Any, at: str) -> object:
        _check(isinstance(members, Mapping), "type", at, "no mapping")
        for name in members:
            _check(isinstance(name, str), "type", at, "a name that is no string")
            _check(not _SURROGATE.search(name), "surrogate", at)
        return {name: value.plain(item, child(at, name)) for name, item in members.items()}

    return Codec(read, plain)


def items(item: Codec[T], least: int, most: int | None) -> Codec[tuple[T, ...]]:
    """An array."""

    def read(values: Any, at: str) -> tuple[T, ...]:
        _check(isinstance(values, list), "type", at, "no array")
        _check(len(values) >= least, "minItems", at)
        _check(most is None or len(values) <= most, "maxItems", at)
        return tuple(item.read(value, f"{at}/{index}") for index, value in enumerate(values))

    def plain(values: Any, at: str) -> object:
        _check(isinstance(values, list | tuple), "type", at, "no tuple")
        return [item.plain(value, f"{at}/{index}") for index, value in enumerate(values)]

    return Codec(read, plain)


def text(least: int = 0, most: int | None = None, pattern: str | None = None) -> Codec[str]:
    """A string; lengths are in code points."""
    compiled = None if pattern is None else re.compile(pattern)

    def read(value: Any, at: str) -> str:
        found = _string(value, at)
        _check(len(found) >= least, "minLength", at)
        _check(most is None or len(found) <= most, "maxLength", at)
        # fullmatch, since $ would also match before a newline at the end.
        _check(compiled is None or compiled.fullmatch(found) is not None, "pattern", at)
        return found

    return Codec(read, _as_is)


def _string(value: Any, at: str) -> str:
    _check(isinstance(value, str), "type", at, "no string")
    _check(not _SURROGATE.search(value), "surrogate", at)
    return str(value)


def choice(*values: str) -> Codec[str]:
    """One of some strings."""

    def read(value: Any, at: str) -> str:
        _check(_string(value, at) in values, "enum", at)
        return str(value)

    return Codec(read, _as_is)


def constant(codec: Codec[T], expected: T) -> Codec[T]:
    """One value only, of the kind that ``codec`` reads."""

    def read(value: Any, at: str) -> T:
        _check(codec.read(value, at) == expected, "const", at)
        return expected

    return Codec(read, _as_is)


def boolean() -> Codec[bool]:
    """Return the codec of true and false."""

    def read(value: Any, at: str) -> bool:
        _check(isinstance(value, bool), "type", at, "no boolean")
        return bool(value)

    return Codec(read, _as_is)


def integer(minimum: int | None = None, maximum: int | None = None) -> Codec[int]:
    """Spelled without fraction and exponent, and within 2**53 - 1."""

    def read(value: Any, at: str) -> int:
        whole = _integer(value, at)
        _check(minimum is None or whole >= minimum, "minimum", at)
        _check(maximum is None or whole <= maximum, "maximum", at)
        return whole

    return Codec(read, _as_is)


def _integer(value: Any, at: str) -> int:
    if isinstance(value, NumberText):
        digits = value.text.removeprefix("-")
        _check(digits.isdecimal(), "integer_form", at, value.text)
        _check(value.text != "-0", "negative_zero", at)
        # int() refuses thousands of digits.
        _check(len(digits) <= _INTEGER_DIGITS, "number_range", at, value.text)
        value = int(value.text)
    _check(isinstance(value, int | float) and not isinstance(value, bool), "type", at, "no integer")
    _check(abs(value) <= MAX_INTEGER, "number_range", at, str(value))
    _check(isinstance(value, int), "integer_form", at, str(value))
    return int(value)


def number(minimum: float | None = None, maximum: float | None = None) -> Codec[float]:
    """A double within 2**53 - 1: all those beyond are integers, and would have been rounded without a word."""

    def read(value: Any, at: str) -> float:
        double = _number(value, at)
        _check(minimum is None or double >= minimum, "minimum", at)
        _check(maximum is None or double <= maximum, "maximum", at)
        return double

    return Codec(read, _as_is)


def _number(value: Any, at: str) -> float:
    if isinstance(value, NumberText):
        spelled, value = value.text, float(value.text)
        vanished = value == 0 and any(digit in "123456789" for digit in re.split("[eE]", spelled)[0])
        _check(not vanished, "number_range", at, spelled)
    _check(isinstance(value, int | float) and not isinstance(value, bool), "type", at, "no number")
    _check(abs(value) <= MAX_INTEGER, "number_range", at, str(value))
    _check(value != 0 or not str(value).startswith("-"), "negative_zero", at)
    return float(value)


# Formats: strings with one spelling for each value

_INT64 = re.compile(r"0|-?[1-9][0-9]{0,18}")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,27})(?:\.[0-9]{0,17}[1-9])?")
_DATE = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{0,8}[1-9])?Z")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def int64() -> Codec[int]:
    """``int64-string``: decimal digits within 64 bits; an int in Python, a bigint in JavaScript."""

    def read(value: Any, at: str) -> int:
        found = _string(value, at)
        good = _INT64.fullmatch(found) is not None and -(2**63) <= int(found) < 2**63
        _check(good, "format", at, "int64-string")
        return int(found)

    def plain(value: Any, at: str) -> object:
        _check(isinstance(value, int) and not isinstance(value, bool), "type", at, "no int")
        _check(-(2**63) <= value < 2**63, "format", at, "int64-string")
        return str(value)

    return Codec(read, plain)


def decimal() -> Codec[Decimal]:
    """``decimal-string``: at most 28 digits before and 18 after the point; no exponent, no zero that says nothing."""

    def read(value: Any, at: str) -> Decimal:
        found = _string(value, at)
        _check(_DECIMAL.fullmatch(found) is not None and found != "-0", "format", at, "decimal-string")
        return Decimal(found)

    def plain(value: Any, at: str) -> object:
        _check(isinstance(value, Decimal), "type", at, "no Decimal")
        # Without this bound an exponent of a billion would be written out before it is refused.
        _check(
            value.is_finite() and (not value or abs(value.adjusted()) <= _DECIMAL_DIGITS),
            "format",
            at,
            "decimal-string",
        )
        if not value:
            return "0"
        spelled = format(value, "f")
        return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled

    return Codec(read, plain)


def timestamp() -> Codec[str]:
    """``utc-timestamp``: RFC 3339 with a Z and up to nine digits of a second; no leap second."""

    def read(value: Any, at: str) -> str:
        day, separator, time = _string(value, at).partition("T")
        good = separator == "T" and _is_date(day) and _TIME.fullmatch(time) is not None
        _check(good, "format", at, "utc-timestamp")
        return str(value)

    return Codec(read, _as_is)


def date() -> Codec[str]:
    """``date``: a day of the Gregorian calendar, 0001-01-01 to 9999-12-31."""

    def read(value: Any, at: str) -> str:
        _check(_is_date(_string(value, at)), "format", at, "date")
        return str(value)

    return Codec(read, _as_is)


def _is_date(spelled: str) -> bool:
    found = _DATE.fullmatch(spelled)
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    leap = month == _FEBRUARY and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return year > 0 and day <= _DAYS[month - 1] + leap


# What the generated modules call


def read(codec: Codec[T], data: bytes) -> T:
    """Return the message in ``data``, or raise MessageError."""
    return codec.read(parse(data), "")


def write(codec: Codec[T], message: T) -> bytes:
    """Return the canonical bytes of ``message``, or raise MessageError."""
    plain = codec.plain(message, "")
    codec.read(plain, "")
    data = canonical(plain)
    _check(len(data) <= MAX_BYTES, "too_large", "")
    return data


def digest(codec: Codec[T], message: T) -> str:
    """Return the SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(write(codec, message)).hexdigest()


@dataclass(frozen=True, slots=True)
class Message(Generic[T]):
    """The three functions of one message, for code that takes any."""

    read: Callable[[bytes], T]
    write: Callable[[T], bytes]
    digest: Callable[[T], str]
