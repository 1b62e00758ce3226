"""What can keep a change from being scored."""

from dynamic_base import DynamicError, UsageError


class RiskError(DynamicError):
    """The root of what scoring raises."""


class FindingsError(RiskError, UsageError):
    """The file that was named holds no findings of the gates."""
