"""Bars, signals and rules to try a simulation on."""

from collections.abc import Iterable

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.simulation import Signals

Bar = tuple[float, float, float, float]


def ohlc(*rows: Bar) -> Bars:
    """Return bars of these opens, highs, lows and closes."""
    opened, high, low, close = np.array(rows, np.float64).T.copy()
    days = np.datetime64("2000-01-01", "us") + np.arange(len(rows)) * np.timedelta64(1, "D")
    return Bars("made", "0" * 64, days, opened, high, low, close, np.zeros(len(rows)))


def flat(*prices: float) -> Bars:
    """Return bars that stand still at these prices."""
    return ohlc(*((price, price, price, price) for price in prices))


def walk(n: int, seed: int, volatility: float = 0.02) -> Bars:
    """Return a random walk from 100 with gaps between the bars, and highs and lows beyond open and close."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, volatility, n)))
    opened = np.concatenate((close[:1], close[:-1])) * np.exp(random.normal(0, volatility / 3, n))
    reach = np.exp(np.abs(random.normal(0, volatility / 2, (2, n))))
    high, low = np.maximum(opened, close) * reach[0], np.minimum(opened, close) / reach[1]
    return ohlc(*zip(opened.tolist(), high.tolist(), low.tolist(), close.tolist(), strict=True))


def when(
    n: int,
    enter_long: Iterable[int] = (),
    exit_long: Iterable[int] = (),
    enter_short: Iterable[int] = (),
    exit_short: Iterable[int] = (),
    stop_distance: F64 | None = None,
    size: F64 | None = None,
) -> Signals:
    """Return signals that are true at these closes."""
    bars = np.arange(n)
    longs = np.isin(bars, list(enter_long)), np.isin(bars, list(exit_long))
    shorts = np.isin(bars, list(enter_short)), np.isin(bars, list(exit_short))
    return Signals(*longs, *shorts, stop_distance, size)


def random_signals(n: int, seed: int, rate: float = 0.1) -> Signals:
    """Return signals that are true at random, with distances and sizes at some bars."""
    random = np.random.default_rng(seed)
    enter_long, exit_long, enter_short, exit_short = random.random((4, n)) < rate
    distance = np.where(random.random(n) < 0.5, random.uniform(0.5, 8, n), np.nan)
    size = np.where(random.random(n) < 0.3, random.uniform(0.01, 1.2, n), np.nan)
    return Signals(enter_long, exit_long, enter_short, exit_short, distance, size)
