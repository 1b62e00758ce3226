"""Bars, signals and rules to try a simulation on."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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


# Rules that read every decision from a line of its own.
RULES = """#include "strategies/lines.clh"
static inline bool enter_long(LINES, uint t) { return LINE(0, t) > 0; }
static inline bool exit_long(LINES, uint t) { return LINE(1, t) > 0; }
static inline bool enter_short(LINES, uint t) { return LINE(2, t) > 0; }
static inline bool exit_short(LINES, uint t) { return LINE(3, t) > 0; }
static inline REAL stop_distance(LINES, uint t) { return LINE(4, t); }
static inline REAL position_size(LINES, uint t) { return LINE(5, t); }
static inline bool divides_by_zero(LINES, uint t) { return LINE(0, t) < 0; }
"""


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """A table for RULES."""

    lines: F64
    rows: npt.NDArray[np.uint32]
    params: F64


def table_of(*variants: Signals) -> Lines:
    """Return a table in which variant i has the signals i."""
    lines: list[npt.NDArray[np.bool_] | F64] = []
    for signals in variants:
        nothing = np.full(signals.enter_long.size, np.nan)
        lines += [signals.enter_long, signals.exit_long, signals.enter_short, signals.exit_short]
        lines += [nothing if line is None else line for line in (signals.stop_distance, signals.size)]
    rows = np.arange(len(lines), dtype=np.uint32).reshape(len(variants), 6)
    return Lines(np.array(lines, np.float64), rows, np.zeros((len(variants), 1)))
