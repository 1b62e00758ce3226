"""ONNX graphs, node by node."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper

from dynamic_ai.inference import Model, parse_model
from tests.dynamic_ai.examples import WIDTH


def onnx_bytes(
    nodes: Sequence[tuple[str, Sequence[str], str]],
    constants: dict[str, Any],
    width: int = WIDTH,
    opset: int = 17,
    **attributes: Any,
) -> bytes:
    """Return an ONNX model from ``x`` to the last node's output; ``attributes`` go to every node."""
    made = [helper.make_node(operator, list(inputs), [output], **attributes) for operator, inputs, output in nodes]
    tensors = []
    for name, values in constants.items():
        array = np.asarray(values, "<f4")
        tensors.append(helper.make_tensor(name, TensorProto.FLOAT, array.shape, array.tobytes(), raw=True))
    graph = helper.make_graph(
        made,
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", width])],
        [helper.make_tensor_value_info(nodes[-1][2], TensorProto.FLOAT, ["rows", None])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return bytes(model.SerializeToString())


def graph(nodes: Sequence[tuple[str, Sequence[str], str]], constants: dict[str, Any], width: int = WIDTH) -> Model:
    return parse_model(onnx_bytes(nodes, constants, width), "made.onnx")


def random_graph(operators: Sequence[str], seed: int) -> tuple[Model, npt.NDArray[np.float32]]:
    """Return a graph of ``operators`` and a last product to one number a row, and rows for it."""
    random = np.random.default_rng(seed)
    nodes: list[tuple[str, list[str], str]] = []
    constants: dict[str, Any] = {"lowest": -2.0, "highest": 3.0}
    at = "x"
    for n, operator in enumerate([*operators, "MatMul"]):
        inputs = [at]
        if operator == "Clip":
            inputs += ["lowest", "highest"]
        elif operator not in ("Relu", "Sigmoid", "Identity"):
            last = n == len(operators)
            shape = ((WIDTH, 1 if last else WIDTH)) if operator == "MatMul" else (WIDTH,)
            constants[f"c{n}"] = random.normal(size=shape) * 10 ** random.uniform(-2, 2)
            inputs.append(f"c{n}")
        nodes.append((operator, inputs, f"y{n}"))
        at = f"y{n}"
    model = graph(nodes, constants)
    rows = (random.normal(size=(20, WIDTH)) * 10 ** random.uniform(-3, 3)).astype(np.float32)
    return model, rows
