"""What a device keeps of each pair, and the statistics that follow from it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_ta.backtest.ledger import Ledger
from dynamic_ta.backtest.model import Rules
from dynamic_ta.data.model import F64

# The struct Account of kernels/backtest/sma_cross.cl.
_SUMS = ("log", "log_less", "returns", "squares", "high", "low_less", "peak", "worst", "bought")
_COUNTS = ("held", "trades", "wins", "holds", "fast_row", "slow_row", "fast", "slow")
ACCOUNT = np.dtype(
    [(name, np.float64) for name in _SUMS]
    + [("hash", np.uint64)]
    + [(name, np.uint32) for name in _COUNTS]
    + [("spare", np.uint64, 2)]  # to the struct's alignment
)
_UNIT = 2.0**-53


def open_accounts(
    pairs: npt.NDArray[np.int64], fast: npt.NDArray[np.int64], slow: npt.NDArray[np.int64]
) -> npt.NDArray[Any]:
    """Return an account of 1, the logarithm 0, for each (fast, slow) of ``pairs``.

    ``fast``, then ``slow``, each in order, are the rows of the table of averages.
    """
    accounts = np.zeros(len(pairs), ACCOUNT)
    accounts["fast"], accounts["slow"] = pairs.T
    accounts["fast_row"] = np.searchsorted(fast, pairs[:, 0])
    accounts["slow_row"] = fast.size + np.searchsorted(slow, pairs[:, 1])
    return accounts


@dataclass(frozen=True, slots=True, eq=False)
class Closing:
    """The statistics of ACCOUNT rows.

    ``doubt`` bounds how far total return or Sharpe ratio may be off the oracle's, relative to max(1, magnitude); it is
    NaN where there is no bound.
    """

    total_return: F64
    sharpe: F64
    max_drawdown: F64
    win_rate: F64
    exposure: F64
    trades: npt.NDArray[np.int64]
    open_trade: npt.NDArray[np.bool_]
    doubt: F64


def close_accounts(accounts: npt.NDArray[Any], book: Ledger, rules: Rules) -> Closing:
    """Mark open positions at the last close, and turn sums into statistics."""
    n = book.returns.size
    held = accounts["holds"] != 0
    trades = accounts["trades"].astype(np.int64)
    traded = (trades > 0) | held
    log_equity = accounts["log"] + np.where(held, book.log_close[-1], 0.0)
    total = accounts["returns"] + np.where(held, book.returns[-1], 0.0)
    squares = accounts["squares"] + np.where(held, book.squares[-1], 0.0)
    bars_held = accounts["held"] + np.where(held, n - 1, 0).astype(np.uint32)
    worst = np.maximum(accounts["worst"], accounts["peak"] + accounts["low_less"])
    # The logarithm is never above its peak, nor below 0 by more than the deepest fall.
    extent = np.maximum(accounts["peak"], worst)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = total / (n - 1)
        variance = (squares - total * mean) / (n - 2)
        sharpe = math.sqrt(rules.periods_per_year) * mean / np.sqrt(variance)
        doubt = _doubt(book, rules, trades, squares, mean, variance, sharpe)
        total_return = np.expm1(log_equity)
        of_log = 4 * (trades + 2) * _UNIT * (1 + 5 * book.size_of_logs + 2 * (extent + book.size_of_logs))
        # To the account's logarithm, of at most ``extent`` + ``size_of_logs``, a trade adds two numbers. Each is off by
        # a rounded ratio (u), a logarithm (an ulp, at most 2 u of it, twice) and their sum (u), and is added with u of
        # what comes out. A fall is the difference of two such, a close's logarithm in each: ``of_log`` is twice that.
        # What an error of the logarithm is worth: little, where little is left of the account.
        of_return = of_log * np.exp(log_equity) / np.maximum(1, np.abs(total_return))
        doubt = np.maximum(doubt, np.maximum(of_return, of_log * np.exp(-worst)))
        win_rate = accounts["wins"] / trades
    return Closing(
        total_return=total_return,
        sharpe=np.where(traded, sharpe, np.nan),
        max_drawdown=-np.expm1(-worst),
        win_rate=win_rate,
        exposure=bars_held / n,
        trades=trades,
        open_trade=held,
        doubt=np.where(traded, doubt, 0.0),
    )


def _doubt(
    book: Ledger,
    rules: Rules,
    trades: npt.NDArray[np.int64],
    squares: F64,
    mean: F64,
    variance: F64,
    sharpe: F64,
) -> F64:
    """Bound the rounding of the Sharpe ratio of ``close_accounts``, to first order.

    A trade adds two numbers, each a rounded difference of a rounded running sum and a return: six roundings, of at most
    the ledger's size or of the pair's own sum so far, which is at most sqrt(n * squares) (Cauchy and Schwarz). Eight
    leave room for the statistics themselves. The compensated running sums add (n u)**2.
    """
    n = book.returns.size
    roundings = 8 * (trades + 2) * (_UNIT + (n * _UNIT) ** 2)
    of_sum = roundings * (book.size + np.sqrt(n * squares))
    of_squares = roundings * (book.size_of_squares + squares)
    of_variance = (of_squares + 2 * np.abs(mean) * of_sum) / (n - 2)
    of_sharpe = math.sqrt(rules.periods_per_year) * of_sum / (n - 1) / np.sqrt(variance)
    of_sharpe += np.abs(sharpe) * of_variance / variance
    bound: F64 = of_sharpe / np.maximum(1, np.abs(sharpe))
    return bound
