"""ONNX's own evaluator, which is the standard put into NumPy by those who wrote it."""

import numpy as np

from dynamic_ai.errors import EngineFailedError
from dynamic_ai.inference.graph import Model
from dynamic_ai.inference.model import F32, Engine, Session
from dynamic_ai.inference.presence import check_width, first_line, installed


def _start(model: Model, _: str) -> Session:
    from onnx.reference import ReferenceEvaluator

    opened = ReferenceEvaluator(model.content)

    def session(features: F32) -> F32:
        check_width(model, features)  # it would compute with some other widths, by broadcasting
        try:
            with np.errstate(all="ignore"):
                (output,) = opened.run(None, {model.graph.input: features})
        except (RuntimeError, TypeError, ValueError) as error:
            raise EngineFailedError(f"onnx.reference fails ({first_line(error)})", "export the model again") from error
        return np.asarray(output, np.float32).reshape(-1)

    return session


ONNX_REFERENCE = Engine("onnx.reference", lambda: installed("onnx"), _start, remedy="pip install onnx")
