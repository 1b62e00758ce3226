"""What every engine that builds a program relies on."""

import numpy as np
import pytest

from dynamic_ai.errors import EngineUnsupportedError
from dynamic_ai.inference.rows import as_rows
from tests.dynamic_ai.examples import WIDTH
from tests.dynamic_ai.graphs import graph

COLUMN = np.ones((WIDTH, 1))


def test_constants_are_folded_in_float32_and_identities_and_dead_ends_left_out() -> None:
    nodes = [
        ("Identity", ("x",), "same"),
        ("Add", ("one", "third"), "sum"),
        ("Log", ("same",), "dead"),
        ("Mul", ("same", "sum"), "scaled"),
        ("MatMul", ("scaled", "w"), "y"),
    ]
    found = as_rows(graph(nodes, {"one": 1.0, "third": 1 / 3, "w": COLUMN}).graph)
    assert [(node.operator, node.inputs) for node in found.nodes] == [
        ("Mul", ("x", "sum")),
        ("MatMul", ("scaled", "w")),
    ]
    assert found.constants["sum"].tolist() == [float(np.float32(1) + np.float32(1 / 3))]
    assert set(found.constants) == {"sum", "w"}
    assert found.widths == {"x": WIDTH, "scaled": WIDTH, "y": 1, "dead": WIDTH}


@pytest.mark.parametrize(
    ("nodes", "constants", "reason"),
    [
        (
            [("Add", ("x", "w"), "a"), ("MatMul", ("a", "v"), "y")],
            {"w": np.ones((3, WIDTH)), "v": COLUMN},
            "not one row",
        ),
        ([("MatMul", ("left", "x"), "y")], {"left": np.ones((2, 3))}, "not rows by a constant matrix"),
        ([("Add", ("one", "one"), "y")], {"one": np.ones((1, 1))}, "does not look at its rows"),
    ],
    ids=["a constant of three rows", "rows on the right", "constant"],
)
def test_what_mixes_rows_is_unsupported_with_the_reason(
    nodes: list[tuple[str, tuple[str, ...], str]], constants: dict[str, object], reason: str
) -> None:
    with pytest.raises(EngineUnsupportedError, match=reason):
        as_rows(graph(nodes, constants).graph)
