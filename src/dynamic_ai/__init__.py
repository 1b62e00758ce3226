"""Datasets known by their content, small models trained to the bit, inference engines, and the judging of candidates.

The room takes arrays; ``dynamic_delivery`` brings them. onnx and onnxruntime are imported when they are used.
"""

from dynamic_ai.datasets import read_snapshot, verify_snapshot, write_snapshot
from dynamic_ai.errors import (
    AiError,
    DatasetError,
    EngineFailedError,
    EngineMissingError,
    ModelFileError,
    SnapshotError,
    SnapshotExistsError,
    TrainingError,
    UnknownOperatorError,
    ValidationInputError,
)
from dynamic_ai.inference import ENGINES, read_model
from dynamic_ai.training import export_onnx, train
from dynamic_ai.validation import validate

__all__ = [
    "ENGINES",
    "AiError",
    "DatasetError",
    "EngineFailedError",
    "EngineMissingError",
    "ModelFileError",
    "SnapshotError",
    "SnapshotExistsError",
    "TrainingError",
    "UnknownOperatorError",
    "ValidationInputError",
    "export_onnx",
    "read_model",
    "read_snapshot",
    "train",
    "validate",
    "verify_snapshot",
    "write_snapshot",
]
