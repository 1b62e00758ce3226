"""The sweep in NumPy float64, one pair after another, whole arrays at a time: a peer of sweep.py."""

import numpy as np
import numpy.typing as npt

from dynamic_ta.backtest import Rules
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64


def averages(close: F64, windows: npt.NDArray[np.int64]) -> F64:
    """Return float64[n_windows, n_bars], NaN in the warm-up, from one running sum."""
    sums = np.concatenate(([0.0], np.cumsum(close)))
    table = np.full((windows.size, close.size), np.nan)
    for row, w in zip(table, windows.tolist(), strict=True):
        row[w - 1 :] = (sums[w:] - sums[:-w]) / w
    return table


def statistics(bars: Bars, fast: F64, slow: F64, rules: Rules) -> list[float]:
    """Return total return, Sharpe, drawdown, win rate, exposure and trades of one pair."""
    opened, close, n = bars.open, bars.close, bars.n_bars
    held = np.zeros(n, np.bool_)
    held[1:] = fast[:-1] > slow[:-1]
    was = np.zeros(n, np.bool_)
    was[1:] = held[:-1]
    growth = np.ones(n)
    enter, leave = np.flatnonzero(held & ~was), np.flatnonzero(was & ~held)
    stay = np.flatnonzero(held & was)
    growth[stay] = close[stay] / close[stay - 1]
    growth[enter] = rules.kept * close[enter] / opened[enter]
    growth[leave] = rules.kept * opened[leave] / close[leave - 1]
    equity = np.multiply.accumulate(growth)
    returns = growth[1:] - 1
    won = rules.kept**2 * opened[leave] / opened[enter[: leave.size]] > 1
    deviation = returns.std(ddof=1)
    return [
        float(equity[-1] - 1),
        float(np.sqrt(rules.periods_per_year) * returns.mean() / deviation) if deviation > 0 else np.nan,
        float((1 - equity / np.maximum.accumulate(equity)).max()),
        float(won.mean()) if won.size else np.nan,
        float(held.mean()),
        float(leave.size),
    ]


def sweep(bars: Bars, pairs: npt.NDArray[np.int64], rules: Rules) -> F64:
    """Return float64[n_pairs, 6]."""
    windows = np.unique(pairs)
    table = averages(bars.close, windows)
    rows = np.searchsorted(windows, pairs)
    return np.array([statistics(bars, table[fast], table[slow], rules) for fast, slow in rows])
