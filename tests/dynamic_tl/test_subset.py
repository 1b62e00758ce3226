"""What leaves the subset is refused, with what to write instead; what stays is judged as a JSON Schema library does."""

import json
import random
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dynamic_base import ExitCode
from dynamic_tl import Message, SchemaError, TlError, load_messages, parse_message
from dynamic_tl.faults import FAULTS, Wrong, replaced, spots
from dynamic_tl.generated import MESSAGES, MessageError
from dynamic_tl.samples import draw
from dynamic_tl.spelling import Raw, plain, spell
from tests.dynamic_tl.languages import schema

SCHEMAS = {
    file.name: json.loads(file.read_bytes())
    for file in files("dynamic_tl").joinpath("schemas").iterdir()
    if file.name.endswith(".json")
}


def refusal(content: bytes, file: str = "trade.json") -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        parse_message(file, content)
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert caught.value.message.startswith(f"{file}#")
    return caught.value


def test_our_schemas_are_five_or_so_and_valid_json_schema_2020_12() -> None:
    assert sorted(SCHEMAS) == ["fill.json", "order.json", "position.json", "quote.json", "signal.json"]
    for one in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(one)


@pytest.mark.parametrize(
    ("member", "place", "reason", "instead"),
    [
        ({"type": ["string", "null"]}, "/type", "type is missing", "left out of required"),
        ({"type": "null"}, "/type", "type is missing", "write one of"),
        ({}, "/type", "type is missing", "write one of"),
        (True, "", "no schema object", "with a type"),
        ({"oneOf": []}, "/oneOf", "outside the subset", "two messages"),
        ({"type": "string", "default": "x"}, "/default", "outside the subset", "leave it out"),
        ({"type": "number", "multipleOf": 0.01}, "/multipleOf", "outside the subset", "decimal-string"),
        ({"type": "number", "exclusiveMinimum": 0}, "/exclusiveMinimum", "outside", "write minimum"),
        ({"type": "string", "format": "date-time"}, "/format", "none of ours", "utc-timestamp"),
        ({"type": "string", "format": "date", "pattern": "^a$"}, "/pattern", "outside the subset here", "use format"),
        ({"type": "string", "contentEncoding": "base64"}, "/contentEncoding", "outside", "use minLength"),
        ({"type": "string", "minLength": -1}, "/minLength", "negative", "0 or more"),
        ({"type": "string", "minLength": 1.0}, "/minLength", "no integer", "write one"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "/minLength", "above maxLength", "swap"),
        ({"type": "string", "maxLength": None}, "/maxLength", "null says nothing", "leave it out"),
        ({"type": "integer", "maximum": 2**53}, "/maximum", "within 2**53", "int64-string"),
        ({"type": "integer", "minimum": 2, "maximum": 1}, "", "above maximum", "swap"),
        ({"type": "number", "maximum": 1e300}, "/maximum", "within 2**53", "write one"),
        ({"type": "string", "enum": []}, "/enum", "no list", "at least one"),
        ({"type": "string", "enum": ["a", "a"]}, "/enum", "twice", "remove one"),
        ({"type": "integer", "enum": [1]}, "/enum", "outside the subset here", "use minimum"),
        ({"const": None}, "/const", "null says nothing", "leave it out"),
        ({"const": []}, "/const", "no string, integer or boolean", "use one of these"),
        ({"const": 1.5}, "/const", "no integer", "write one"),
        ({"const": 1, "type": "string"}, "/type", "another type", '"integer"'),
        ({"type": "array"}, "/items", "no schema object", "with a type"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "/uniqueItems", "outside", "an object"),
        ({"type": "object"}, "/additionalProperties", "let through", "write false"),
        ({"type": "object", "properties": {}, "additionalProperties": True}, "/additionalProperties", "let", "false"),
        ({"type": "object", "properties": {}, "additionalProperties": False}, "/properties", "no properties", "one"),
        ({"$ref": "other.json"}, "/$ref", "no definition of this file", "#/$defs/Name"),
        ({"$ref": "#/$defs/Missing"}, "/$ref", "no definition of this file", "#/$defs/Name"),
        ({"$ref": "#/$defs/X", "type": "string"}, "/type", "outside the subset here", "use $ref"),
        ({"type": "string", "pattern": "^\\d+$"}, "/pattern", "\\d does not mean the same", "write [0-9]"),
    ],
)
def test_what_leaves_the_subset_is_refused_with_place_reason_and_remedy(
    member: object, place: str, reason: str, instead: str
) -> None:
    error = refusal(schema({"it": member}))
    assert error.pointer == f"/properties/it{place}"
    assert reason in error.message
    assert instead in error.hint


@pytest.mark.parametrize(
    ("content", "pointer", "reason"),
    [
        (b"{", "", "no strict JSON (syntax)"),
        (b"[]", "", "no object"),
        (b'{"type":"object","type":"object"}', "/type", "no strict JSON (duplicate_key)"),
        (b'{"type":"object"}', "/$schema", "not JSON Schema 2020-12"),
        (schema({"a": {"type": "string"}}, ("b",)), "/required/0", "'b' is no property"),
        (schema({"class": {"type": "string"}}), "/properties/class", "cannot name a member"),
        (schema({"a-b": {"type": "string"}}), "/properties/a-b", "cannot name a member"),
        (schema({"__proto__": {"type": "string"}}), "/properties/__proto__", "cannot name a member"),
        (schema({"str": {"type": "string"}}), "/properties/str", "cannot name a member"),
        (schema({"a": {"type": "string"}}, definitions={"X": {}}), "/$defs/X", "nothing refers to it"),
        (schema({"a": {"$ref": "#/$defs/x"}}, definitions={"x": {"type": "string"}}), "/$defs/x", "no class name"),
        (
            schema({"a": {"$ref": "#/$defs/X"}}, definitions={"X": {"type": "array", "items": {"$ref": "#/$defs/X"}}}),
            "/$defs/X/items/$ref",
            "contains itself",
        ),
        (
            schema({"side": {"type": "string", "enum": ["a"]}, "b": {"$ref": "#/$defs/TradeSide"}},
                   definitions={"TradeSide": {"type": "string", "enum": ["b"]}}),
            "",
            "stands for two things",
        ),
        (
            schema({"a": {"$ref": "#/$defs/Decimal"}}, definitions={"Decimal": {"type": "string", "enum": ["b"]}}),
            "",
            "stands for two things",
        ),
    ],
)  # fmt: skip
def test_a_document_outside_the_subset_is_refused(content: bytes, pointer: str, reason: str) -> None:
    error = refusal(content)
    assert error.pointer == pointer
    assert reason in error.message


@pytest.mark.parametrize(
    "file", ["Trade.json", "a-b.json", "class.json", "index.json", "runtime.json", "_x.json", ".json"]
)
def test_a_file_must_be_able_to_name_a_module(file: str) -> None:
    assert "cannot name a module" in refusal(schema({"a": {"type": "string"}}), file).message


def test_a_schema_too_deep_for_a_reader_is_refused() -> None:
    member: object = {"type": "string"}
    for _ in range(15):
        member = {"type": "array", "items": member}
    parse_message("trade.json", schema({"a": member}))
    definitions: dict[str, object] = {"D0": member}
    for level in range(1, 4):
        inner: object = {"$ref": f"#/$defs/D{level - 1}"}
        for _ in range(8):
            inner = {"type": "array", "items": inner}
        definitions[f"D{level}"] = inner
    assert "levels deep" in refusal(schema({"a": {"$ref": "#/$defs/D3"}}, definitions=definitions)).message


def test_an_empty_or_missing_folder_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(TlError, match="--schemas DIR"):
            load_messages(folder)


def test_a_definition_is_one_class_however_often_it_is_used() -> None:
    (quote,) = [message for message in load_messages(None) if message.stem == "quote"]
    shapes = [field.shape for field in quote.record.fields if field.name in {"bids", "asks"}]
    assert len({id(getattr(shape, "item", None)) for shape in shapes}) == 1


def _judged_valid(message: Message, value: object) -> bool:
    validator = jsonschema.Draft202012Validator(SCHEMAS[message.source])
    return bool(validator.is_valid(value))


@pytest.mark.parametrize("message", load_messages(None), ids=lambda message: message.stem)
def test_the_jsonschema_library_accepts_what_we_draw_as_valid(message: Message) -> None:
    rng = random.Random(1)
    for _ in range(60):
        tree = draw(message.record, rng)
        assert _judged_valid(message, plain(tree))
        MESSAGES[message.stem].read(spell(tree, rng))


# What JSON cannot say, or JSON Schema judges otherwise: our formats, the form of numbers, and strict reading itself.
_OURS = {
    *("fraction_or_exponent", "minus_zero", "too_far_for_a_double", "not_of_the_format", "a_name_twice"),
    *("a_lone_surrogate", "a_name_with_a_lone_surrogate", "not_utf8", "not_json", "too_deep"),
}


def _trap(wrong: Wrong) -> bool:
    """Say whether the library, whose $ matches before a newline at the end too, would let it through."""
    text = wrong.pointer if wrong.code == "propertyNames" else wrong.tree
    return wrong.code in {"pattern", "propertyNames"} and str(text).endswith("\n")


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.__name__ not in _OURS], ids=lambda fault: fault.__name__
)
def test_the_jsonschema_library_refuses_what_we_draw_as_wrong(fault: Any) -> None:
    rng, judged = random.Random(2), 0
    for message in load_messages(None) * 8:
        tree = draw(message.record, rng)
        for spot in spots(message.record, tree):
            found = [one for one in fault(spot, rng) if not isinstance(one.tree, Raw) and not _trap(one)]
            if not found:
                continue
            wrong = rng.choice(found)
            whole = replaced(tree, spot.path, wrong.tree)
            assert not _judged_valid(message, plain(whole))
            with pytest.raises(MessageError) as caught:
                MESSAGES[message.stem].read(spell(whole, rng))
            assert caught.value.code == wrong.code
            judged += 1
    assert judged > 0
