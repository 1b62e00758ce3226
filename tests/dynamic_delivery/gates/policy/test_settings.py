"""The policy's settings beside the gates themselves."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamic_delivery.gates.model import Gate
from dynamic_delivery.gates.table import GATES

SETTINGS: dict[str, Any] = json.loads(Path("ci/policies/data/gates.json").read_text(encoding="utf-8"))["gates"]
REQUIRED = [gate for gate in GATES if gate.name in SETTINGS["required"]]


@pytest.mark.parametrize("gate", REQUIRED, ids=lambda gate: gate.name)
def test_a_gate_wants_each_file_for_which_the_policy_lets_no_one_skip_it(gate: Gate) -> None:
    files = SETTINGS["required"][gate.name]
    paths = [f"{start}a{has}b{end}" for start in files["starts"] for has in files["has"] for end in files["ends"]]
    assert paths
    assert [path for path in paths if not gate.looks_at(path)] == []


def test_a_kind_names_gates_that_are_rows() -> None:
    named = {name for kind in SETTINGS["kinds"].values() for name in kind["gates"]}
    assert named <= {gate.name for gate in GATES}


def test_every_row_is_a_gate_that_the_policy_asks_for() -> None:
    assert [gate.name for gate in GATES if gate.name not in SETTINGS["required"]] == []


def test_the_gates_that_the_policy_names_by_hand_are_rows() -> None:
    assert {"bandit", "mypy", "pytest", "ruff", "secrets", "zizmor"} <= {gate.name for gate in REQUIRED}
    assert set(SETTINGS["must_pass"]) <= {gate.name for gate in REQUIRED}


def test_every_gate_that_the_policy_asks_for_is_a_row() -> None:
    assert set(SETTINGS["required"]) == {gate.name for gate in REQUIRED}
