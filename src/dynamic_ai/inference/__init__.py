"""Inference engines: one file each, and one row each in ``ENGINES``."""

from dynamic_ai.inference.graph import Graph, Model, Node, parse_model, read_model
from dynamic_ai.inference.hard import hard_inputs
from dynamic_ai.inference.model import Engine, Session
from dynamic_ai.inference.ort import ONNXRUNTIME
from dynamic_ai.inference.reference import REFERENCE, evaluate, float32_bound

# The reference first: it is always there, and the others are held to it.
ENGINES = (REFERENCE, ONNXRUNTIME)

__all__ = [
    "ENGINES",
    "ONNXRUNTIME",
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
