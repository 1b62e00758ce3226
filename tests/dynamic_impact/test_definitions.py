"""What a source defines and leans on: each case worked by hand from the text."""

import pytest

from dynamic_impact.definitions import changed_definitions, definitions_of

SOURCE = b'''\
"""A module."""
import json
from pkg.parts import wheel as round_thing
from stars import *

LIMIT = 3
LIMIT_TABLE["low"] = LIMIT


@keep("double")
def turn(value, by=LIMIT):
    "What it does."
    local = wheel.spin(value)
    return local + by


class Cart(Base, metaclass=Meta):
    wheels = 4

    def __init__(self):
        self.load = 0

    def push(self):
        return self.wheels


if LIMIT:
    def late():
        return turn(1)
'''


def test_each_definition_has_its_names_and_what_it_leans_on() -> None:
    found = definitions_of(SOURCE) or ()
    by_block = {one.block: one for one in found if not one.block.startswith("<")}
    assert set(by_block) == {"turn", "Cart.__init__", "Cart.push", "late"}
    turn = by_block["turn"]
    assert turn.binds == {"turn"}
    assert {("", "keep"), ("", "double"), ("", "LIMIT"), ("wheel", "spin"), ("", "value")} <= turn.mentions
    assert ("", "local") not in turn.mentions  # its own
    assert not {("", "What"), ("", "does")} & turn.mentions  # prose
    assert by_block["Cart.__init__"].binds == {"__init__", "Cart"}  # who calls the class runs it
    assert by_block["Cart.push"].binds == {"push"}
    assert ("", "turn") in by_block["late"].mentions


def test_imports_hand_names_on_and_are_no_step_of_their_own() -> None:
    found = [one for one in definitions_of(SOURCE) or () if one.lends]
    assert [one.lends for one in found] == [(("json", "json"),), (("round_thing", "wheel"),), (("*", "*"),)]
    assert {one.hops for one in found} == {0}
    assert found[1].mentions == {("parts", "wheel"), ("", "parts")}


def test_a_class_stands_nearer_to_its_attributes_than_to_its_methods() -> None:
    links = [one for one in definitions_of(SOURCE) or () if one.binds == {"Cart"} and not one.text]
    assert [(one.hops, sorted(name for _, name in one.mentions)) for one in links] == [
        (1, ["wheels"]),
        (2, ["Cart", "__init__", "push"]),
    ]


def test_a_statement_that_binds_nothing_has_no_name_to_be_meant_by() -> None:
    acts = [one for one in definitions_of(SOURCE) or () if ("", "LIMIT_TABLE") in one.mentions]
    assert [(sorted(one.binds), sorted(one.mentions)) for one in acts] == [
        ([], [("", "LIMIT"), ("", "LIMIT_TABLE"), ("", "low")])
    ]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (b"wheel.spin(value)", b"wheel.spin(-value)", {"turn"}),
        (b'@keep("double")\n', b"", {"turn"}),  # its decorator
        (b"by=LIMIT", b"by=4", {"turn"}),  # its default
        (b"What it does.", b"What else it does.", set()),
        (b"wheels = 4", b"wheels  =  4  # a cart", set()),
        (b"wheels = 4", b"wheels = 5", {"wheels"}),
        (b"Cart(Base,", b"Cart(Other,", {"Cart"}),
        (b"def push", b"def pull", {"push", "pull"}),
        (b"import json\n", b"", {"json"}),
    ],
)
def test_what_changed_is_named_and_nothing_else(old: bytes, new: bytes, changed: set[str]) -> None:
    assert old in SOURCE
    found = changed_definitions(SOURCE, SOURCE.replace(old, new))
    assert {name for one in found for name in one.binds} == changed


def test_of_a_file_that_came_or_went_everything_changed() -> None:
    every = [one for one in definitions_of(SOURCE) or () if one.text]
    assert list(changed_definitions(None, SOURCE)) == every == list(changed_definitions(SOURCE, None))


def test_what_cannot_be_parsed_defines_nothing_that_is_known() -> None:
    assert definitions_of(b"def (:\n") is None
    assert definitions_of(b"\0") is None
    assert [one.block for one in changed_definitions(b"def (:\n", b"def f(): pass\n")] == ["f"]
