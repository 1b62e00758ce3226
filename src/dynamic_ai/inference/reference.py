"""The NumPy reference: what a graph means, in float64, and how far a float32 engine may be from it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_ai.errors import EngineFailedError
from dynamic_ai.inference.graph import Graph, Model, Node
from dynamic_ai.inference.model import F32, Engine, Session
from dynamic_ai.inference.operators import OPERATORS, with_overflow

F64 = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

_ROWS = {row.name: row for row in OPERATORS}


def evaluate(graph: Graph, features: npt.NDArray[np.float32], dtype: npt.DTypeLike = np.float64) -> Array:
    """Return the output of ``graph``, each operation in ``dtype``.

    Parameters
    ----------
    features : float32[n_rows, n_features]; taken as exact, as the weights are
    dtype : float64 defines what is right; float32 is what an engine computes, overflow included

    Returns
    -------
    dtype[n_rows]; NaN and infinity as IEEE 754 has them, without a warning

    Raises
    ------
    EngineFailedError : another width, shapes that do not fit, or not one number a row
    """
    values, _ = _walk(graph, features, np.dtype(dtype), bounded=False)
    return values


def float32_bound(graph: Graph, features: npt.NDArray[np.float32]) -> tuple[F64, F64]:
    """Return the output in float64, and the most that an engine in float32 may differ from it, a row.

    The bound holds for any order of sums, with or without fused multiply-add or denormal numbers; ``operators`` derives
    it. Infinite where float32 may overflow on the way, and the graph does not hold the result to a range.

    Raises
    ------
    EngineFailedError : as ``evaluate``
    """
    return _walk(graph, features, np.dtype(np.float64), bounded=True)


def _walk(graph: Graph, features: Array, dtype: "np.dtype[Any]", *, bounded: bool) -> tuple[Array, Array]:
    if features.shape[1:] != (graph.width,):
        raise EngineFailedError(f"the model takes {graph.width} features, not {list(features.shape)}", "use its data")
    with np.errstate(all="ignore"):
        known = {graph.input: features.astype(dtype), **{name: c.astype(dtype) for name, c in graph.constants.items()}}
        errors = {name: np.zeros_like(value) for name, value in known.items()}
        for node in graph.nodes:
            try:
                known[node.output] = _ROWS[node.operator].evaluate(*(known[name] for name in node.inputs))
                if bounded:
                    errors[node.output] = _error(node, known, errors)
            except ValueError as error:
                raise EngineFailedError(f"{node.operator} to {node.output!r} fails ({error})", "mend it") from error
        output = known[graph.output]
        if output.size != features.shape[0]:
            raise EngineFailedError(f"the model gives {list(output.shape)}", "it must give one number a row")
        if not bounded:
            return output.reshape(-1), output
        bound = with_overflow(output, errors[graph.output])
        return output.reshape(-1), np.where(np.isnan(bound), np.inf, bound).reshape(-1)


def _error(node: Node, known: Mapping[str, F64], errors: Mapping[str, F64]) -> F64:
    row = _ROWS[node.operator]
    inputs = [known[name] for name in node.inputs]
    carried = [errors[name] for name in node.inputs]
    if not row.takes_infinity:
        carried = [with_overflow(value, error) for value, error in zip(inputs, carried, strict=True)]
    return row.error(inputs, carried, known[node.output])


def _start(model: Model, _: str) -> Session:
    def session(features: F32) -> F32:
        return evaluate(model.graph, features, np.float32)

    return session


REFERENCE = Engine("reference", lambda: f"NumPy {np.__version__}", _start)
