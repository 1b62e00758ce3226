"""A graph as launches on a device: large products by the library's GEMM, what is between them fused."""

from collections.abc import Mapping
from dataclasses import dataclass

from dynamic_ai.errors import EngineUnsupportedError
from dynamic_ai.inference.graph import Node
from dynamic_ai.inference.rows import RowGraph
from dynamic_engines.library.linalg.gemm import Activation

# A product with more weights than this goes to the GEMM, whose tiles reuse them; the launch of a smaller one costs more
# than it saves.
FUSED_WEIGHTS = 4096
# What an item may hold between operators, in values a row: 8 lanes of float32 are 64 KiB.
_MOST_VALUES = 2048
_ACTIVATIONS = {"Relu": Activation.RELU, "Sigmoid": Activation.LOGISTIC}


@dataclass(frozen=True, slots=True)
class Product:
    """``output`` = activation(``input`` ``weights`` + ``bias``), by linalg/gemm; ``bias`` may be empty."""

    input: str
    weights: str
    bias: str
    activation: Activation
    output: str


@dataclass(frozen=True, slots=True)
class Fused:
    """``nodes`` in one launch, from ``inputs`` to ``outputs``."""

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


Step = Product | Fused


def plan(graph: RowGraph, fused_weights: int = FUSED_WEIGHTS) -> tuple[Step, ...]:
    """Return the launches for ``graph``, in order.

    Raises
    ------
    EngineUnsupportedError : a piece between two products holds more of a row than an item can
    """
    pieces: list[Product | list[Node]] = []
    taken: set[str] = set()
    for node in graph.nodes:
        if node.output in taken:
            continue
        if node.operator == "MatMul" and graph.constants[node.inputs[1]].size > fused_weights:
            pieces.append(_product(graph, node, taken))
        elif pieces and isinstance(pieces[-1], list):
            pieces[-1].append(node)
        else:
            pieces.append([node])
    return tuple(
        piece if isinstance(piece, Product) else _fused(graph, piece, _read_after(graph, pieces[n + 1 :]))
        for n, piece in enumerate(pieces)
    )


def _product(graph: RowGraph, node: Node, taken: set[str]) -> Product:
    """Take the bias and the activation along, where nothing else reads what comes before them."""
    bias, activation, output = "", Activation.NONE, node.output
    follower = _only_reader(graph, output)
    if follower is not None and follower.operator == "Add":
        other = follower.inputs[follower.inputs[0] == output]
        if other in graph.constants and graph.constants[other].size == graph.widths[output]:
            bias, output = other, follower.output
            taken.add(output)
            follower = _only_reader(graph, output)
    if follower is not None and follower.operator in _ACTIVATIONS:
        activation, output = _ACTIVATIONS[follower.operator], follower.output
        taken.add(output)
    return Product(node.inputs[0], node.inputs[1], bias, activation, output)


def _only_reader(graph: RowGraph, name: str) -> Node | None:
    readers = [node for node in graph.nodes for read in node.inputs if read == name]
    return readers[0] if len(readers) == 1 and name != graph.output else None


def _read_after(graph: RowGraph, pieces: list[Product | list[Node]]) -> set[str]:
    read = {graph.output}
    for piece in pieces:
        read.update([piece.input] if isinstance(piece, Product) else (n for node in piece for n in node.inputs))
    return read


def _fused(graph: RowGraph, nodes: list[Node], read_after: set[str]) -> Fused:
    made = [node.output for node in nodes]
    read = [name for node in nodes for name in node.inputs if name in graph.widths]
    inputs = tuple(dict.fromkeys(name for name in read if name not in made))
    held = sum(graph.widths[name] for name in {*made, *inputs})
    if held > _MOST_VALUES:
        raise EngineUnsupportedError(
            f"a row holds {held} values between two products", f"an item of our kernel holds {_MOST_VALUES}"
        )
    return Fused(tuple(nodes), inputs, tuple(name for name in made if name in read_after))


def offsets(graph: RowGraph, steps: tuple[Step, ...]) -> Mapping[str, int]:
    """Return where each constant of the fused steps begins, in one array of all of them."""
    found: dict[str, int] = {}
    at = 0
    for step in steps:
        for node in step.nodes if isinstance(step, Fused) else ():
            for name in node.inputs:
                if name in graph.constants and name not in found:
                    found[name] = at
                    at += graph.constants[name].size
    return found
