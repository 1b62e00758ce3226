"""The judges of every graph: our reference, onnxruntime, ONNX's own evaluator, and our OpenCL engine."""

import os
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ai.errors import EngineFailedError
from dynamic_ai.inference import (
    ENGINES,
    ONNXRUNTIME,
    OPENCL,
    REFERENCE,
    Engine,
    Model,
    evaluate,
    float32_bound,
    hard_inputs,
    parse_model,
)
from dynamic_ai.training import Settings, export_onnx, train
from dynamic_ai.training.network import probability
from tests.dynamic_ai.examples import WIDTH, labels_of, learnable
from tests.dynamic_ai.graphs import graph, random_graph

F32 = npt.NDArray[np.float32]

DATA = learnable(rows=900)
TRAINED = train(*labels_of(DATA, "train"), labels_of(DATA, "validation"), 0, Settings(epochs=10)).network
CONTENT = export_onnx(TRAINED, {"snapshot": "s" * 64, "seed": "0"})
MODEL = parse_model(CONTENT, "trained.onnx")
ROWS = np.concatenate([DATA.features.astype(np.float32), hard_inputs(WIDTH)])


# What every installation has; test_extras.py judges the others.
EVERYWHERE = tuple(engine for engine in ENGINES if not engine.optional)
HERE = (*EVERYWHERE, OPENCL)


def judges(model: Model, rows: F32, engines: Sequence[Engine] = HERE) -> dict[str, F32]:
    return {engine.name: engine.open(model)(rows) for engine in engines}


def test_the_exported_file_passes_onnxs_own_checker_and_says_where_it_comes_from() -> None:
    onnx.checker.check_model(onnx.load_from_string(CONTENT), full_check=True)
    assert MODEL.metadata == {"snapshot": "s" * 64, "seed": "0"}
    assert MODEL.opset == 17


def test_the_graph_computes_what_was_trained() -> None:
    # The weights of the graph are rounded to float32.
    np.testing.assert_allclose(evaluate(MODEL.graph, ROWS), probability(TRAINED, ROWS.astype(np.float64)), atol=1e-5)


def test_every_judge_is_within_the_derived_bound_of_float64_on_data_and_hard_inputs() -> None:
    exact, bound = float32_bound(MODEL.graph, ROWS)
    assert bound.max() < 1e-3
    for name, values in judges(MODEL, ROWS).items():
        assert values.dtype == np.float32, name
        assert (np.abs(values - exact) <= bound).all(), name


def test_the_bound_is_no_more_than_a_few_hundred_times_what_is_seen() -> None:
    exact, bound = float32_bound(MODEL.graph, ROWS)
    seen = max(float(np.abs(values - exact).max()) for values in judges(MODEL, ROWS).values())
    assert seen > 0
    assert bound.max() < 1000 * seen


_UNARY = st.sampled_from(["Relu", "Sigmoid", "Identity"])
_BINARY = st.sampled_from(["Add", "Sub", "Mul", "Div"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(_UNARY, _BINARY, st.just("MatMul"), st.just("Clip")), min_size=1, max_size=7), st.data())
def test_random_graphs_keep_every_judge_within_the_bound(operators: list[str], data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 2**32))
    model, rows = random_graph(operators, seed)
    exact, bound = float32_bound(model.graph, rows)
    # A kernel is compiled for each graph, so our own engine has a test of its own, with fewer of them.
    for name, values in judges(model, rows, EVERYWHERE).items():
        assert (np.abs(values - exact) <= bound).all(), name


@pytest.mark.parametrize(("operator", "start", "stop"), [("Sigmoid", -120.0, 120.0), ("Log", 1e-30, 50.0)])
def test_every_judges_elementary_functions_are_within_the_bound(operator: str, start: float, stop: float) -> None:
    model = graph([(operator, ("x",), "y")], {}, width=1)
    rows = np.linspace(start, stop, 200_001, dtype=np.float32)[:, None]
    exact, bound = float32_bound(model.graph, rows)
    for name, values in judges(model, rows).items():
        assert (np.abs(values - exact) <= bound).all(), name


def test_the_log_of_a_negative_number_is_nan_for_every_judge() -> None:
    model = graph([("MatMul", ("x", "w"), "z"), ("Log", ("z",), "y")], {"w": np.ones((WIDTH, 1))})
    for values in judges(model, np.full((1, WIDTH), -1, np.float32)).values():
        assert np.isnan(values).all()


def test_where_float32_overflows_the_bound_is_infinite_unless_the_graph_holds_it() -> None:
    steps = [("Mul", ("x", "huge"), "a"), ("Clip", ("a", "lowest", "highest"), "b"), ("MatMul", ("b", "w"), "y")]
    constants = {"huge": 1e38, "lowest": -1.0, "highest": 1.0, "w": np.ones((WIDTH, 1))}
    rows = np.full((1, WIDTH), 1e10, np.float32)
    held = graph(steps, constants)
    assert float32_bound(held.graph, rows)[1][0] < 1e-5
    bare = graph([steps[0], ("MatMul", ("a", "w"), "y")], {"huge": 1e38, "w": np.ones((WIDTH, 1))})
    assert np.isposinf(float32_bound(bare.graph, rows)[1][0])
    assert np.isposinf(ONNXRUNTIME.open(bare)(rows)[0])
    assert np.isposinf(REFERENCE.open(bare)(rows)[0])


def test_where_a_part_of_a_sum_may_overflow_there_is_no_bound_though_the_sum_is_small() -> None:
    # 3e38 + 3e38 - 3e38 - 3e38 is 0, infinity or NaN: it depends on the order.
    model = graph([("MatMul", ("x", "w"), "y")], {"w": np.array([[1.0], [1.0], [-1.0], [-1.0], [0.0]])})
    rows = np.array([[3e38] * 5, [3e38, 3e38, 0, 0, 0], [1.0] * 5], np.float32)
    exact, bound = float32_bound(model.graph, rows)
    assert exact.tolist() == [0.0, 2 * float(np.float32(3e38)), 0.0]
    assert np.isposinf(bound).tolist() == [True, True, False]
    # All of one sign: infinity for every engine, and a sigmoid makes 1 of it.
    held = graph([("MatMul", ("x", "w"), "z"), ("Sigmoid", ("z",), "y")], {"w": np.ones((WIDTH, 1))})
    assert np.isfinite(float32_bound(held.graph, rows[:1])[1]).all()


def test_a_reduced_precision_is_beyond_the_bound() -> None:
    exact, bound = float32_bound(MODEL.graph, ROWS)
    half = evaluate(MODEL.graph, ROWS, np.float16).astype(np.float64)
    assert (np.abs(half - exact) > bound).any()


@pytest.mark.parametrize("engine", HERE, ids=lambda engine: engine.name)
def test_rows_of_another_width_are_refused_by_every_engine(engine: Engine) -> None:
    with pytest.raises(EngineFailedError):
        engine.open(MODEL)(np.zeros((3, WIDTH + 1), np.float32))


@pytest.mark.parametrize("engine", HERE, ids=lambda engine: engine.name)
def test_no_rows_give_no_numbers_and_nan_gives_nan(engine: Engine) -> None:
    session = engine.open(MODEL)
    assert session(np.zeros((0, WIDTH), np.float32)).shape == (0,)
    rows = np.zeros((3, WIDTH), np.float32)
    rows[1, 2] = np.nan
    assert np.isnan(session(rows)).tolist() == [False, True, False]


def test_a_model_that_gives_many_numbers_a_row_is_refused() -> None:
    model = graph([("Relu", ("x",), "y")], {})
    with pytest.raises(EngineFailedError, match="one number a row"):
        evaluate(model.graph, np.zeros((3, WIDTH), np.float32))


def test_shapes_that_do_not_fit_are_an_error_that_names_the_operator() -> None:
    model = graph([("Relu", ("x",), "y")], {})
    broken = Model(model.digest, model.graph, model.opset, {}, model.content)
    odd = np.ones((2, WIDTH + 2), np.float32)
    with pytest.raises(EngineFailedError, match=f"takes {WIDTH} features"):
        evaluate(broken.graph, odd)


def test_importing_the_room_imports_no_engine() -> None:
    engines = ("google.protobuf", "jax", "onnx", "onnxruntime", "openvino", "pyopencl")
    code = f"import sys, dynamic_ai; sys.exit(any(name in sys.modules for name in {engines}))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == 0
