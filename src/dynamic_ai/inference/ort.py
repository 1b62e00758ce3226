"""onnxruntime, on one thread of the CPU."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import numpy as np

from dynamic_ai.errors import EngineFailedError, EngineMissingError
from dynamic_ai.inference.graph import Model
from dynamic_ai.inference.model import F32, Engine, Session

_QUIET = 4  # fatal only: what fails is raised, and said once


def _version() -> str:
    if find_spec("onnxruntime") is None:
        return ""
    try:
        return f"onnxruntime {version('onnxruntime')}"
    except PackageNotFoundError:
        return "onnxruntime"


def _open(model: Model) -> Session:
    try:
        import onnxruntime  # type: ignore[import-untyped]  # it ships no types
        from onnxruntime.capi import onnxruntime_pybind11_state as failures  # type: ignore[import-untyped]
    except ImportError as error:
        raise EngineMissingError(f"onnxruntime cannot be imported ({error})", "pip install onnxruntime") from error
    raised = (failures.Fail, failures.InvalidArgument, failures.InvalidGraph, failures.NotImplemented)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    try:
        opened = onnxruntime.InferenceSession(model.content, options, providers=["CPUExecutionProvider"])
    except raised as error:
        raise EngineFailedError(f"onnxruntime refuses the model ({_first_line(error)})", "export it again") from error

    def session(features: F32) -> F32:
        try:
            (output,) = opened.run([model.graph.output], {model.graph.input: features})
        except raised as error:
            raise EngineFailedError(f"onnxruntime fails ({_first_line(error)})", "use the model's own data") from error
        return np.asarray(output, np.float32).reshape(-1)

    return session


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no message"])[0]


ONNXRUNTIME = Engine("onnxruntime", _version, _open)
