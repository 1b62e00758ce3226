"""Sums that let a device book a trade in two reads, whatever its length."""

from dataclasses import dataclass

import numpy as np

from dynamic_ta.backtest.model import Rules
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """What a signal's change at the close of bar t adds to an account; t + 1 is the bar that executes it.

    Parameters
    ----------
    entries : float64[n_bars, 4]: the entry bar's return less all returns up to it, the same of squared returns, units
        bought by an account of 1, the price
    exits : float64[n_bars, 4]: the exit bar's return and all before, the same of squared returns, what one unit brings,
        the price less both sides' fees
    returns, squares : float64[n_bars], sums up to each close of close-to-close returns and of their squares
    size, size_of_squares : the largest magnitude that went into the sums, for the error bound
    """

    entries: F64
    exits: F64
    returns: F64
    squares: F64
    size: float
    size_of_squares: float


def ledger(bars: Bars, rules: Rules) -> Ledger:
    """Return the sums that let a trade be booked in two reads, whatever its length."""
    held = np.concatenate(([0.0], bars.close[1:] / bars.close[:-1] - 1))
    entered = rules.kept * bars.close[1:] / bars.open[1:] - 1
    left = rules.kept * bars.open[1:] / bars.close[:-1] - 1
    returns, squares = _running_sum(held), _running_sum(held**2)
    entries, exits = np.zeros((bars.n_bars, 4)), np.zeros((bars.n_bars, 4))
    entries[:-1, 0] = entered - returns[1:]
    entries[:-1, 1] = entered**2 - squares[1:]
    entries[:-1, 2] = rules.kept / bars.open[1:]
    entries[:-1, 3] = bars.open[1:]
    exits[:-1, 0] = left + returns[:-1]
    exits[:-1, 1] = left**2 + squares[:-1]
    exits[:-1, 2] = rules.kept * bars.open[1:]
    exits[:-1, 3] = rules.kept * rules.kept * bars.open[1:]
    size = float(max(np.abs(entries[:, 0]).max(), np.abs(exits[:, 0]).max(), np.abs(returns).max()))
    of_squares = float(max(np.abs(entries[:, 1]).max(), np.abs(exits[:, 1]).max(), squares.max()))
    return Ledger(entries, exits, returns, squares, size, of_squares)


def _running_sum(values: F64) -> F64:
    """Return running sums whose rounding does not grow with their length: Knuth's TwoSum, a second time summed."""
    sums = np.cumsum(values)
    before = np.concatenate(([0.0], sums[:-1]))
    back = sums - before
    lost = (before - (sums - back)) + (values - back)
    total: F64 = sums + np.cumsum(lost)
    return total
