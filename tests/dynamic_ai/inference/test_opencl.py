"""Our own engine: one fused kernel, or the library's GEMM with what follows it fused in, and the two mixed."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ai.errors import EngineUnsupportedError
from dynamic_ai.inference import ONNXRUNTIME, OPENCL, Model, float32_bound, hard_inputs
from dynamic_ai.inference.opencl import open_session
from dynamic_ai.inference.opencl_plan import Fused, Product, plan
from dynamic_ai.inference.opencl_text import kernel_of
from dynamic_ai.inference.rows import as_rows
from dynamic_engines.library.linalg.gemm import Activation
from tests.dynamic_ai.examples import WIDTH
from tests.dynamic_ai.graphs import graph, random_graph

F32 = npt.NDArray[np.float32]
RANDOM = np.random.default_rng(20261124)
# How many weights a product may have and stay in the fused kernel: none, some of them, and all.
PATHS = pytest.mark.parametrize("fused_weights", [0, 120, 10**6])


def mlp(sizes: tuple[int, ...] = (WIDTH, 17, 13, 1)) -> Model:
    nodes: list[tuple[str, tuple[str, ...], str]] = []
    constants: dict[str, Any] = {}
    at = "x"
    for n, (k, m) in enumerate(pairwise(sizes)):
        constants |= {f"w{n}": RANDOM.normal(size=(k, m)) / k, f"b{n}": RANDOM.normal(size=m)}
        last = n == len(sizes) - 2
        nodes += [
            ("MatMul", (at, f"w{n}"), f"p{n}"),
            ("Add", (f"p{n}", f"b{n}"), f"s{n}"),
            ("Sigmoid" if last else "Relu", (f"s{n}",), f"h{n}"),
        ]
        at = f"h{n}"
    return graph(nodes, constants, width=sizes[0])


MODEL = mlp()


def within(model: Model, rows: F32, fused_weights: int) -> None:
    exact, bound = float32_bound(model.graph, rows)
    got = open_session(model, "", fused_weights)(rows)
    assert got.dtype == np.float32
    assert (np.abs(got - exact) <= bound).all()
    assert (np.abs(got - ONNXRUNTIME.open(model)(rows)) <= 2 * bound).all()


def test_a_small_network_is_one_launch_and_a_large_one_is_products_with_bias_and_activation() -> None:
    steps = plan(as_rows(MODEL.graph))
    assert [type(step) for step in steps] == [Fused]
    products = plan(as_rows(MODEL.graph), fused_weights=0)
    assert [step.activation for step in products if isinstance(step, Product)] == [
        Activation.RELU,
        Activation.RELU,
        Activation.LOGISTIC,
    ]
    assert [step.bias for step in products if isinstance(step, Product)] == ["b0", "b1", "b2"]
    mixed = plan(as_rows(MODEL.graph), fused_weights=120)
    assert [type(step) for step in mixed] == [Fused, Product, Fused]


@PATHS
@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 64, 65, 1009])
def test_every_batch_size_is_within_the_bound_on_every_path(rows: int, fused_weights: int) -> None:
    within(MODEL, RANDOM.normal(size=(rows, WIDTH)).astype(np.float32), fused_weights)


@PATHS
def test_hard_inputs_are_within_the_bound_on_every_path(fused_weights: int) -> None:
    within(MODEL, hard_inputs(WIDTH), fused_weights)


@PATHS
def test_nan_stays_nan_through_every_path(fused_weights: int) -> None:
    rows = np.zeros((9, WIDTH), np.float32)
    rows[4, 1] = np.nan
    assert np.flatnonzero(np.isnan(open_session(MODEL, "", fused_weights)(rows))).tolist() == [4]


@PATHS
def test_a_value_that_is_read_twice_survives_what_is_between(fused_weights: int) -> None:
    nodes = [
        ("MatMul", ("x", "w"), "a"),
        ("Add", ("a", "b"), "s"),  # read by the activation and by the sum below: neither may swallow it
        ("Relu", ("s",), "r"),
        ("MatMul", ("r", "v"), "c"),
        ("Add", ("c", "s"), "joined"),
        ("Mul", ("joined", "x"), "m"),
        ("MatMul", ("m", "one"), "y"),
    ]
    constants = {name: RANDOM.normal(size=(WIDTH, WIDTH)) for name in "wv"}
    model = graph(nodes, {**constants, "b": RANDOM.normal(size=WIDTH), "one": RANDOM.normal(size=(WIDTH, 1))})
    within(model, RANDOM.normal(size=(33, WIDTH)).astype(np.float32), fused_weights)


@PATHS
def test_a_bias_on_the_left_and_one_for_all_columns_are_added(fused_weights: int) -> None:
    nodes = [
        ("MatMul", ("x", "w"), "a"),
        ("Add", ("b", "a"), "s"),
        ("MatMul", ("s", "v"), "c"),
        ("Add", ("c", "all"), "d"),
        ("Sub", ("all", "d"), "e"),
        ("MatMul", ("e", "one"), "y"),
    ]
    model = graph(
        nodes,
        {
            "w": RANDOM.normal(size=(WIDTH, 6)),
            "b": RANDOM.normal(size=6),
            "v": RANDOM.normal(size=(6, 3)),
            "all": 0.7,
            "one": RANDOM.normal(size=(3, 1)),
        },
    )
    within(model, RANDOM.normal(size=(5, WIDTH)).astype(np.float32), fused_weights)


def test_the_model_may_hand_its_input_on() -> None:
    model = graph([("Identity", ("x",), "y")], {}, width=1)
    rows = np.arange(11, dtype=np.float32)[:, None]
    np.testing.assert_array_equal(OPENCL.open(model)(rows), rows[:, 0])


@settings(max_examples=4, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from(["Relu", "Sigmoid", "Identity", "Add", "Sub", "Mul", "Div", "MatMul", "Clip"]),
        min_size=4,
        max_size=7,
    ),
    st.integers(0, 2**32),
    st.sampled_from([0, 10**6]),
)
def test_random_graphs_are_within_the_bound(operators: list[str], seed: int, fused_weights: int) -> None:
    within(*random_graph(operators, seed), fused_weights)


def test_no_name_of_the_graph_gets_into_the_kernel() -> None:
    nasty = 'x"; } /* '
    model = graph(
        [("Mul", ("x", nasty), "; evil"), ("MatMul", ("; evil", "w"), "y")], {nasty: 2.0, "w": np.ones((WIDTH, 1))}
    )
    rows = as_rows(model.graph)
    (step,) = plan(rows)
    assert isinstance(step, Fused)
    assert "evil" not in kernel_of(rows, step, {nasty: 0, "w": 1}).text
    within(model, RANDOM.normal(size=(3, WIDTH)).astype(np.float32), 10**6)


def test_a_row_too_wide_for_an_item_is_unsupported_with_the_reason() -> None:
    model = graph([("Log", ("x",), "l"), ("MatMul", ("l", "w"), "y")], {"w": np.ones((3000, 1))}, width=3000)
    with pytest.raises(EngineUnsupportedError, match="a row holds 6001 values"):
        OPENCL.open(model)


def test_a_wide_network_goes_through_the_products() -> None:
    within(mlp((1500, 67, 131, 1)), RANDOM.normal(size=(37, 1500)).astype(np.float32), 4096)
