"""Golden models for the matrix: small, made by this text and its seeds alone, and together with every operator."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dynamic_ai.inference import Model, parse_model
from dynamic_ai.training import export_onnx
from dynamic_ai.training.model import Layer, Network
from dynamic_base import DynamicError

F64 = npt.NDArray[np.float64]
Rng = np.random.Generator

_OPSET, _IR = 17, 8
PREFIX = "inference/"


class UnknownModelError(DynamicError):
    """A name is none of ``MODELS``: it was recorded by another tree."""


@dataclass(slots=True)
class _Graph:
    """An ONNX graph in the making; each step returns the name of what it makes."""

    width: int
    nodes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    constants: dict[str, F64] = field(default_factory=dict)

    def constant(self, values: F64 | float) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(values, np.float64)
        return name

    def add(self, operator: str, *inputs: str) -> str:
        self.nodes.append((operator, inputs))
        return f"y{len(self.nodes) - 1}"

    def layer(self, rng: Rng, at: str, sizes: tuple[int, int], activation: str = "") -> str:
        weights = self.constant(rng.normal(size=sizes) / np.sqrt(sizes[0]))
        at = self.add("Add", self.add("MatMul", at, weights), self.constant(rng.normal(size=sizes[1])))
        return self.add(activation, at) if activation else at

    def content(self) -> bytes:
        from onnx import TensorProto, helper

        tensors = [
            helper.make_tensor(name, TensorProto.FLOAT, values.shape, values.astype("<f4").tobytes(), raw=True)
            for name, values in self.constants.items()
        ]
        nodes = [helper.make_node(what, list(read), [f"y{n}"]) for n, (what, read) in enumerate(self.nodes)]
        graph = helper.make_graph(
            nodes,
            "golden",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", self.width])],
            [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, ["rows", 1])],
            tensors,
        )
        opset = helper.make_opsetid("", _OPSET)
        return bytes(
            helper.make_model(graph, opset_imports=[opset], ir_version=_IR).SerializeToString(deterministic=True)
        )


def _trained_like(rng: Rng) -> bytes:
    """What ``models train`` writes: standardised, held, ReLU layers, a sigmoid."""
    sizes = (9, 16, 8, 1)
    layers = tuple(
        Layer(rng.normal(size=shape) / np.sqrt(shape[0]), rng.normal(size=shape[1])) for shape in pairwise(sizes)
    )
    mean = rng.normal(size=9).astype(np.float32).astype(np.float64)
    deviation = rng.uniform(0.5, 2, 9).astype(np.float32).astype(np.float64)
    return export_onnx(Network(mean, deviation, layers), {})


def _wide(rng: Rng) -> bytes:
    """Primes, and products too large for one kernel of ours: a tile of the GEMM ends in each."""
    graph, at = _Graph(67), "x"
    for sizes in pairwise((67, 131, 101)):
        at = graph.layer(rng, at, sizes, "Relu")
    graph.layer(rng, at, (101, 1), "Sigmoid")
    return graph.content()


def _deep(rng: Rng) -> bytes:
    """Ten layers, so that what each one loses adds up."""
    graph, at = _Graph(5), "x"
    for n in range(10):
        at = graph.layer(rng, at, (5, 5), "Sigmoid" if n % 3 == 2 else "Relu")  # noqa: PLR2004  # every third
    graph.layer(rng, at, (5, 1))
    return graph.content()


def _logarithm(rng: Rng) -> bytes:
    """Log of what a sigmoid holds away from 0, and of what a clip does."""
    graph = _Graph(7)
    held = graph.add("Add", graph.add("Sigmoid", "x"), graph.constant(0.25))
    clipped = graph.add("Clip", "x", graph.constant(0.5), graph.constant(40.0))
    joined = graph.add("Sub", graph.add("Log", held), graph.add("Log", clipped))
    graph.layer(rng, joined, (7, 1), "Sigmoid")
    return graph.content()


def _arithmetic(rng: Rng) -> bytes:
    """The input is read three times, constants stand on both sides, and one of them is for all columns."""
    graph = _Graph(11)
    scaled = graph.add("Mul", graph.constant(rng.normal(size=11)), "x")
    rest = graph.add("Sub", graph.constant(0.75), scaled)
    share = graph.add("Div", rest, graph.constant(rng.uniform(0.5, 3, 11)))
    same = graph.add("Identity", graph.add("Add", share, "x"))
    held = graph.add("Clip", graph.add("Mul", same, share), graph.constant(-50.0), graph.constant(50.0))
    graph.layer(rng, held, (11, 1))
    return graph.content()


def _one(rng: Rng) -> bytes:
    """One feature, one weight: the shortest that a network can be."""
    graph = _Graph(1)
    graph.layer(rng, "x", (1, 1), "Sigmoid")
    return graph.content()


@dataclass(frozen=True, slots=True)
class GoldenModel:
    """One row; ``write`` gives its ONNX file from a generator of its own."""

    name: str
    write: Callable[[Rng], bytes]


MODELS = (
    GoldenModel("inference/arithmetic", _arithmetic),
    GoldenModel("inference/deep", _deep),
    GoldenModel("inference/log", _logarithm),
    GoldenModel("inference/mlp", _trained_like),
    GoldenModel("inference/one", _one),
    GoldenModel("inference/wide", _wide),
)


def names() -> Sequence[str]:
    """Return the names, as the matrix's column ``kernel`` has them."""
    return tuple(model.name for model in MODELS)


@cache
def golden(name: str) -> Model:
    """Return the model that is called ``name``. Raises UnknownModelError."""
    row = next((row for row in MODELS if row.name == name), None)
    if row is None:
        raise UnknownModelError(f"no golden model is called {name}", f"choose from {', '.join(names())}")
    return parse_model(row.write(np.random.default_rng(zlib.crc32(name.encode()))), name)
