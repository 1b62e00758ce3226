"""Canonical encoding in both languages: RFC 8785's own tables, another library, and Node.js's own numbers."""

import json
import math
import random
import struct
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import digest
from dynamic_tl.generated.order import digest_order, read_order, write_order
from dynamic_tl.runtime.runtime import MAX_INTEGER, MessageError, NumberText, canonical, number_text, parse
from tests.dynamic_tl.languages import javascript

CODE = Path(str(files("dynamic_tl").joinpath("generated")))

# RFC 8785, appendix B: the bits of a double, and its spelling.
APPENDIX_B = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]

# RFC 8785, section 3.2.2: the sample; and section 3.2.4: its canonical bytes.
SAMPLE = r"""{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
SAMPLE_BYTES = bytes.fromhex(
    "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e3333333333"
    "33332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c"
    "5c5c222f227d"
)

# RFC 8785, section 3.2.3: names, and the order of the values after sorting.
NAMES = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\U0001f600": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
}
SORTED = ["Carriage Return", "One", "Control", "Latin Small", "Euro Sign", "Emoji", "Hebrew"]

TO_MAPS = """
const maps = (v) =>
  Array.isArray(v) ? v.map(maps)
  : v !== null && typeof v === "object" ? new Map(Object.entries(v).map(([k, x]) => [k, maps(x)]))
  : v;
const hex = (value) => Buffer.from(runtime.canonical(maps(value))).toString("hex");
"""


def double(bits: str) -> float:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    return float(value)


def loose(value: object) -> Any:
    """Return a parsed value with its numbers as doubles."""
    match value:
        case NumberText():
            return float(value.text)
        case dict():
            return {name: loose(item) for name, item in value.items()}
        case list():
            return [loose(item) for item in value]
        case _:
            return value


def test_python_spells_the_numbers_of_appendix_b() -> None:
    assert [number_text(double(bits)) for bits, _ in APPENDIX_B] == [text for _, text in APPENDIX_B]


def test_javascript_spells_the_numbers_of_appendix_b() -> None:
    script = "answer = data.map((bits) => runtime.numberText(Buffer.from(bits, 'hex').readDoubleBE()));"
    assert javascript(script, CODE, [bits for bits, _ in APPENDIX_B]) == [text for _, text in APPENDIX_B]


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_nan_and_infinity_of_appendix_b_are_refused_in_both(bits: str) -> None:
    with pytest.raises(MessageError, match="number_range"):
        canonical([double(bits)])
    script = """
    try { answer = runtime.canonical([Buffer.from(data, 'hex').readDoubleBE()]); }
    catch (error) { answer = [error.code, error.pointer]; }"""
    assert javascript(script, CODE, bits) == ["number_range", "/0"]


def test_the_sample_of_section_3_2_gives_the_bytes_of_section_3_2_4_in_both() -> None:
    assert canonical(loose(parse(SAMPLE.encode()))) == SAMPLE_BYTES
    assert javascript(f"{TO_MAPS} answer = hex(JSON.parse(data));", CODE, SAMPLE) == SAMPLE_BYTES.hex()


def test_names_sort_as_in_section_3_2_3_in_both() -> None:
    expected = canonical(NAMES)
    places = [expected.decode().index(word) for word in SORTED]
    assert places == sorted(places)
    assert javascript(f"{TO_MAPS} answer = hex(data);", CODE, NAMES) == expected.hex()


def test_twenty_thousand_doubles_by_their_bits_are_spelled_as_nodes_own_json_does_and_read_back() -> None:
    rng = random.Random(8785)
    patterns = [f"{rng.getrandbits(64):016x}" for _ in range(20_000)]
    # And around each power of ten, where the form changes.
    near = [math.nextafter(10.0**power, way) for power in range(-30, 30) for way in (-math.inf, 0.0, math.inf)]
    bits = [one for one in patterns if math.isfinite(double(one))] + [struct.pack(">d", one).hex() for one in near]
    script = """
    const doubles = data.map((bits) => Buffer.from(bits, "hex").readDoubleBE());
    const back = (text) => { const b = Buffer.alloc(8); b.writeDoubleBE(Number(text)); return b.toString("hex"); };
    answer = doubles.map((d) => [JSON.stringify(d), runtime.numberText(d), back(JSON.stringify(d))]);"""
    answers = javascript(script, CODE, bits)
    assert len(answers) > 19_900
    zero = {"8000000000000000": "0000000000000000"}
    for one, (stringified, spelled, back) in zip(bits, answers, strict=True):
        assert number_text(double(one)) == stringified == spelled
        assert struct.pack(">d", float(stringified)).hex() == back == zero.get(one, one)


_texts = st.text(st.characters(exclude_categories=["Cs"]))
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(_values)
def test_python_writes_what_the_rfc8785_library_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@settings(deadline=None, max_examples=200)
@given(_values)
def test_reading_agrees_with_pythons_own_json_where_that_is_not_lax(value: Any) -> None:
    for data in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False, indent=1).encode()):
        assert loose(parse(data)) == json.loads(data, parse_int=float)


def test_javascript_writes_what_the_rfc8785_library_writes() -> None:
    rng = random.Random(3)
    alphabet = 'ab\u00e9\u20ac\ufb33\uffff\U0001f600\U0010ffff"\\\n\x00\u2028/'

    def text() -> str:
        return "".join(rng.choices(alphabet, k=rng.randrange(6)))

    values: list[Any] = [{text(): [text(), rng.uniform(-1e9, 1e9), True] for _ in range(5)} for _ in range(500)]
    expected = [rfc8785.dumps(value).hex() for value in values]
    assert javascript(f"{TO_MAPS} answer = data.map(hex);", CODE, values) == expected


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800", {"\udc00": 1}, {"a": object()}, b"bytes"])
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    with pytest.raises(MessageError):
        canonical(value)


ORDER = (
    b'{"account":"A1","created":"2026-01-01T00:00:00Z","kind":"limit","labels":{"desk":"\xe6\x9d\xb1"},'
    b'"limit_price":"101.5","order_id":"9007199254740993","quantity":"3","side":"buy","symbol":"ABC","time_in_force":"day"}'
)


def test_the_digest_is_the_sha256_of_the_canonical_bytes_in_both() -> None:
    message = read_order(ORDER)
    assert write_order(message) == ORDER == rfc8785.dumps(json.loads(ORDER))
    # dynamic_base digests plain values, by way of the library.
    assert digest_order(message) == digest(json.loads(ORDER))
    script = """
    const order = messages.readOrder(Buffer.from(data));
    answer = [messages.digestOrder(order), Buffer.from(messages.writeOrder(order)).toString()];"""
    assert javascript(script, CODE, ORDER.decode()) == [digest(json.loads(ORDER)), ORDER.decode()]
