"""An engine that is not here is a fact with a way to get it."""

import importlib.util
import sys

import numpy as np
import pytest

from dynamic_ai.errors import EngineMissingError
from dynamic_ai.inference import ENGINES, JAX, LITERT, OPENCL, OPENVINO, Engine
from dynamic_ai.inference import opencl as opencl_room
from dynamic_engines import NoDeviceError
from tests.dynamic_ai.graphs import graph

EXTRAS = pytest.mark.parametrize("engine", [OPENVINO, LITERT, JAX], ids=lambda engine: engine.name)
MODEL = graph([("MatMul", ("x", "w"), "y")], {"w": np.ones((5, 1))})


def test_the_names_are_unique_and_only_the_reference_comes_first() -> None:
    names = [engine.name for engine in ENGINES]
    assert len(set(names)) == len(names)
    assert names[0] == "reference"
    assert set(names) >= {"onnxruntime", "onnx.reference", "openvino", "litert", "jax", "opencl"}


@EXTRAS
def test_an_extra_that_is_not_installed_says_how_to_get_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr("dynamic_ai.inference.presence.find_spec", lambda _: None)
    assert engine.version() == ""
    assert engine.found() == ()
    assert engine.optional
    assert "DYNAMIC_EXTRAS=inference ./dynamic" in engine.remedy


@EXTRAS
def test_an_extra_that_cannot_be_imported_is_missing_not_a_crash(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (
        "openvino",
        "jax",
        "ai_edge_litert",
        "ai_edge_litert.schema_py_generated",
        "ai_edge_litert.interpreter",
    ):
        monkeypatch.setitem(sys.modules, module, None)  # Python's own way to say that an import fails
    with pytest.raises(EngineMissingError, match=r"cannot be imported.*DYNAMIC_EXTRAS=inference"):
        engine.open(MODEL)


def test_without_a_device_our_own_engine_is_not_present(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> tuple[()]:
        raise NoDeviceError("pyopencl cannot be imported", "pip install pyopencl")

    for found in (none, lambda: ()):
        monkeypatch.setattr(opencl_room, "devices", found)
        assert OPENCL.version() == ""
        assert OPENCL.found() == ()
    assert "pocl-binary-distribution" in OPENCL.remedy


def test_a_device_that_is_gone_is_missing() -> None:
    with pytest.raises(EngineMissingError, match="no OpenCL device is called '#97'"):
        OPENCL.open(MODEL, "#97 A card that was pulled")
