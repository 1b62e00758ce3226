"""Our own engine, on every OpenCL device: the library's GEMM, and one kernel for all that is small."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from dynamic_ai.errors import EngineFailedError, EngineMissingError
from dynamic_ai.inference.graph import Model
from dynamic_ai.inference.model import F32, Engine, Session
from dynamic_ai.inference.opencl_plan import FUSED_WEIGHTS, Fused, Product, Step, offsets, plan
from dynamic_ai.inference.opencl_text import kernel_of
from dynamic_ai.inference.presence import check_width
from dynamic_ai.inference.rows import RowGraph, as_rows
from dynamic_engines import (
    Buffer,
    Device,
    DeviceInfo,
    EngineError,
    Launch,
    NoDeviceError,
    Precision,
    devices,
    open_device,
)
from dynamic_engines.library import Knob, Stage
from dynamic_engines.library.linalg.gemm import layer_on
from dynamic_engines.library.pairs import width_of

# On PoCL a small batch on one thread is faster than the waking of a second one.
_GROUP = Knob("GROUP", 8, 64, (1, 2, 4, 8))
_REMEDY = "install PoCL, a device on every CPU: pip install pocl-binary-distribution, or apt install pocl-opencl-icd"

# (the values on the device, rows) -> the launch
Run = Callable[[Mapping[str, Buffer], int], Launch]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step that is compiled, with its constants on the device. ``outputs`` have so many numbers a row."""

    outputs: Mapping[str, int] = field(repr=False)
    run: Run = field(repr=False)


def _start(model: Model, device: str) -> Session:
    return open_session(model, device)


def open_session(model: Model, device: str, fused_weights: int = FUSED_WEIGHTS) -> Session:
    """Return a session on ``device``, one of ``DEVICES``; products of more than ``fused_weights`` go to the GEMM.

    Raises
    ------
    EngineMissingError : no such device
    EngineUnsupportedError : see ``as_rows`` and ``plan``
    EngineFailedError : the device refused
    """
    graph = as_rows(model.graph)
    steps = plan(graph, fused_weights)
    try:
        opened = open_device(device.partition(" ")[0])
        prepared = _prepared(opened, graph, steps)
    except NoDeviceError as error:
        raise EngineMissingError(error.message, error.hint) from error
    except EngineError as error:
        raise EngineFailedError(f"opencl refuses the model: {error.message}", error.hint) from error

    def session(features: F32) -> F32:
        check_width(model, features)
        if not features.shape[0]:
            return np.zeros(0, np.float32)  # OpenCL has no empty buffers
        try:
            return _run(opened, graph, prepared, features)
        except EngineError as error:
            raise EngineFailedError(f"opencl fails: {error.message}", error.hint) from error

    return session


def _run(device: Device, graph: RowGraph, steps: tuple[Prepared, ...], features: F32) -> F32:
    rows = features.shape[0]
    with device.buffers() as memory:
        # As whole numbers: what a model makes of NaN is the model's affair, and buffers of floats refuse it.
        bits = np.ascontiguousarray(features, np.float32).view(np.int32)
        values = {graph.input: memory.upload("features", bits, np.int32, 2)}
        for step in steps:
            values.update({name: memory.empty((rows, width), np.float32) for name, width in step.outputs.items()})
            step.run(values, rows)
        return memory.download(values[graph.output]).view(np.float32).reshape(-1)


def _prepared(device: Device, graph: RowGraph, steps: tuple[Step, ...]) -> tuple[Prepared, ...]:
    stage = Stage(device, device.buffers(), Precision.FLOAT32)  # the constants live as long as the session
    places = offsets(graph, steps)
    together = [graph.constants[name].reshape(-1) for name in places]
    constants = _sent(stage, np.concatenate(together) if together else np.zeros(1, np.float32))
    return tuple(
        _product(stage, graph, step) if isinstance(step, Product) else _fused(stage, graph, step, places, constants)
        for step in steps
    )


def _product(stage: Stage, graph: RowGraph, step: Product) -> Prepared:
    weights = graph.constants[step.weights]
    k, n = weights.shape
    bias = graph.constants[step.bias] if step.bias else np.zeros(n, np.float32)
    there = (_sent(stage, weights.reshape(-1)), _sent(stage, bias))

    start = layer_on(stage, step.activation)

    def run(values: Mapping[str, Buffer], rows: int) -> Launch:
        return start((rows, n, k), values[step.input], *there, values[step.output])

    return Prepared({step.output: n}, run)


def _fused(stage: Stage, graph: RowGraph, step: Fused, places: Mapping[str, int], constants: Buffer) -> Prepared:
    lanes = width_of(Precision.FLOAT32)
    program = stage.program(kernel_of(graph, step, places), (_GROUP, lanes))
    width, group = stage.pick(lanes), stage.pick(_GROUP)

    def run(values: Mapping[str, Buffer], rows: int) -> Launch:
        there = [values[name] for name in (*step.inputs, *step.outputs)]
        return program.start(-(-rows // width), np.uint32(rows), constants, *there, local=group)

    return Prepared({name: graph.widths[name] for name in step.outputs}, run)


def _sent(stage: Stage, values: F32) -> Buffer:
    return stage.memory.upload("constants", np.ascontiguousarray(values).view(np.int32), np.int32)


def _found() -> tuple[DeviceInfo, ...]:
    try:
        return devices()
    except EngineError:  # no pyopencl, or a loader that cannot answer: no device
        return ()


def _version() -> str:
    found = _found()
    return f"OpenCL, {found[0].platform} {found[0].driver_version}" if found else ""


OPENCL = Engine(
    "opencl",
    _version,
    _start,
    lambda: tuple(f"#{n} {info.label}" for n, info in enumerate(_found())),
    _REMEDY,
    optional=True,
)
