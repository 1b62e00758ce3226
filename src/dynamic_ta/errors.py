"""What can go wrong in technical analysis."""

from dynamic_base import DynamicError


class TaError(DynamicError):
    """The root of this room's failures."""


class IndicatorInputError(TaError):
    """A series or a parameter is outside what the indicator is defined for."""
