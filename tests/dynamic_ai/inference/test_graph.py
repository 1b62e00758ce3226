from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, ValueInfoProto, helper

from dynamic_ai.errors import ModelFileError, UnknownOperatorError
from dynamic_ai.inference import parse_model, read_model
from tests.dynamic_ai.examples import WIDTH
from tests.dynamic_ai.graphs import graph, onnx_bytes


def one_node(
    node: NodeProto, inputs: list[ValueInfoProto], outputs: list[ValueInfoProto], tensors: Sequence[TensorProto] = ()
) -> bytes:
    made = helper.make_graph([node], "made", inputs, outputs, list(tensors))
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def value(name: str, kind: int = TensorProto.FLOAT, shape: tuple[str | int, ...] = ("rows", WIDTH)) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, list(shape))


def test_an_operator_that_the_reference_does_not_define_is_refused_by_name() -> None:
    with pytest.raises(UnknownOperatorError, match=r"does not define Softsign.*Add, Clip"):
        graph([("Softsign", ("x",), "y")], {})


def test_an_attribute_is_refused_rather_than_ignored() -> None:
    content = onnx_bytes([("Softmax", ("x",), "y")], {}, axis=0)
    with pytest.raises(UnknownOperatorError, match="Softmax"):
        parse_model(content, "m")
    old = onnx_bytes([("Add", ("x", "w"), "y")], {"w": np.ones(WIDTH)}, opset=6, broadcast=1)
    with pytest.raises(UnknownOperatorError, match="does not define Add with broadcast"):
        parse_model(old, "m")
    odd = onnx_bytes([("Gemm", ("x", "w"), "y")], {"w": np.ones((WIDTH, 1))}, transB=0)
    with pytest.raises(UnknownOperatorError, match="Gemm"):
        parse_model(odd, "m")


def test_another_number_of_inputs_than_the_reference_defines_is_refused() -> None:
    with pytest.raises(UnknownOperatorError, match="Clip has 1 inputs"):
        graph([("Clip", ("x",), "y")], {})


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08"])
def test_what_is_no_onnx_is_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(ModelFileError, match=r"m\.onnx is no valid ONNX model") as caught:
        read_model(tmp_path / "m.onnx")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"cannot read .*none\.onnx"):
        read_model(tmp_path / "none.onnx")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            one_node(helper.make_node("Add", ["x", "z"], ["y"]), [value("x"), value("z")], [value("y")]),
            "has 2 inputs and 1 outputs",
        ),
        (
            one_node(
                helper.make_node("Relu", ["x"], ["y"]),
                [value("x", TensorProto.DOUBLE)],
                [value("y", TensorProto.DOUBLE)],
            ),
            "does not take float32",
        ),
        (
            one_node(
                helper.make_node("Relu", ["x"], ["y"]), [value("x", shape=(3, WIDTH))], [value("y", shape=(3, WIDTH))]
            ),
            "fixes the rows",
        ),
        (
            one_node(
                helper.make_node("Relu", ["x"], ["y"]),
                [value("x")],
                [value("y")],
                (helper.make_tensor("n", TensorProto.INT64, [1], [1]),),
            ),
            "n is not float32 within the file",
        ),
    ],
    ids=["two inputs", "float64", "fixed rows", "an integer constant"],
)
def test_a_model_of_another_shape_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        parse_model(content, "m.onnx")
