"""An ONNX file as plain values. What the reference would not understand is refused here, by name."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dynamic_ai.errors import ModelFileError, UnknownOperatorError
from dynamic_ai.inference.operators import OPERATORS

if TYPE_CHECKING:
    import onnx

_MOST_BYTES = 256 * 2**20  # a model that is judged in one process's memory
_RANK = 2  # rows, features
_HINT = "give a model that './dynamic models train' could have made"


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: ``output`` = ``operator``(``inputs``)."""

    operator: str
    inputs: tuple[str, ...]
    output: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in order. ``constants`` are float32; ``width`` is the number of features."""

    input: str
    output: str
    width: int
    nodes: tuple[Node, ...]
    constants: Mapping[str, npt.NDArray[np.float32]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Model:
    """A model file. ``digest`` is the SHA-256 of ``content``; ``opset`` that of the default domain."""

    digest: str
    graph: Graph
    opset: int
    metadata: Mapping[str, str]
    content: bytes = field(repr=False)


def read_model(path: Path) -> Model:
    """Read the ONNX file at ``path``.

    Raises
    ------
    ModelFileError : no file, no ONNX, or not float32 rows of features to one number a row
    UnknownOperatorError : an operator, a domain or an attribute that the reference does not define
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= _MOST_BYTES else b""
    except OSError as error:
        raise ModelFileError(f"cannot read {path} ({error.strerror})", "name an .onnx file") from error
    if size > _MOST_BYTES:
        raise ModelFileError(f"{path} has {size} bytes", f"models up to {_MOST_BYTES} bytes are judged here")
    return parse_model(content, str(path))


def parse_model(content: bytes, name: str) -> Model:
    """Return the model in ``content``; ``name`` is for messages. Raises as ``read_model``."""
    import onnx

    try:
        onnx.checker.check_model(content, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, ValueError) as error:
        said = str(error).strip().splitlines() or ["not a model"]
        raise ModelFileError(f"{name} is no valid ONNX model ({said[0]})", _HINT) from error
    proto = onnx.load_from_string(content)
    opset = {entry.domain: entry.version for entry in proto.opset_import}.get("", 0)
    metadata = {entry.key: entry.value for entry in proto.metadata_props}
    return Model(hashlib.sha256(content).hexdigest(), _graph(proto.graph, name), opset, metadata, content)


def _graph(proto: "onnx.GraphProto", name: str) -> Graph:
    constants = {tensor.name: _constant(tensor, name) for tensor in proto.initializer}
    inputs = [value for value in proto.input if value.name not in constants]
    if len(inputs) != 1 or len(proto.output) != 1:
        raise ModelFileError(f"{name} has {len(inputs)} inputs and {len(proto.output)} outputs, not one each", _HINT)
    return Graph(
        inputs[0].name,
        proto.output[0].name,
        _width(inputs[0], name),
        tuple(_node(node, name) for node in proto.node),
        constants,
    )


def _width(value: "onnx.ValueInfoProto", name: str) -> int:
    import onnx

    tensor = value.type.tensor_type
    if tensor.elem_type != onnx.TensorProto.FLOAT or len(tensor.shape.dim) != _RANK:
        raise ModelFileError(f"{name} does not take float32 [rows, features]", _HINT)
    rows, width = tensor.shape.dim
    if rows.HasField("dim_value") or width.dim_value < 1:
        raise ModelFileError(f"{name} fixes the rows or leaves the features open", "export it with a free first axis")
    return int(width.dim_value)


def _constant(tensor: "onnx.TensorProto", name: str) -> npt.NDArray[np.float32]:
    import onnx

    if tensor.data_type != onnx.TensorProto.FLOAT or tensor.external_data:
        raise ModelFileError(f"{name}: {tensor.name} is not float32 within the file", _HINT)
    return onnx.numpy_helper.to_array(tensor).astype(np.float32)


def _node(node: "onnx.NodeProto", name: str) -> Node:
    operator = f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type
    known = next((row for row in OPERATORS if row.name == operator), None)
    if known is None or node.attribute or len(node.output) != 1:
        what = f"{operator} with {node.attribute[0].name}" if known and node.attribute else operator
        raise UnknownOperatorError(
            f"{name}: the reference does not define {what}", f"it defines {', '.join(row.name for row in OPERATORS)}"
        )
    if len(node.input) != known.inputs or "" in node.input:
        raise UnknownOperatorError(
            f"{name}: {operator} has {len(node.input)} inputs", f"the reference defines it with {known.inputs}"
        )
    return Node(operator, tuple(node.input), node.output[0])
