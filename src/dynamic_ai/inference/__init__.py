"""Inference engines: one file each, and one row each in ``ENGINES``."""

from dynamic_ai.inference.graph import Graph, Model, Node, parse_model, read_model
from dynamic_ai.inference.hard import hard_inputs
from dynamic_ai.inference.jax import JAX
from dynamic_ai.inference.litert import LITERT
from dynamic_ai.inference.model import Engine, Session
from dynamic_ai.inference.onnx_reference import ONNX_REFERENCE
from dynamic_ai.inference.opencl import OPENCL
from dynamic_ai.inference.openvino import OPENVINO
from dynamic_ai.inference.ort import ONNXRUNTIME
from dynamic_ai.inference.reference import REFERENCE, evaluate, float32_bound

# The reference first: it is always there, and the others are held to it. The last one that is not optional serves.
ENGINES = (REFERENCE, ONNX_REFERENCE, ONNXRUNTIME, OPENCL, OPENVINO, LITERT, JAX)

__all__ = [
    "ENGINES",
    "JAX",
    "LITERT",
    "ONNXRUNTIME",
    "ONNX_REFERENCE",
    "OPENCL",
    "OPENVINO",
    "REFERENCE",
    "Engine",
    "Graph",
    "Model",
    "Node",
    "Session",
    "evaluate",
    "float32_bound",
    "hard_inputs",
    "parse_model",
    "read_model",
]
