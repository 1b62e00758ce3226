"""The sweep against the oracle where it takes minutes: every pair of the default grid, and long series and windows."""

import numpy as np

from dynamic_engines import open_device
from dynamic_ta.backtest import Rules, certify, sweep_opencl
from dynamic_ta.backtest.sweep import TOLERANCE
from dynamic_ta.data import read_bars
from tests.dynamic_ta.backtest.series import bars_of, grid, shapes, walk


def test_every_pair_of_the_default_grid_on_both_samples() -> None:
    pairs = grid(range(2, 51), range(10, 201))
    with open_device() as device:
        for name in ("sp500", "nasdaq"):
            bars = read_bars(name)
            sweep = sweep_opencl(device, bars, pairs, Rules())
            assert certify(sweep, bars, Rules(), range(len(pairs)), TOLERANCE) == ()


def test_every_shape_at_twenty_thousand_bars() -> None:
    pairs = grid((1, 2, 5, 13, 50), (2, 10, 33, 64, 128, 197, 1999, 19_990))
    with open_device() as device:
        for name, bars in shapes(20_011).items():
            sweep = sweep_opencl(device, bars, pairs, Rules())
            assert certify(sweep, bars, Rules(), range(len(pairs)), TOLERANCE) == (), name


def test_a_hundred_thousand_bars_of_ticks_and_windows_of_thousands() -> None:
    plain = walk(100_003, 4, volatility=0.0005)
    bars = bars_of(np.round(plain.close, 2), np.round(plain.open, 2))
    pairs = grid((3, 50, 999), (10, 200, 5003, 40_000))
    with open_device() as device:
        sweep = sweep_opencl(device, bars, pairs, Rules(0.5, 252 * 390))
        assert certify(sweep, bars, Rules(0.5, 252 * 390), range(len(pairs)), TOLERANCE) == ()
