"""LiteRT, once TensorFlow Lite, on one thread of the processor.

It reads no ONNX. The converters from ONNX come with TensorFlow or PyTorch; our graphs are small, and the schema of its
files comes with LiteRT, so the model is written here, an operator for an operator.
"""

from typing import Any

import numpy as np

from dynamic_ai.errors import EngineFailedError
from dynamic_ai.inference.graph import Model, Node
from dynamic_ai.inference.model import F32, Engine, Session
from dynamic_ai.inference.presence import EXTRAS, check_width, first_line, imported, installed
from dynamic_ai.inference.rows import RowGraph, as_rows

_SCHEMA_VERSION = 3
_FILE = b"TFL3"
_CODES = {
    "Add": "ADD",
    "Div": "DIV",
    "Log": "LOG",
    "MatMul": "FULLY_CONNECTED",
    "Max": "MAXIMUM",
    "Min": "MINIMUM",
    "Mul": "MUL",
    "Relu": "RELU",
    "Sigmoid": "LOGISTIC",
    "Sub": "SUB",
}
# What a name of ours begins with, and none of an ONNX file's.
_OURS = "\0"
# Beyond these the sigmoid is 0 or 1 in float32.
_ENDS = {f"{_OURS}lowest": -100.0, f"{_OURS}highest": 100.0}
_OPTIONS = {"MatMul": "FullyConnectedOptions", "Max": "MaximumMinimumOptions", "Min": "MaximumMinimumOptions"}


def _start(model: Model, _: str) -> Session:
    graph = as_rows(model.graph)
    content = litert_bytes(graph)
    interpreter = imported("ai_edge_litert.interpreter")
    try:
        opened = interpreter.Interpreter(model_content=content, num_threads=1)
        opened.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise EngineFailedError(f"litert refuses the model ({first_line(error)})", "export it again") from error
    here, there = opened.get_input_details()[0]["index"], opened.get_output_details()[0]["index"]
    rows = 1

    def session(features: F32) -> F32:
        nonlocal rows
        check_width(model, features)  # it would resize itself to another
        if not features.shape[0]:
            return np.zeros(0, np.float32)  # it refuses to resize to no rows
        try:
            if features.shape[0] != rows:
                opened.resize_tensor_input(here, list(features.shape))
                opened.allocate_tensors()
                rows = features.shape[0]
            opened.set_tensor(here, features)
            opened.invoke()
        except (RuntimeError, ValueError) as error:
            raise EngineFailedError(f"litert fails ({first_line(error)})", "use the model's own data") from error
        return np.asarray(opened.get_tensor(there), np.float32).reshape(-1)

    return session


def litert_bytes(graph: RowGraph) -> bytes:
    """Return ``graph`` in LiteRT's format, with a free number of rows.

    Raises
    ------
    EngineMissingError : no LiteRT, whose schema this needs
    """
    schema, flatbuffers = imported("ai_edge_litert.schema_py_generated"), imported("flatbuffers")
    writer = _Writer(schema)
    writer.rows(graph.input, graph.widths[graph.input])
    for name, values in graph.constants.items():
        writer.constant(name, values.T if values.ndim > 1 else values)  # FULLY_CONNECTED takes [n, k]
    for name, end in _ENDS.items():
        writer.constant(name, np.array([end], np.float32))
    for node in graph.nodes:
        for step in _steps(node):
            writer.operator(step, graph.widths[node.output])
    builder = flatbuffers.Builder(1024)
    builder.Finish(writer.model(graph.input, graph.output).Pack(builder), file_identifier=_FILE)
    return bytes(builder.Output())


def _steps(node: Node) -> tuple[Node, ...]:
    """Return what does ``node``: there is no clip, and the sigmoid of a huge number is NaN there."""
    if node.operator == "Clip":
        return _clip(node.inputs, node.output)
    if node.operator == "Sigmoid":
        held = f"{_OURS}held {node.output}"
        return (*_clip((node.inputs[0], *_ENDS), held), Node("Sigmoid", (held,), node.output))
    return (node,)


def _clip(inputs: tuple[str, ...], output: str) -> tuple[Node, Node]:
    x, low, high = inputs
    raised = f"{_OURS}raised {output}"
    return Node("Max", (x, low), raised), Node("Min", (raised, high), output)


class _Writer:
    """Collects the tables of a flatbuffer, which refer to each other by index."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._tensors: dict[str, int] = {}
        self._subgraph = schema.SubGraphT(tensors=[], operators=[], name="main")
        self._buffers = [schema.BufferT()]  # the first is by definition empty
        self._codes: list[str] = []

    def rows(self, name: str, width: int) -> int:
        return self._tensor(name, [1, width], [-1, width], 0)

    def constant(self, name: str, values: F32) -> None:
        data = np.frombuffer(np.ascontiguousarray(values, "<f4").tobytes(), np.uint8)
        self._buffers.append(self._schema.BufferT(data=data))
        self._tensor(name, list(values.shape), None, len(self._buffers) - 1)

    def operator(self, node: Node, width: int) -> None:
        if node.operator not in self._codes:
            self._codes.append(node.operator)
        kind = _OPTIONS.get(node.operator, f"{node.operator}Options")
        made = self._schema.OperatorT(opcodeIndex=self._codes.index(node.operator))
        made.inputs = [self._tensors[name] for name in node.inputs]
        if node.operator == "MatMul":
            made.inputs.append(-1)  # no bias
        made.outputs = [self.rows(node.output, width)]
        if hasattr(self._schema.BuiltinOptions, kind):
            made.builtinOptionsType = getattr(self._schema.BuiltinOptions, kind)
            made.builtinOptions = getattr(self._schema, f"{kind}T")()
        self._subgraph.operators.append(made)

    def model(self, start: str, end: str) -> Any:
        self._subgraph.inputs, self._subgraph.outputs = [self._tensors[start]], [self._tensors[end]]
        codes = [getattr(self._schema.BuiltinOperator, _CODES[name]) for name in self._codes]
        return self._schema.ModelT(
            version=_SCHEMA_VERSION,
            operatorCodes=[
                self._schema.OperatorCodeT(deprecatedBuiltinCode=code, builtinCode=code, version=1) for code in codes
            ],
            subgraphs=[self._subgraph],
            description="dynamic",
            buffers=self._buffers,
        )

    def _tensor(self, name: str, shape: list[int], signature: list[int] | None, buffer: int) -> int:
        kind = self._schema.TensorType.FLOAT32
        tensor = self._schema.TensorT(
            shape=shape, type=kind, buffer=buffer, name=f"t{len(self._tensors)}", hasRank=True, shapeSignature=signature
        )
        self._subgraph.tensors.append(tensor)
        self._tensors[name] = len(self._subgraph.tensors) - 1
        return self._tensors[name]


LITERT = Engine(
    "litert",
    lambda: installed("ai_edge_litert", "ai-edge-litert"),
    _start,
    remedy=EXTRAS,
    optional=True,
)
