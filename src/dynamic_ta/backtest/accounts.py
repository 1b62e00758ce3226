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
ACCOUNT = np.dtype(
    [(name, np.float64) for name in ("equity", "units", "peak", "lowest", "sum", "squares", "bought")]
    + [("hash", np.uint64)]
    + [(name, np.uint32) for name in ("trades", "wins", "held", "since", "fast_row", "slow_row", "fast", "slow")]
)
_NONE = np.uint32(2**32 - 1)
_UNIT = 2.0**-53


def open_accounts(pairs: npt.NDArray[np.int64], windows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Return an account of 1 for each (fast, slow) of ``pairs``; ``windows`` are the rows of the table of averages."""
    accounts = np.zeros(len(pairs), ACCOUNT)
    for name in ("equity", "peak", "lowest"):
        accounts[name] = 1.0
    accounts["since"] = _NONE
    accounts["fast"], accounts["slow"] = pairs.T
    accounts["fast_row"], accounts["slow_row"] = np.searchsorted(windows, pairs).T
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


def close_accounts(accounts: npt.NDArray[Any], book: Ledger, last_close: float, rules: Rules) -> Closing:
    """Mark open positions at the last close, and turn sums into statistics."""
    n = book.returns.size
    held = accounts["since"] != _NONE
    trades = accounts["trades"].astype(np.int64)
    traded = (trades > 0) | held
    equity = np.where(held, accounts["units"] * last_close, accounts["equity"])
    total = accounts["sum"] + np.where(held, book.returns[-1], 0.0)
    squares = accounts["squares"] + np.where(held, book.squares[-1], 0.0)
    bars_held = accounts["held"] + np.where(held, np.uint32(n - 1), np.uint32(0))  # modulo 2**32, as in the kernel
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / (n - 1)
        variance = (squares - total * mean) / (n - 2)
        sharpe = math.sqrt(rules.periods_per_year) * mean / np.sqrt(variance)
        doubt = _doubt(book, rules, trades, squares, mean, variance, sharpe)
        win_rate = accounts["wins"] / trades
    return Closing(
        total_return=equity - 1,
        sharpe=np.where(traded, sharpe, np.nan),
        max_drawdown=1 - accounts["lowest"],
        win_rate=win_rate,
        exposure=bars_held.astype(np.uint32) / n,
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
    """Bound the rounding of ``close_accounts``, to first order.

    A trade adds two numbers, each a rounded difference of a rounded running sum and a return: six roundings, of at most
    the ledger's size or of the pair's own sum so far, which is at most sqrt(n * squares) (Cauchy and Schwarz). Eight
    leave room for the statistics themselves. The compensated running sums add (n u)**2. The equity takes four
    roundings a trade.
    """
    n = book.returns.size
    roundings = 8 * (trades + 2) * (_UNIT + (n * _UNIT) ** 2)
    of_sum = roundings * (book.size + np.sqrt(n * squares))
    of_squares = roundings * (book.size_of_squares + squares)
    of_variance = (of_squares + 2 * np.abs(mean) * of_sum) / (n - 2)
    of_sharpe = math.sqrt(rules.periods_per_year) * of_sum / (n - 1) / np.sqrt(variance)
    of_sharpe += np.abs(sharpe) * of_variance / variance
    bound: F64 = np.maximum(of_sharpe / np.maximum(1, np.abs(sharpe)), roundings)
    return bound
