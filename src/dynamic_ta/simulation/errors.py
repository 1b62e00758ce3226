"""What a simulation can be refused for."""

from dynamic_base import ExitCode
from dynamic_ta.errors import TaError


class SimulationError(TaError):
    """The root of what a simulation can raise."""


class AccountError(SimulationError):
    """Settings of an account that make no sense, or contradict each other."""

    exit_code = ExitCode.USAGE


class SignalsError(SimulationError):
    """Signals that do not fit the bars, or the account."""

    exit_code = ExitCode.USAGE


class VariantsError(SimulationError):
    """Variants that name lines which are not there, or nothing to try."""

    exit_code = ExitCode.USAGE


class UnsupportedDeviceError(SimulationError):
    """The device does not compute in the precision that was asked for."""


class UnsupportedSeriesError(SimulationError):
    """A price so small or large that float64 has no room for a product with it."""
