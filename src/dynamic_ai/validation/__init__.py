"""Whether a candidate is as good as the baseline: scores, latency, safety and the agreement of engines."""

from dynamic_ai.validation.bootstrap import block_means, interval
from dynamic_ai.validation.latency import Latency, compare_latency
from dynamic_ai.validation.model import Check, Report, Thresholds, Verdict
from dynamic_ai.validation.validate import validate

__all__ = [
    "Check",
    "Latency",
    "Report",
    "Thresholds",
    "Verdict",
    "block_means",
    "compare_latency",
    "interval",
    "validate",
]
