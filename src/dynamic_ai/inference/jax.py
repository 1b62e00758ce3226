"""JAX: the graph's operators as one jitted function, on the processor and each GPU or TPU whose plugin is installed."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dynamic_ai.errors import EngineFailedError, EngineMissingError
from dynamic_ai.inference.graph import Graph, Model
from dynamic_ai.inference.model import F32, Engine, Session
from dynamic_ai.inference.presence import EXTRAS, check_width, first_line, imported, installed

_PLATFORMS = ("cpu", "gpu", "tpu")


def _start(model: Model, device: str) -> Session:
    jax = imported("jax")
    found = _found(jax)
    if (device or "cpu:0") not in found:
        raise EngineMissingError(f"jax has no device {device!r}", f"choose from {', '.join(found)}")
    place = found[device or "cpu:0"]
    # Arguments, not constants: XLA would turn a division by a constant into a product with its rounded reciprocal.
    constants = jax.device_put({name: np.asarray(value) for name, value in model.graph.constants.items()}, place)
    compute = jax.jit(_function(jax, model.graph))

    def session(features: F32) -> F32:
        check_width(model, features)  # it would compute with some other widths, by broadcasting
        try:
            return np.array(compute(constants, jax.device_put(features, place)), np.float32).reshape(-1)
        except (RuntimeError, TypeError, ValueError) as error:
            raise EngineFailedError(f"jax fails ({first_line(error)})", "use the model's own data") from error

    return session


def _function(jax: Any, graph: Graph) -> Callable[[Mapping[str, Any], Any], Any]:
    operators = _operators(jax)

    def evaluated(constants: Mapping[str, Any], features: Any) -> Any:
        known = {**constants, graph.input: features}
        for node in graph.nodes:
            known[node.output] = operators[node.operator](*(known[name] for name in node.inputs))
        return known[graph.output]

    return evaluated


def _operators(jax: Any) -> Mapping[str, Callable[..., Any]]:
    """Every operator of ``OPERATORS``, and nothing in float64: arrays of float32 stay so."""
    jnp = jax.numpy
    # By default a TPU multiplies in bfloat16 and a newer GPU in TF32.
    highest = jax.lax.Precision.HIGHEST
    return {
        "Add": jnp.add,
        "Clip": lambda x, low, high: jnp.minimum(jnp.maximum(x, low), high),
        "Div": jnp.divide,
        "Identity": lambda x: x,
        "Log": jnp.log,
        "MatMul": lambda a, b: jnp.matmul(a, b, precision=highest),
        "Mul": jnp.multiply,
        "Relu": lambda x: jnp.maximum(x, 0),
        "Sigmoid": jax.nn.sigmoid,
        "Sub": jnp.subtract,
    }


def _found(jax: Any) -> dict[str, Any]:
    found = {}
    for platform in _PLATFORMS:
        try:
            devices = jax.devices(platform)
        except RuntimeError:  # its way to say that there is no such plugin
            continue
        found.update({f"{platform}:{device.id}": device for device in devices})
    return found


def _devices() -> tuple[str, ...]:
    return tuple(_found(imported("jax")))


JAX = Engine("jax", lambda: installed("jax"), _start, _devices, EXTRAS, optional=True)
