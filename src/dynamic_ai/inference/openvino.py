"""OpenVINO, on one thread of each device that it finds.

Left alone it computes in bfloat16 where the processor has it: 8 bits of a number instead of 24. ``_F32`` is the mend;
docs/engines/inference.md has the figures.
"""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from dynamic_ai.errors import EngineFailedError
from dynamic_ai.inference.graph import Model
from dynamic_ai.inference.model import F32, Engine, Session
from dynamic_ai.inference.presence import EXTRAS, check_width, first_line, imported, installed

_F32: Mapping[str, object] = {"INFERENCE_PRECISION_HINT": "f32"}
_ONE_THREAD: Mapping[str, object] = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}


def open_session(model: Model, device: str, settings: Mapping[str, object]) -> Session:
    """Return a session with ``settings`` of OpenVINO's own; the engine's row gives the ones that are right.

    Raises
    ------
    EngineMissingError, EngineFailedError
    """
    openvino = _openvino()
    device = device or "CPU"
    threads = _ONE_THREAD if device == "CPU" else {}
    try:
        compiled = openvino.compile_model(_read(openvino, model), device, {**threads, **settings})
        request = compiled.create_infer_request()
    except RuntimeError as error:
        raise EngineFailedError(f"openvino refuses the model ({first_line(error)})", "export it again") from error

    def session(features: F32) -> F32:
        check_width(model, features)
        if not features.shape[0]:
            return np.zeros(0, np.float32)
        try:
            request.infer([np.ascontiguousarray(features)], share_inputs=True)
        except RuntimeError as error:
            raise EngineFailedError(f"openvino fails ({first_line(error)})", "use the model's own data") from error
        return np.array(request.get_output_tensor(0).data, np.float32).reshape(-1)

    return session


def _openvino() -> Any:
    """Return the module, whose import would fork a process that reports it over the network: take the reporter away."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # Python's way to say: not there
    return imported("openvino")


def _read(openvino: Any, model: Model) -> Any:
    from io import BytesIO

    return openvino.Core().read_model(BytesIO(model.content))


def _devices() -> tuple[str, ...]:
    return tuple(_openvino().Core().available_devices)


OPENVINO = Engine(
    "openvino",
    lambda: installed("openvino"),
    lambda model, device: open_session(model, device, _F32),
    _devices,
    EXTRAS,
    optional=True,
)
