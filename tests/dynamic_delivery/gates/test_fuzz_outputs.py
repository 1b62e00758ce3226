"""What a tool prints is broken in many ways: that is findings or an OutputError, never a pass, never a traceback."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import Completed
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.pytest import parse_targets
from tests.dynamic_delivery.gates.parsers import PARSERS, Parser

DEEP = 100_000
LONG = 2_000  # bytes
EXAMPLES = 15  # for each of many parsers
TWICE = "\0a name that stands twice"
HOLDS_FINDINGS = ("comments", "errors", "modules", "results")
ODD: tuple[object, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "\0",
    "\ud800",
    "../../etc/passwd",
    "/elsewhere/a.py",
    [],
    {},
    [[]],
)
each_parser = pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)


@each_parser
def test_the_recorded_output_has_the_findings_that_a_person_counts(parser: Parser) -> None:
    assert parser.read(parser.printed, parser.exit_code) == parser.findings


@each_parser
def test_a_clean_output_is_none_and_clean_output_where_the_tool_found_something_is_an_error(parser: Parser) -> None:
    if parser.clean:
        assert parser.read(parser.clean, 0) == 0
        assert refused(parser, parser.clean, parser.exit_code)


@each_parser
def test_an_output_cut_at_any_byte_is_an_error(parser: Parser) -> None:
    """Some of these tools print no last newline, so the blanks at the end are the one cut that does no harm.

    Of a long sample not each byte is tried, but a prime number apart, so that the cuts fall everywhere in its lines.
    """
    whole = parser.printed.rstrip()
    step = 1 if len(whole) < LONG else 7
    sizes = {*range(0, len(whole), step), *range(max(0, len(whole) - 50), len(whole))}
    assert all(refused(parser, whole[:size], parser.exit_code) for size in sizes)


@each_parser
def test_a_clean_output_cut_at_any_byte_is_an_error(parser: Parser) -> None:
    whole = parser.clean.rstrip()
    assert all(refused(parser, whole[:size], 0) for size in range(len(whole)))


@each_parser
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037"])
def test_an_output_in_another_encoding_is_an_error(parser: Parser, encoding: str) -> None:
    data = parser.printed.decode().encode(encoding, errors="replace")

    assert data == parser.printed or refused(parser, data, parser.exit_code)


@each_parser
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"\xff\xfe",
        b"[" * DEEP,
        b'{"a":' * DEEP,
        b"<a>" * DEEP,
        b"9" * DEEP,
        b"[NaN]",
        b"{}",
        b"[{}]",
        b"[null]",
    ],
    ids=[
        "nothing",
        "null",
        "bytes",
        "deep list",
        "deep object",
        "deep tags",
        "a long number",
        "NaN",
        "{}",
        "[{}]",
        "[null]",
    ],
)
def test_an_output_of_another_kind_is_an_error(parser: Parser, data: bytes) -> None:
    assert refused(parser, data, parser.exit_code)


@each_parser
@settings(deadline=None, max_examples=EXAMPLES)
@given(data=st.data())
def test_bytes_that_change_on_the_way_are_findings_or_an_error(parser: Parser, data: st.DataObject) -> None:
    whole = bytearray(parser.printed)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    never_green(parser, bytes(whole))


@each_parser
@settings(deadline=None, max_examples=EXAMPLES)
@given(data=st.data())
def test_a_value_of_another_kind_in_any_place_is_findings_or_an_error(parser: Parser, data: st.DataObject) -> None:
    if not parser.sample.endswith(".json"):
        return
    tree = json.loads(parser.printed)
    for _ in range(data.draw(st.integers(1, 3))):
        tree = replaced(tree, data)

    never_green(parser, json.dumps(tree).encode())


@each_parser
@settings(deadline=None, max_examples=EXAMPLES)
@given(data=st.data())
def test_a_field_that_stands_twice_in_any_object_is_an_error(parser: Parser, data: st.DataObject) -> None:
    """Python keeps the last one and other readers the first, so nobody can say what was meant."""
    if not parser.sample.endswith(".json"):
        return
    tree = json.loads(parser.printed)
    chosen = data.draw(st.sampled_from([each for each in objects(tree) if each]))
    name = data.draw(st.sampled_from(sorted(chosen)))
    chosen[TWICE] = data.draw(st.sampled_from([chosen[name], *ODD]))
    text = json.dumps(tree).replace(json.dumps(TWICE), json.dumps(name))

    assert refused(parser, text.encode(), parser.exit_code)


@each_parser
@settings(deadline=None, max_examples=EXAMPLES)
@given(data=st.data())
def test_lines_that_are_lost_or_stand_twice_are_findings_or_an_error(parser: Parser, data: st.DataObject) -> None:
    lines = parser.printed.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1)) if lines else 0
        lines[at : at + 1] = lines[at : at + 1] * data.draw(st.sampled_from([0, 2]))

    never_green(parser, b"".join(lines))


@each_parser
def test_an_output_of_very_many_findings_is_read_whole(parser: Parser) -> None:
    if not parser.sample.endswith(".json"):
        return
    tree: Any = json.loads(parser.printed)
    for found in [tree] if isinstance(tree, list) else [tree[name] for name in HOLDS_FINDINGS if name in tree]:
        found[:] = [numbered(each, number) for number in range(100) for each in found]

    assert parser.read(json.dumps(tree).encode(), parser.exit_code) == parser.findings * 100


def numbered(each: dict[str, Any], number: int) -> dict[str, Any]:
    """Return ``each``; of the harness, which names each module once, under a name of its own."""
    return {**each, "module": f"{each['module']}-{number}"} if "module" in each else each


@each_parser
def test_a_text_of_a_megabyte_in_any_field_is_findings_or_an_error(parser: Parser) -> None:
    text = "x" * (1 << 20)
    if parser.sample.endswith(".json"):
        tree = json.loads(parser.printed)
        for each in objects(tree):
            for name, value in each.items():
                each[name] = text if isinstance(value, str) else value
        never_green(parser, json.dumps(tree).encode())
    never_green(parser, parser.printed.replace(b"\n", text.encode() + b"\n", 1))


def test_tags_that_are_closed_however_deep_are_no_cases() -> None:
    (junit,) = [parser for parser in PARSERS if parser.name == "junit"]

    assert refused(junit, b"<a>" * DEEP + b"</a>" * DEEP, 1)


# In the form of ``./pants peek``, by hand.
PEEK = [
    {
        "address": "tests/a/test_a.py",
        "target_type": "python_test",
        "sources": ["tests/a/test_a.py"],
        "skip_tests": False,
    },
    {"address": "tests/a:slow", "target_type": "python_tests", "sources": ["tests/a/test_b.py"], "skip_tests": True},
    {"address": "tests/a:data", "target_type": "files", "sources": ["tests/a/a.json"]},
]


@settings(deadline=None, max_examples=EXAMPLES * 4)
@given(data=st.data())
def test_targets_of_another_shape_are_read_or_refused(data: st.DataObject) -> None:
    tree: Any = PEEK
    for _ in range(data.draw(st.integers(0, 3))):
        tree = replaced(tree, data)
    with suppress(OutputError):  # and nothing else
        found = parse_targets(Completed(("pants",), 0, json.dumps(tree).encode(), b""))
        assert tree is not PEEK or [each.report for each in found] == ["tests.a.test_a.py", "tests.a.slow"]


def objects(tree: Any) -> list[dict[str, Any]]:
    """Return every object in ``tree``."""
    own = [tree] if isinstance(tree, dict) else []
    below = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return [*own, *(found for each in below for found in objects(each))]


def replaced(tree: Any, data: st.DataObject) -> Any:
    """Return ``tree`` with one value, at any depth, that is odd, gone, or twice there."""
    if isinstance(tree, dict) and tree and data.draw(st.integers(0, 4)):
        name = data.draw(st.sampled_from(sorted(tree)))
        if not data.draw(st.integers(0, 5)):
            return {key: value for key, value in tree.items() if key != name}
        return {**tree, name: replaced(tree[name], data)}
    if isinstance(tree, list) and tree and data.draw(st.integers(0, 4)):
        at = data.draw(st.integers(0, len(tree) - 1))
        return [*tree[:at], replaced(tree[at], data), *tree[at + data.draw(st.integers(0, 1)) :]]
    return data.draw(st.sampled_from(ODD))


def never_green(parser: Parser, data: bytes) -> None:
    """The tool said by its exit status that it found something."""
    try:
        found = parser.read(data, parser.exit_code)
    except OutputError as error:
        refusal = error
    else:
        assert found > 0
        return
    assert refusal.message.isprintable()
    assert refusal.hint


def refused(parser: Parser, data: bytes, exit_code: int) -> bool:
    try:
        parser.read(data, exit_code)
    except OutputError:
        return True
    return False
