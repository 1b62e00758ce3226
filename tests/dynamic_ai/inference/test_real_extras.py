"""The real OpenVINO, LiteRT and JAX, held to the oracle and to engines that are not theirs."""

import os
import subprocess
import sys
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ai.errors import EngineFailedError, EngineMissingError
from dynamic_ai.inference import (
    ENGINES,
    JAX,
    LITERT,
    ONNXRUNTIME,
    OPENVINO,
    Engine,
    Model,
    float32_bound,
    hard_inputs,
    parse_model,
)
from dynamic_ai.inference.openvino import open_session
from dynamic_ai.training import Settings, export_onnx, train
from tests.dynamic_ai.examples import WIDTH, labels_of, learnable
from tests.dynamic_ai.extras import add_extras
from tests.dynamic_ai.graphs import graph, random_graph

add_extras()

F32 = npt.NDArray[np.float32]
DATA = learnable(rows=900)
TRAINED = train(*labels_of(DATA, "train"), labels_of(DATA, "validation"), 0, Settings(epochs=10)).network
MODEL = parse_model(export_onnx(TRAINED, {}), "trained.onnx")
ROWS = np.concatenate([DATA.features.astype(np.float32), hard_inputs(WIDTH)])
EXTRAS = (OPENVINO, LITERT, JAX)
each = pytest.mark.parametrize("engine", EXTRAS, ids=lambda engine: engine.name)


def outside(model: Model, rows: F32, got: F32) -> int:
    exact, bound = float32_bound(model.graph, rows)
    assert got.shape == exact.shape
    assert got.dtype == np.float32
    return int((~(np.abs(got - exact) <= bound)).sum())


@each
def test_it_is_present_with_a_version_and_a_device(engine: Engine) -> None:
    assert engine.version().split()[1][0].isdigit()
    assert engine.found()


@each
def test_a_trained_network_is_within_the_bound_on_data_and_hard_inputs(engine: Engine) -> None:
    for device in engine.found():
        got = engine.open(MODEL, device)(ROWS)
        assert outside(MODEL, ROWS, got) == 0
        assert np.abs(got - ONNXRUNTIME.open(MODEL)(ROWS)).max() < 1e-5


@each
@pytest.mark.parametrize("rows", [0, 1, 2, 7, 64, 1009])
def test_every_batch_size_in_any_order(engine: Engine, rows: int) -> None:
    session = engine.open(MODEL)
    for count in (rows, 3, rows):
        assert outside(MODEL, ROWS[:count], session(ROWS[:count])) == 0


@each
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    operators=st.lists(
        st.sampled_from(["Relu", "Sigmoid", "Identity", "Add", "Sub", "Mul", "Div", "MatMul", "Clip"]),
        min_size=1,
        max_size=7,
    ),
    seed=st.integers(0, 2**32),
)
def test_random_graphs_are_within_the_bound(engine: Engine, operators: list[str], seed: int) -> None:
    model, rows = random_graph(operators, seed)
    assert outside(model, rows, engine.open(model)(rows)) == 0


@pytest.mark.parametrize(
    ("engine", "operator", "start", "stop"),
    [
        *(pytest.param(engine, "Sigmoid", -120.0, 120.0, id=f"Sigmoid {engine.name}") for engine in EXTRAS),
        *(pytest.param(engine, "Log", 1e-30, 50.0, id=f"Log {engine.name}") for engine in (OPENVINO, JAX)),
    ],
)
def test_elementary_functions_are_within_the_bound(engine: Engine, operator: str, start: float, stop: float) -> None:
    model = graph([(operator, ("x",), "y")], {}, width=1)
    rows = np.linspace(start, stop, 200_001, dtype=np.float32)[:, None]
    assert outside(model, rows, engine.open(model)(rows)) == 0


def test_litert_loses_the_logarithm_of_numbers_near_1_and_there_alone() -> None:
    model = graph([("Log", ("x",), "y")], {}, width=1)
    near, far = (
        np.linspace(0.99, 1.01, 20_001),
        np.concatenate([np.logspace(-30, -1, 9999), np.logspace(0.5, 30, 9999)]),
    )
    for rows, lost in ((near, True), (far, False)):
        x = rows.astype(np.float32)[:, None]
        got = LITERT.open(model)(x)
        assert (outside(model, x, got) > 0) == lost
        exact, _ = float32_bound(model.graph, x)
        assert (np.abs(got - exact) <= 16 * 2.0**-24 * np.maximum(1, np.abs(exact))).all()


def test_openvino_reports_its_import_to_nobody() -> None:
    code = (
        "import multiprocessing.popen_fork as fork, sys, threading\n"
        "sys.path[:] = eval(sys.argv[1])\n"
        "forks = []\n"
        "def launched(*_):\n"
        "    forks.append(1)\n"
        "    raise OSError('no fork here')\n"
        "fork.Popen._launch = launched\n"
        "from dynamic_ai.inference import OPENVINO\n"
        "OPENVINO.found()\n"
        "[thread.join(20) for thread in threading.enumerate() if thread is not threading.current_thread()]\n"
        "print(forks, sys.modules['openvino_telemetry'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, repr(sys.path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[] None\n", "")


@each
def test_rows_of_another_width_are_refused(engine: Engine) -> None:
    with pytest.raises(EngineFailedError, match=f"takes {WIDTH} features"):
        engine.open(MODEL)(np.zeros((3, WIDTH + 1), np.float32))


def test_openvinos_default_precision_is_beyond_the_bound_and_the_pin_is_what_mends_it() -> None:
    openvino = import_module("openvino")

    core = openvino.Core()
    if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this processor has no bfloat16, so the default is float32 here")
    assert outside(MODEL, ROWS, open_session(MODEL, "CPU", {})(ROWS)) > 0
    assert outside(MODEL, ROWS, OPENVINO.open(MODEL)(ROWS)) == 0


def test_openvino_makes_a_number_of_nan_which_the_others_do_not() -> None:
    rows = np.zeros((2, WIDTH), np.float32)
    rows[1, 0] = np.nan
    for engine in ENGINES:
        assert bool(np.isnan(engine.open(MODEL)(rows)[1])) == (engine is not OPENVINO), engine.name


def test_the_sigmoid_of_a_huge_number_is_a_number_for_litert_too() -> None:
    model = graph([("Sigmoid", ("x",), "y")], {}, width=1)
    rows = np.array([-3e38, -1e30, -1e10, -0.0, 1e10, 1e30, 3e38], np.float32)[:, None]
    assert LITERT.open(model)(rows).tolist() == [0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0]


def test_jax_stays_in_float32_where_its_user_switched_float64_on() -> None:
    code = (
        "import sys; sys.path[:] = eval(sys.argv[1])\n"
        "import numpy as np\n"
        "from dynamic_ai.inference import JAX\n"
        "from tests.dynamic_ai.graphs import graph\n"
        "model = graph([('Mul', ('x', 'c'), 'a'), ('Relu', ('a',), 'y')], {'c': 1 + 2.0**-23}, width=1)\n"
        "print(JAX.open(model)(np.array([[1 + 2.0**-23]], np.float32)).tolist())\n"
    )
    env: dict[str, Any] = {**os.environ, "JAX_ENABLE_X64": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, repr(sys.path)], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"[{1 + 2.0**-22!r}]"


def test_a_device_that_jax_does_not_have_is_missing() -> None:
    with pytest.raises(EngineMissingError, match="jax has no device 'abacus:0'"):
        JAX.open(MODEL, "abacus:0")
