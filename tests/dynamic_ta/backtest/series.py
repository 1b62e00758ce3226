"""Bars to try a backtest on."""

from collections.abc import Sequence

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64


def bars_of(close: Sequence[float] | F64, opened: Sequence[float] | F64 | None = None) -> Bars:
    """Return bars with these closes; each opens at the close before, unless said."""
    last = np.asarray(close, np.float64)
    first = np.concatenate((last[:1], last[:-1])) if opened is None else np.asarray(opened, np.float64)
    time = np.datetime64("2000-01-01", "us") + np.arange(last.size) * np.timedelta64(1, "D")
    return Bars("made", "0" * 64, time, first, np.maximum(first, last), np.minimum(first, last), last, 0 * last)


def walk(bars: int, seed: int, volatility: float = 0.01) -> Bars:
    """Return a geometric random walk from 100 whose opens gap away from the closes."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, volatility, bars)))
    before = np.concatenate((close[:1], close[:-1]))
    return bars_of(close, before * np.exp(random.normal(0, volatility / 3, bars)))
