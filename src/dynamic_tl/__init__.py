"""The translation layer: messages from JSON Schema, read and written alike by Python and JavaScript, byte for byte."""

from dynamic_tl.contract import Difference, Outcome, run_contract
from dynamic_tl.errors import CodeError, GenerateError, NodeError, SchemaError, TlError
from dynamic_tl.generate import generate, generated_files
from dynamic_tl.model import Message
from dynamic_tl.node import Node, NodePeer, find_node
from dynamic_tl.peers import Peer, PythonPeer, Verdict
from dynamic_tl.subset import load_messages, parse_message
from dynamic_tl.vectors import Vector, Vectors

__all__ = [
    "CodeError",
    "Difference",
    "GenerateError",
    "Message",
    "Node",
    "NodeError",
    "NodePeer",
    "Outcome",
    "Peer",
    "PythonPeer",
    "SchemaError",
    "TlError",
    "Vector",
    "Vectors",
    "Verdict",
    "find_node",
    "generate",
    "generated_files",
    "load_messages",
    "parse_message",
    "run_contract",
]
