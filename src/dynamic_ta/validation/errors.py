"""What a validation can be refused for."""

from dynamic_base import ExitCode
from dynamic_ta.errors import TaError


class ValidationError(TaError):
    """The root of what a validation can raise."""


class SettingError(ValidationError):
    """A setting, or a name, that makes no sense."""

    exit_code = ExitCode.USAGE


class SampleError(ValidationError):
    """The numbers cannot decide: too few, constant, not finite, or of another shape than the test needs."""
