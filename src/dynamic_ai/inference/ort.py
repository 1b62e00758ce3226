"""onnxruntime, on one thread of the CPU."""

import numpy as np

from dynamic_ai.errors import EngineFailedError, EngineMissingError
from dynamic_ai.inference.graph import Model
from dynamic_ai.inference.model import F32, Engine, Session
from dynamic_ai.inference.presence import first_line, installed

_QUIET = 4  # fatal only: what fails is raised, and said once


def _start(model: Model, _: str) -> Session:
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
        raise EngineFailedError(f"onnxruntime refuses the model ({first_line(error)})", "export it again") from error

    def session(features: F32) -> F32:
        try:
            (output,) = opened.run([model.graph.output], {model.graph.input: features})
        except raised as error:
            raise EngineFailedError(f"onnxruntime fails ({first_line(error)})", "use the model's own data") from error
        return np.asarray(output, np.float32).reshape(-1)

    return session


ONNXRUNTIME = Engine("onnxruntime", lambda: installed("onnxruntime"), _start, remedy="pip install onnxruntime")
