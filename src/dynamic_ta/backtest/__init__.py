"""The SMA-cross backtest: one pair of windows in NumPy, or all of them on an OpenCL device."""

from dynamic_ta.backtest.errors import (
    BacktestError,
    BacktestInputError,
    UnsupportedDeviceError,
    UnsupportedSeriesError,
)
from dynamic_ta.backtest.model import Backtest, Rules, Statistics, Trade
from dynamic_ta.backtest.oracle import run_backtest

__all__ = [
    "Backtest",
    "BacktestError",
    "BacktestInputError",
    "Rules",
    "Statistics",
    "Trade",
    "UnsupportedDeviceError",
    "UnsupportedSeriesError",
    "run_backtest",
]
