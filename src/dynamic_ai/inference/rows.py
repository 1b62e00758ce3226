"""A graph as engines need it that build a program from it: rows, each on its own, and constants."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from dynamic_ai.errors import EngineUnsupportedError
from dynamic_ai.inference.graph import Graph, Node
from dynamic_ai.inference.model import F32
from dynamic_ai.inference.operators import OPERATORS

_EVALUATE = {row.name: row.evaluate for row in OPERATORS}
_MATRIX = 2
_HINT = "the reference, onnxruntime and onnx.reference take it"


@dataclass(frozen=True, slots=True)
class RowGraph:
    """What has to be done for a row.

    Parameters
    ----------
    widths : how many numbers a row has in each value that differs from row to row
    nodes : in order; each takes such a value, none is an Identity, and each is needed for ``output``
    constants : float32[k, n] on the right of a MatMul, else float32[width] or float32[1]
    """

    input: str
    output: str
    widths: Mapping[str, int]
    nodes: tuple[Node, ...]
    constants: Mapping[str, F32] = field(repr=False)


def as_rows(graph: Graph) -> RowGraph:
    """Return ``graph`` with what is constant computed, in float32, and what changes nothing left out.

    Raises
    ------
    EngineUnsupportedError : rows depend on each other, or one has other than ``width`` numbers
    """
    same: dict[str, str] = {}
    constants: dict[str, F32] = dict(graph.constants)
    widths = {graph.input: graph.width}
    flat: dict[str, F32] = {}
    nodes = []
    for node in graph.nodes:
        inputs = tuple(same.get(name, name) for name in node.inputs)
        if node.operator == "Identity":
            same[node.output] = inputs[0]
        elif all(name in constants for name in inputs):
            with np.errstate(all="ignore"):
                folded = _EVALUATE[node.operator](*(constants[name] for name in inputs))
            constants[node.output] = np.asarray(folded, np.float32)
        else:
            renamed = replace(node, inputs=inputs)
            widths[node.output] = _width(renamed, widths, constants, flat)
            nodes.append(renamed)
    output = same.get(graph.output, graph.output)
    if output not in widths:
        raise EngineUnsupportedError("the model does not look at its rows", "use the reference for it")
    needed = _needed(nodes, output)
    return RowGraph(
        graph.input, output, widths, needed, {n: flat[n] for node in needed for n in node.inputs if n in flat}
    )


def _width(node: Node, widths: Mapping[str, int], constants: Mapping[str, F32], flat: dict[str, F32]) -> int:
    if node.operator == "MatMul":
        left, right = node.inputs
        if left not in widths or right not in constants or constants[right].ndim != _MATRIX:
            raise EngineUnsupportedError(f"MatMul to {node.output!r} is not rows by a constant matrix", _HINT)
        if constants[right].shape[0] != widths[left]:
            raise EngineUnsupportedError(f"MatMul to {node.output!r} does not fit", _HINT)
        flat[right] = constants[right]
        return int(constants[right].shape[1])
    sizes = set()
    for name in node.inputs:
        if name not in widths:
            if constants[name].size != (constants[name].shape or (1,))[-1]:
                raise EngineUnsupportedError(f"{name!r} of {node.operator} is not one row", _HINT)
            flat[name] = constants[name].reshape(-1)
        sizes.add(widths[name] if name in widths else flat[name].size)
    if len(sizes - {1}) > 1:
        raise EngineUnsupportedError(f"{node.operator} to {node.output!r} joins rows of {sorted(sizes)}", _HINT)
    return max(sizes)


def _needed(nodes: list[Node], output: str) -> tuple[Node, ...]:
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if node.output in wanted:
            kept.append(node)
            wanted.update(node.inputs)
    return tuple(reversed(kept))
