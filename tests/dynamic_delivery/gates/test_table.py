"""The table of gates, and the data that names its rows."""

from pathlib import Path

import pytest

from dynamic_delivery.gates.model import Gate
from dynamic_delivery.gates.settings import COMMON, read_settings
from dynamic_delivery.gates.table import GATES
from dynamic_delivery.gates.tools import read_pins

_NAMES = [gate.name for gate in GATES]


def test_the_names_are_unique_and_none_is_a_section_of_the_settings() -> None:
    assert sorted({*_NAMES, *COMMON}) == sorted([*_NAMES, *COMMON])


@pytest.mark.parametrize("gate", GATES, ids=_NAMES)
def test_every_program_that_a_gate_needs_is_pinned(gate: Gate) -> None:
    assert set(gate.tools) <= set(read_pins(Path()))


@pytest.mark.parametrize("gate", GATES, ids=_NAMES)
def test_a_gate_says_what_it_is_about_in_a_few_words(gate: Gate) -> None:
    assert 0 < len(gate.what) <= 60
    assert gate.what.isprintable()


def test_the_settings_of_this_repository_are_of_its_gates() -> None:
    assert read_settings(Path(), _NAMES)["tools.foreign"] == "refuse"
