"""The inference engines in the matrix: golden models by engine by device, each held to float64."""

from dynamic_delivery.matrix.inference.models import UnknownModelError, names
from dynamic_delivery.matrix.inference.run import digest_of, inference_cells, is_inference, why_moved

__all__ = ["UnknownModelError", "digest_of", "inference_cells", "is_inference", "names", "why_moved"]
