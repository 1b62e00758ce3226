"""The text of a kernel that does a piece of a graph in one launch; ``kernels/inference/rows.cl`` has its functions."""

from collections.abc import Mapping
from dataclasses import replace

from dynamic_ai.inference.graph import Node
from dynamic_ai.inference.opencl_plan import Fused
from dynamic_ai.inference.rows import RowGraph
from dynamic_engines import KernelSource, load_kernel

# Longer loops than this stay loops: the compiler would take seconds, and registers are no more than 16.
_UNROLLED = 16
_FORMS = {
    "Add": "{0} + {1}",
    "Clip": "clipped({0}, {1}, {2})",
    "Div": "{0} / {1}",
    "Log": "log({0})",
    "Mul": "{0} * {1}",
    "Relu": "rectified({0})",
    "Sigmoid": "logistic({0})",
    "Sub": "{0} - {1}",
}


def kernel_of(graph: RowGraph, step: Fused, offsets: Mapping[str, int]) -> KernelSource:
    """Return the kernel ``rows(n_rows, constants, *inputs, *outputs)``. No name of the graph gets into the text."""
    pieces = load_kernel("inference/rows")
    names = {name: f"v{n}" for n, name in enumerate(dict.fromkeys([*step.inputs, *(n.output for n in step.nodes)]))}
    arguments = [
        "const uint n_rows",
        "__global const REAL *restrict constants",
        *(f"__global const REAL *restrict in{n}" for n in range(len(step.inputs))),
        *(f"__global REAL *restrict out{n}" for n in range(len(step.outputs))),
    ]
    lines = [
        f"__kernel void rows({', '.join(arguments)})",
        "{",
        "const uint first = (uint)get_global_id(0) * WIDTH;",
        "if (first >= n_rows) return;",
    ]
    for n, name in enumerate(step.inputs):
        width = graph.widths[name]
        lines += [
            _declared(names[name], width),
            _loop(width, f"{names[name]}[j] = gathered(in{n}, n_rows, first, {width}, j);"),
        ]
    for node in step.nodes:
        lines += _operation(graph, node, names, offsets)
    for n, name in enumerate(step.outputs):
        width = graph.widths[name]
        lines.append(_loop(width, f"scattered(out{n}, n_rows, first, {width}, j, {names[name]}[j]);"))
    return replace(pieces, text="\n".join([pieces.text, *lines, "}", ""]))


def _operation(graph: RowGraph, node: Node, names: Mapping[str, str], offsets: Mapping[str, int]) -> list[str]:
    made, width = names[node.output], graph.widths[node.output]
    if node.operator == "MatMul":
        left, right = names[node.inputs[0]], offsets[node.inputs[1]]
        step = _loop(width, f"{made}[j] += {left}[k] * constants[{right}u + k * {width}u + j];")
        return [
            _declared(made, width),
            _loop(width, f"{made}[j] = 0;"),
            f"for (uint k = 0; k < {graph.widths[node.inputs[0]]}u; ++k)",
            step,
        ]
    read = [_element(graph, name, names, offsets) for name in node.inputs]
    return [_declared(made, width), _loop(width, f"{made}[j] = {_FORMS[node.operator].format(*read)};")]


def _element(graph: RowGraph, name: str, names: Mapping[str, str], offsets: Mapping[str, int]) -> str:
    if name in names:
        return f"{names[name]}[{'j' if graph.widths[name] > 1 else '0'}]"
    at = offsets[name]
    return f"(VREAL)constants[{at}u + j]" if graph.constants[name].size > 1 else f"(VREAL)constants[{at}u]"


def _declared(name: str, width: int) -> str:
    return f"VREAL {name}[{width}];"


def _loop(width: int, body: str) -> str:
    unroll = "UNROLL " if width <= _UNROLLED else ""
    return f"{unroll}for (uint j = 0; j < {width}u; ++j) {body}"
