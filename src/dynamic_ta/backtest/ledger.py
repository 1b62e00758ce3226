"""Sums that let a device book a trade in two reads, whatever its length."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_ta.backtest.model import Rules
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """What a device needs to know what a trade adds to an account, and how far that may be off.

    Logarithms of prices are relative to the first close.

    Parameters
    ----------
    returns, squares : float64[n_bars], sums up to each close of close-to-close returns and of their squares
    log_close, log_open : float64[n_bars]
    size, size_of_squares, size_of_logs : what no magnitude that goes into the sums is above, for the error bound
    """

    returns: F64
    squares: F64
    log_close: F64
    log_open: F64
    size: float
    size_of_squares: float
    size_of_logs: float


def ledger(bars: Bars, rules: Rules, log_close: F64) -> Ledger:
    """Return the sums that let a trade be booked in two reads, whatever its length. ``log_close``: see ``logs``."""
    held = np.concatenate(([0.0], bars.close[1:] / bars.close[:-1] - 1))
    returns, squares = _running_sum(held), _running_sum(held**2)
    log_open = logs(bars.open, bars.close[0])
    with np.errstate(over="ignore"):
        within, over = bars.close[1:] / bars.open[1:], bars.open[1:] / bars.close[:-1]
    # The return of a bar of an entry or exit, of which the largest is that of the largest ratio or of the least.
    step = max(abs(rules.kept * float(ratio) - 1) for each in (within, over) for ratio in (each.min(), each.max()))
    size_of_logs = max(_largest(log_open), _largest(log_close)) - math.log(rules.kept)
    size, size_of_squares = _largest(returns) + step, float(squares[-1]) + step**2
    return Ledger(returns, squares, log_close, log_open, size, size_of_squares, size_of_logs)


def logs(prices: F64, first: float) -> F64:
    """Return logarithms relative to that of ``first``.

    Prices too far apart for a ratio have no finite one: the error bound is none then, and the oracle is asked.
    """
    with np.errstate(over="ignore", divide="ignore"):
        found: F64 = np.log(prices / first)
    return found


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
