"""Training a small network, to the same bits from the same seed."""

from dynamic_ai.training.export import TRAINER, export_onnx
from dynamic_ai.training.model import Network, Settings
from dynamic_ai.training.train import Training, train

__all__ = ["TRAINER", "Network", "Settings", "Training", "export_onnx", "train"]
