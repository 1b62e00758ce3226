"""From a network to an ONNX file, the same bytes for the same network."""

from collections.abc import Mapping

import numpy as np

from dynamic_ai.training.model import MOST_DEVIATIONS, Network

OPSET = 17
IR_VERSION = 8
# Goes up whenever the same snapshot and seed give other weights.
TRAINER = "dynamic_ai.training/1"
INPUT, OUTPUT = "features", "probability"


def export_onnx(network: Network, metadata: Mapping[str, str]) -> bytes:
    """Return ``network`` as ONNX: float32 ``features`` [rows, n_features] to ``probability`` [rows, 1].

    Notes
    -----
    Weights are rounded to float32, once. No clock, no host and no order of a dict is in the bytes.
    """
    import onnx
    from onnx import TensorProto, helper

    constants: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []

    def constant(name: str, values: "np.typing.NDArray[np.float64]") -> str:
        raw = np.ascontiguousarray(values).astype("<f4").tobytes()
        constants.append(helper.make_tensor(name, TensorProto.FLOAT, values.shape, raw, raw=True))
        return name

    def node(operator: str, *inputs: str, output: str) -> str:
        nodes.append(helper.make_node(operator, list(inputs), [output], name=output))
        return output

    at = node("Sub", INPUT, constant("mean", network.mean), output="centred")
    at = node("Div", at, constant("deviation", network.deviation), output="scaled")
    lowest = constant("lowest", np.array(-MOST_DEVIATIONS))
    at = node("Clip", at, lowest, constant("highest", np.array(MOST_DEVIATIONS)), output="held")
    for n, layer in enumerate(network.layers, 1):
        at = node("MatMul", at, constant(f"weights{n}", layer.weights), output=f"product{n}")
        at = node("Add", at, constant(f"bias{n}", layer.bias), output=f"sum{n}")
        if n < len(network.layers):
            at = node("Relu", at, output=f"hidden{n}")
    node("Sigmoid", at, output=OUTPUT)
    features = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["rows", network.mean.size])
    output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["rows", 1])
    graph = helper.make_graph(nodes, "dynamic", [features], [output], constants)
    model = helper.make_model(
        graph, producer_name="dynamic", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    helper.set_model_props(model, dict(sorted(metadata.items())))
    return bytes(model.SerializeToString(deterministic=True))
