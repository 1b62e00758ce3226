"""What Python's and JavaScript's own readers take differently, each by name, through both languages."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynamic_tl.runtime.runtime import MAX_BYTES, MAX_DEPTH
from tests.dynamic_tl.languages import Both, both, schema, write_code

TRAPS = {
    "digits": {"type": "string", "pattern": "^[0-9]{1,4}$"},
    "name": {"type": "string", "minLength": 2, "maxLength": 4},
    "whole": {"type": "integer"},
    "real": {"type": "number"},
    "id": {"type": "string", "format": "int64-string"},
    "price": {"type": "string", "format": "decimal-string"},
    "at": {"type": "string", "format": "utc-timestamp"},
    "day": {"type": "string", "format": "date"},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "flag": {"type": "boolean"},
    "side": {"type": "string", "enum": ["buy", "sell"]},
}


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("traps")
    write_code(folder, trap=schema(TRAPS, ()))
    with both(folder) as opened:
        yield opened


def verdict(languages: Both, document: str | bytes) -> str:
    """Return the canonical text of what both accept, or the code and pointer with which both refuse."""
    found = languages.read("trap", document.encode() if isinstance(document, str) else document)
    return found.data.decode() if found.kind == "accepted" else f"{found.what} {found.more}".strip()


def member(languages: Both, name: str, spelled: str) -> str:
    return verdict(languages, f'{{"{name}":{spelled}}}')


def test_arabic_digits_are_no_digits_for_a_pattern_or_a_format(languages: Both) -> None:
    assert member(languages, "digits", '"42"') == '{"digits":"42"}'
    for digits in ("\u0664\u0662", "\uff14\uff12", "\U0001d7d2\U0001d7d0"):
        assert member(languages, "digits", f'"{digits}"') == "pattern /digits"
        assert member(languages, "id", f'"{digits}"') == "format /id"
        assert member(languages, "price", f'"{digits}"') == "format /price"
        assert member(languages, "whole", digits) == "syntax /whole"


@pytest.mark.parametrize(
    ("name", "good", "code"),
    [
        ("digits", "42", "pattern"),
        ("id", "42", "format"),
        ("price", "4.2", "format"),
        ("at", "2026-01-01T00:00:00Z", "format"),
        ("day", "2026-01-01", "format"),
        ("side", "buy", "enum"),
    ],
)
@pytest.mark.parametrize("ending", ["\\n", "\\r\\n", "\u2028"])
def test_a_newline_at_the_end_is_not_let_through_by_an_anchor(
    languages: Both, name: str, good: str, code: str, ending: str
) -> None:
    assert member(languages, name, f'"{good}"') == f'{{"{name}":"{good}"}}'
    assert member(languages, name, f'"{good}{ending}"') == f"{code} /{name}"


@pytest.mark.parametrize("spelled", ["1e400", "-1e400", "1e309", "1e-400", "9" * 400, "1" + "0" * 5000])
def test_a_number_that_no_double_holds_is_neither_infinity_nor_zero(languages: Both, spelled: str) -> None:
    assert member(languages, "real", spelled) == "number_range /real"


@pytest.mark.parametrize("spelled", ["NaN", "Infinity", "-Infinity", "nan", "1e", "01", "-", "+1", ".5", "5.", "0x1F"])
def test_what_is_no_json_number_is_a_syntax_error(languages: Both, spelled: str) -> None:
    for name in ("real", "whole"):
        assert member(languages, name, spelled).startswith("syntax")


@pytest.mark.parametrize("name", ["real", "whole"])
@pytest.mark.parametrize(
    "spelled", ["9007199254740992", "9007199254740993", "-9007199254740993", "18446744073709551615"]
)
def test_an_integer_beyond_2_to_53_is_refused_as_a_number_and_travels_as_a_string(
    languages: Both, name: str, spelled: str
) -> None:
    assert member(languages, name, spelled) == f"number_range /{name}"
    assert member(languages, "id", spelled) == "type /id"


def test_the_largest_exact_integers_and_all_64_bits_pass(languages: Both) -> None:
    for spelled in ("9007199254740991", "-9007199254740991"):
        assert member(languages, "whole", spelled) == f'{{"whole":{spelled}}}'
        assert member(languages, "real", spelled) == f'{{"real":{spelled}}}'
    for spelled in ("9007199254740993", "9223372036854775807", "-9223372036854775808"):
        assert member(languages, "id", f'"{spelled}"') == f'{{"id":"{spelled}"}}'
    for spelled in ("9223372036854775808", "-9223372036854775809"):
        assert member(languages, "id", f'"{spelled}"') == "format /id"


def test_a_decimal_travels_as_a_string_in_one_spelling_only(languages: Both) -> None:
    assert member(languages, "price", "0.1") == "type /price"
    for spelled in ("0", "-0.1", "100", "0.123456789012345678", "9" * 28):
        assert member(languages, "price", f'"{spelled}"') == f'{{"price":"{spelled}"}}'
    for spelled in ("1.0", "1.50", "-0", "00", "1e2", "+1", ".5", "1.", "", "NaN", "0." + "1" * 19, "9" * 29):
        assert member(languages, "price", f'"{spelled}"') == "format /price"


def test_an_integer_has_no_fraction_and_no_exponent(languages: Both) -> None:
    assert member(languages, "real", "1.0") == '{"real":1}'
    for spelled in ("1.0", "1e0", "10e-1", "1E400"):
        assert member(languages, "whole", spelled) == "integer_form /whole"


def test_minus_zero_is_refused_since_its_sign_would_be_lost(languages: Both) -> None:
    for spelled in ("-0", "-0.0", "-0e-5"):
        assert member(languages, "real", spelled) == "negative_zero /real"
    assert member(languages, "whole", "-0") == "negative_zero /whole"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ('{"whole":1,"whole":1}', "/whole"),
        ('{"whole":1,"\\u0077hole":2}', "/whole"),
        ('{"labels":{"a~b/c":"","a~b/c":""}}', "/labels/a~0b~1c"),
        ('{"labels":{"__proto__":"","__proto__":""}}', "/labels/__proto__"),
        ('{"whole":1,"whole":', "/whole"),
    ],
)
def test_a_name_that_stands_twice_is_refused(languages: Both, document: str, pointer: str) -> None:
    assert verdict(languages, document) == f"duplicate_key {pointer}"


def test_names_that_differ_only_by_normal_form_are_two(languages: Both) -> None:
    # U+00E9, and e with a combining accent: no normalization, and sorted by their units.
    assert verdict(languages, '{"labels":{"\u00e9":"1","e\u0301":"2"}}') == '{"labels":{"e\u0301":"2","\u00e9":"1"}}'


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff", "\\ud83d\\u0041", "\\ude00\\ud83d", "\\uD83Dx\\uDE00"])
def test_a_lone_surrogate_is_refused_when_escaped(languages: Both, escape: str) -> None:
    assert member(languages, "name", f'"{escape}"') == "surrogate /name"
    assert member(languages, "labels", f'{{"{escape}":""}}') == "surrogate /labels"


def test_a_pair_of_surrogates_is_one_character(languages: Both) -> None:
    assert member(languages, "name", '"\\ud83d\\uDE00a"') == '{"name":"\U0001f600a"}'


@pytest.mark.parametrize(
    "broken", [b"\xed\xa0\x80", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf4\x90\x80\x80", b"\xff", b"\xe2\x82", b"\x80"]
)
def test_bytes_that_are_no_utf8_are_refused(languages: Both, broken: bytes) -> None:
    assert verdict(languages, b'{"name":"aa' + broken + b'"}') == "utf8"


def test_a_byte_order_mark_is_refused_in_front_and_kept_inside(languages: Both) -> None:
    assert verdict(languages, b"\xef\xbb\xbf{}") == "bom"
    assert verdict(languages, b" \xef\xbb\xbf{}") == "syntax"
    assert member(languages, "name", '"\ufeff\ufeff"') == '{"name":"\ufeff\ufeff"}'


def test_lengths_count_code_points(languages: Both) -> None:
    assert member(languages, "name", '"' + "\U0001f600" * 4 + '"').startswith("{")
    assert member(languages, "name", '"' + "\U0001f600" * 5 + '"') == "maxLength /name"
    assert member(languages, "name", '"\U0001f600"') == "minLength /name"
    assert member(languages, "name", '"e\u0301"') == '{"name":"e\u0301"}'


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString", "hasOwnProperty"])
def test_names_that_every_javascript_object_has_are_names_like_others(languages: Both, name: str) -> None:
    assert verdict(languages, f'{{"{name}":{{}}}}') == f"additionalProperties /{name}"
    assert member(languages, "labels", f'{{"{name}":"x"}}') == f'{{"labels":{{"{name}":"x"}}}}'


def test_names_of_digits_keep_their_order_by_units(languages: Both) -> None:
    assert (
        member(languages, "labels", '{"b":"","10":"","9":"","-1":""}') == '{"labels":{"-1":"","10":"","9":"","b":""}}'
    )


def test_names_sort_by_utf16_units_and_not_by_code_points(languages: Both) -> None:
    assert (
        member(languages, "labels", '{"\uffff":"1","\U0001f600":"2"}') == '{"labels":{"\U0001f600":"2","\uffff":"1"}}'
    )


@pytest.mark.parametrize(
    "spelled",
    [
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T00:00:00z",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00.0Z",
        "2026-01-01T00:00:00.10Z",
        "0000-01-01T00:00:00Z",
        "+002026-01-01T00:00:00Z",
    ],
)
def test_a_moment_has_one_spelling_and_exists(languages: Both, spelled: str) -> None:
    assert member(languages, "at", f'"{spelled}"') == "format /at"


@pytest.mark.parametrize(
    "spelled", ["2000-02-29T23:59:59.999999999Z", "2024-02-29T00:00:00Z", "0001-01-01T00:00:00.1Z"]
)
def test_moments_of_leap_years_and_nanoseconds_pass(languages: Both, spelled: str) -> None:
    assert member(languages, "at", f'"{spelled}"') == f'{{"at":"{spelled}"}}'


def test_null_is_not_absent(languages: Both) -> None:
    assert member(languages, "flag", "null") == "type /flag"
    assert verdict(languages, "{}") == "{}"


def test_one_is_not_true_and_true_is_not_one(languages: Both) -> None:
    assert member(languages, "flag", "1") == "type /flag"
    assert member(languages, "whole", "true") == "type /whole"
    assert member(languages, "real", "false") == "type /real"


def test_depth_and_size_are_bounded_at_the_same_place(languages: Both) -> None:
    # The object itself is the first level.
    deepest = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert member(languages, "flag", deepest) == "type /flag"
    assert member(languages, "flag", f"[{deepest}]").startswith("too_deep /flag/0/0")
    assert member(languages, "flag", "[" * 100_000).startswith("too_deep /flag/0/0")
    padded = b"{}".ljust(MAX_BYTES)
    assert verdict(languages, padded) == "{}"
    assert verdict(languages, padded + b" ") == "too_large"


def test_a_megabyte_of_escapes_is_read_without_an_overflow(languages: Both) -> None:
    text = '"' + "\\n" * (MAX_BYTES // 2 - 100) + '"'
    assert member(languages, "name", text) == "maxLength /name"
    assert member(languages, "labels", f'{{"a":{text}}}') == f'{{"labels":{{"a":{text}}}}}'


@pytest.mark.parametrize("blank", ["\u00a0", "\v", "\f", "\u2003", "\u3000", "\x00", "//x\n", "/**/"])
def test_only_the_four_blanks_of_json_are_blanks(languages: Both, blank: str) -> None:
    assert verdict(languages, ' \t\r\n{ "flag" :\ttrue }\n') == '{"flag":true}'
    assert verdict(languages, f'{{{blank}"flag":true}}').startswith("syntax")


@pytest.mark.parametrize(
    "document",
    ["", "{", '{"flag":true,}', "{'flag':true}", "{flag:true}", '{"flag":True}', '{"flag":true}{}', '{"name":"\t"}'],
)
def test_what_is_almost_json_is_refused(languages: Both, document: str) -> None:
    assert verdict(languages, document).startswith("syntax")


def test_the_first_thing_wrong_is_reported_whatever_the_order_of_members(languages: Both) -> None:
    wrong = ['"\ufb33":1', '"\U0001f600":1', '"whole":"x"']
    for document in (wrong, wrong[::-1]):
        # Unknown names come before wrong values, the least by UTF-16 units first.
        assert verdict(languages, "{" + ",".join(document) + "}") == "additionalProperties /\U0001f600"


def test_what_both_accept_has_the_value_that_each_language_would_have_read(languages: Both) -> None:
    document = '{"real":1.25e2,"name":"\\u00e9\\/\\u007f","labels":{"k":"\\b\\f"},"whole":-7}'
    assert json.loads(verdict(languages, document)) == json.loads(document)


def test_enough_documents_are_judged_for_the_traps_to_mean_something(languages: Both) -> None:
    # A peer that refuses everything would pass most tests above.
    everything: dict[str, Any] = {
        "digits": "1",
        "name": "ab",
        "whole": 0,
        "real": 0.5,
        "id": "-1",
        "price": "1.5",
        "at": "2026-01-01T00:00:00Z",
        "day": "2026-01-01",
        "labels": {},
        "flag": False,
        "side": "sell",
    }
    assert everything.keys() == TRAPS.keys()
    assert json.loads(verdict(languages, json.dumps(everything))) == everything


def test_the_folder_of_the_code_may_stand_anywhere(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with % and \u00e9"
    write_code(folder, trap=schema(TRAPS, ()))
    with both(folder) as opened:
        assert member(opened, "flag", "true") == '{"flag":true}'
