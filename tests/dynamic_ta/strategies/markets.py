"""Bars to try strategies on."""

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.data.model import NUMBERS
from dynamic_ta.indicators.model import F64


def walk(bars: int, seed: int = 0, ticks: int = 2) -> Bars:
    """Return a geometric random walk from 100 in steps of ``10**-ticks``: with few digits, prices often tie."""
    random = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(random.normal(0, 0.01, bars))), ticks)
    opened: F64 = np.round(close * np.exp(random.normal(0, 0.003, bars)), ticks)
    high: F64 = np.maximum(opened, close) + np.round(np.abs(random.normal(0, 0.5, bars)), ticks)
    low: F64 = np.minimum(opened, close) - np.round(np.abs(random.normal(0, 0.5, bars)), ticks)
    return bars_of(opened, high, low, close, np.floor(random.lognormal(10, 1, bars)))


def bars_of(opened: F64, high: F64, low: F64, close: F64, volume: F64) -> Bars:
    time = np.datetime64("2000-01-01", "us") + np.arange(close.size) * np.timedelta64(1, "D")
    return Bars("made", "0" * 64, time, opened, high, low, close, volume)


def joined(bars: Bars, count: int, other: Bars | None = None) -> Bars:
    """Return the first ``count`` of ``bars``, and of ``other`` all but as many."""
    columns = [getattr(bars, name)[:count] for name in NUMBERS]
    if other is not None:
        columns = [np.concatenate((c, getattr(other, n)[count:])) for n, c in zip(NUMBERS, columns, strict=True)]
    return bars_of(*columns)


def closes(*close: float) -> Bars:
    """Return bars of no height at these closes, without volume."""
    line = np.array(close, np.float64)
    return bars_of(line, line, line, line, 0 * line)
