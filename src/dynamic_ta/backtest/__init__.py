"""The SMA-cross backtest: one pair of windows in NumPy, or all of them on an OpenCL device."""

from dynamic_ta.backtest.certify import Disagreement, certify, checksum_of
from dynamic_ta.backtest.cost import sweep_cost
from dynamic_ta.backtest.errors import (
    BacktestError,
    BacktestInputError,
    UnsupportedDeviceError,
    UnsupportedSeriesError,
)
from dynamic_ta.backtest.model import Backtest, Rules, Statistics, Sweep, Trade
from dynamic_ta.backtest.oracle import run_backtest
from dynamic_ta.backtest.sweep import sweep_opencl
from dynamic_ta.backtest.windows import pairs_of, window_range

__all__ = [
    "Backtest",
    "BacktestError",
    "BacktestInputError",
    "Disagreement",
    "Rules",
    "Statistics",
    "Sweep",
    "Trade",
    "UnsupportedDeviceError",
    "UnsupportedSeriesError",
    "certify",
    "checksum_of",
    "pairs_of",
    "run_backtest",
    "sweep_cost",
    "sweep_opencl",
    "window_range",
]
