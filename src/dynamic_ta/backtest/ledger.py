"""Sums that let a device book a trade in two reads, whatever its length."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_ta.backtest.model import Rules
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """What a signal's change at the close of bar t adds to an account; t + 1 is the bar that executes it.

    Logarithms of prices are relative to the first close.

    Parameters
    ----------
    changes : float64[n_bars, 2, 4]. As an entry: the entry bar's return less all returns up to it, the same of squared
        returns, the logarithm of the units bought by an account of 1, -t. As an exit: the exit bar's return and all
        before, the same of squared returns, the logarithm of what one unit brings, t
    prices : float64[n_bars, 2], what is paid at an entry, and is brought by an exit, both sides' fees taken off
    returns, squares : float64[n_bars], sums up to each close of close-to-close returns and of their squares
    log_close : float64[n_bars]
    size, size_of_squares, size_of_logs : the largest magnitude that went into the sums, for the error bound
    """

    changes: F64
    prices: F64
    returns: F64
    squares: F64
    log_close: F64
    size: float
    size_of_squares: float
    size_of_logs: float


def ledger(bars: Bars, rules: Rules) -> Ledger:
    """Return the sums that let a trade be booked in two reads, whatever its length."""
    held = np.concatenate(([0.0], bars.close[1:] / bars.close[:-1] - 1))
    entered = rules.kept * bars.close[1:] / bars.open[1:] - 1
    left = rules.kept * bars.open[1:] / bars.close[:-1] - 1
    returns, squares = _running_sum(held), _running_sum(held**2)
    # Prices too far apart for a ratio have no finite logarithm here: the bound is none then, and the oracle is asked.
    with np.errstate(over="ignore", divide="ignore"):
        log_close, log_open = np.log(bars.close / bars.close[0]), np.log(bars.open[1:] / bars.close[0])
    log_kept = math.log(rules.kept)
    lines, prices = np.zeros((2, 4, bars.n_bars)), np.zeros((bars.n_bars, 2))  # whole lines are quicker to write
    entries, exits = lines[0, :, :-1], lines[1, :, :-1]
    entries[0] = entered - returns[1:]
    entries[1] = entered**2 - squares[1:]
    entries[2] = log_kept - log_open
    entries[3] = -np.arange(bars.n_bars - 1.0)
    exits[0] = left + returns[:-1]
    exits[1] = left**2 + squares[:-1]
    exits[2] = log_kept + log_open
    exits[3] = -entries[3]
    prices[:-1, 0] = bars.open[1:]
    prices[:-1, 1] = rules.kept * rules.kept * bars.open[1:]
    size = max(_largest(lines[:, 0]), _largest(returns))
    of_squares = max(_largest(lines[:, 1]), _largest(squares))
    of_logs = max(_largest(log_open), _largest(log_close)) - log_kept
    changes = np.ascontiguousarray(lines.transpose(2, 0, 1))
    return Ledger(changes, prices, returns, squares, log_close, size, of_squares, of_logs)


def _largest(values: F64) -> float:
    """Return the largest magnitude, 0 of none."""
    return float(np.abs(values).max(initial=0))


def _running_sum(values: F64) -> F64:
    """Return running sums whose rounding does not grow with their length: Knuth's TwoSum, a second time summed."""
    sums = np.cumsum(values)
    before = np.concatenate(([0.0], sums[:-1]))
    back = sums - before
    lost = (before - (sums - back)) + (values - back)
    total: F64 = sums + np.cumsum(lost)
    return total
