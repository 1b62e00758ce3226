"""What a backtest can be refused for."""

from dynamic_base import ExitCode
from dynamic_ta.errors import TaError


class BacktestError(TaError):
    """The root of what a backtest or a sweep can raise."""


class BacktestInputError(BacktestError):
    """Windows, fees or an output that make no sense for these bars."""

    exit_code = ExitCode.USAGE


class UnsupportedDeviceError(BacktestError):
    """The device cannot give the oracle's results: it has no float64."""


class UnsupportedSeriesError(BacktestError):
    """The prices span too many magnitudes to be added exactly, or leave float64 no room for a product or a ratio."""
