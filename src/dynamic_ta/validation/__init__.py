"""Statistical validation: whether a strategy's returns are more than luck, as pure functions on arrays."""

from dynamic_ta.validation.errors import SampleError, SettingError, ValidationError
from dynamic_ta.validation.inputs import sample_of
from dynamic_ta.validation.model import Check, Finding, Interval, Sample, Settings, Skipped, Validation
from dynamic_ta.validation.run import find_checks, validate, validate_sample
from dynamic_ta.validation.table import CHECKS

__all__ = [
    "CHECKS",
    "Check",
    "Finding",
    "Interval",
    "Sample",
    "SampleError",
    "SettingError",
    "Settings",
    "Skipped",
    "Validation",
    "ValidationError",
    "find_checks",
    "sample_of",
    "validate",
    "validate_sample",
]
