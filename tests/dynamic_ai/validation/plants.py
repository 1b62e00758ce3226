"""A baseline that works, candidates that are broken in one way each, and engines on a clock of their own."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dynamic_ai.datasets import Snapshot
from dynamic_ai.inference import REFERENCE, Engine, Model, Session, evaluate, parse_model
from dynamic_ai.training import Network, export_onnx, train
from dynamic_ai.training.model import Layer
from tests.dynamic_ai.examples import WIDTH, labels_of, learnable
from tests.dynamic_ai.graphs import graph

F32 = npt.NDArray[np.float32]


def trained(data: Snapshot, seed: int = 0) -> Network:
    return train(*labels_of(data, "train"), labels_of(data, "validation"), seed).network


def model_of(network: Network, snapshot: str = "d" * 64) -> Model:
    return parse_model(export_onnx(network, {"snapshot": snapshot}), "made.onnx")


def negated(network: Network) -> Network:
    """Return the network with one sign lost: right becomes wrong, and every probability stays one."""
    last = network.layers[-1]
    return replace(network, layers=(*network.layers[:-1], Layer(-last.weights, -last.bias)))


def without_sigmoid(sign: float) -> Model:
    """Return a model whose answers have one ``sign`` and no limit."""
    nodes = [("MatMul", ("x", "w"), "z"), ("Relu", ("z",), "r"), ("Mul", ("r", "sign"), "y")]
    return graph(nodes, {"w": np.ones((WIDTH, 1)), "sign": np.array([sign])})


def log_of_negative() -> Model:
    return graph(
        [("MatMul", ("x", "w"), "z"), ("Log", ("z",), "l"), ("Sigmoid", ("l",), "y")], {"w": np.ones((WIDTH, 1))}
    )


def overflowing() -> Model:
    """Return a model that is fine on ordinary rows, and whose large sums are infinity less infinity."""
    nodes = [("MatMul", ("x", "big"), "a"), ("MatMul", ("a", "signs"), "b"), ("Sigmoid", ("b",), "y")]
    return graph(nodes, {"big": np.full((WIDTH, 2), 1e30), "signs": np.array([[1e-30], [-1e-30]])})


def cancelling() -> Model:
    """Return a model whose two large halves cancel: what is left is float32's rounding."""
    half = np.full((WIDTH, 1), 1e6)
    nodes = [
        ("MatMul", ("x", "half"), "a"),
        ("Add", ("a", "one"), "b"),
        ("Sub", ("b", "a"), "c"),
        ("Sigmoid", ("c",), "y"),
    ]
    return graph(nodes, {"half": half, "one": np.array([1.0])})


def wasteful(network: Network, layers: int = 400) -> Model:
    """Return the network with ``layers`` more that change nothing: the same answers, later."""
    standard = model_of(network).graph
    nodes = [
        (node.operator, tuple("x" if name == standard.input else name for name in node.inputs), node.output)
        for node in standard.nodes
    ]
    for n in range(layers):
        nodes.append(("Relu", (nodes[-1][2],), f"waste{n}"))
    return graph(nodes, dict(standard.constants))


@dataclass(slots=True)
class WorkClock:
    """A clock that only work moves: ``per_node`` ns for each node of a graph, with noise where ``random`` is given."""

    now_ns: int = 0
    per_node: int = 1000
    random: np.random.Generator | None = None

    def __call__(self) -> int:
        return self.now_ns

    def engine(self) -> Engine:
        """Return the reference engine, timed by this clock."""

        def opened(model: Model, _: str) -> Session:
            run = REFERENCE.open(model)

            def session(features: F32) -> F32:
                noise = float(self.random.lognormal(0, 0.5)) if self.random else 1.0
                self.now_ns += round(len(model.graph.nodes) * self.per_node * noise)
                return run(features)

            return session

        return Engine("clocked", lambda: "1", opened)


def engine_of(name: str, dtype: npt.DTypeLike) -> Engine:
    """Return an engine that computes in ``dtype`` and says nothing of it."""

    def opened(model: Model, _: str) -> Session:
        return lambda features: evaluate(model.graph, features, dtype).astype(np.float32)

    return Engine(name, lambda: "1", opened)


ABSENT = Engine("absent", lambda: "", lambda *_: NotImplemented)

DATA = learnable()
BASELINE = trained(DATA)
