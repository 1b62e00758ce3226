"""What goes into a simulation, and what comes out."""

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.simulation.errors import SignalsError, UnsupportedSeriesError

Decisions = npt.NDArray[np.bool_]
LARGEST = 2.0**300  # of prices, cash and units, and its inverse the least: no product of three leaves float64
DECISIONS = ("enter_long", "exit_long", "enter_short", "exit_short")


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """What a strategy wants at each close, from that close and what came before.

    Parameters
    ----------
    enter_long, exit_long, enter_short, exit_short : bool[n_bars]; False before the warm-up
    stop_distance : float64[n_bars], price units from the fill to the stop, read at the close that decides to enter;
        what is not above zero (NaN, too) is no stop. None: no such stop anywhere
    size : float64[n_bars], in place of ``Account.size``, read at the same close; NaN, or None: that of the account
    """

    enter_long: Decisions
    exit_long: Decisions
    enter_short: Decisions
    exit_short: Decisions
    stop_distance: F64 | None = None
    size: F64 | None = None

    def check(self, bars: Bars) -> None:
        """Return if every line has one value a bar.

        Raises
        ------
        SignalsError : another length or type, or an infinite value
        """
        wanted = [(name, np.bool_) for name in DECISIONS] + [("stop_distance", np.float64), ("size", np.float64)]
        for name, kind in wanted:
            line = getattr(self, name)
            if line is None:
                continue
            if line.shape != (bars.n_bars,):
                raise SignalsError(f"{name} has shape {line.shape}", f"give one value for each of {bars.n_bars} bars")
            if line.dtype != kind:
                raise SignalsError(f"{name} is {line.dtype}", f"give {np.dtype(kind)}")
            if np.isinf(line).any():
                raise SignalsError(
                    f"{name} is infinite at bar {np.isinf(line).argmax()}", "give NaN where there is none"
                )


class Reason(IntEnum):
    """Why a position was closed; the numbers are the kernel's."""

    SIGNAL = 1
    STOP = 2
    TRAILING = 3
    TARGET = 4
    TIME = 5
    LIQUIDATION = 6
    END = 7


@dataclass(frozen=True, slots=True)
class Trade:
    """One position, from its entry to its exit.

    Parameters
    ----------
    entry_bar, exit_bar : bars at which it was opened and closed; for an open trade, the last bar
    entry_price, exit_price : fills, slippage included; for an open trade, the last close
    side : 1 long, -1 short
    quantity : units, above zero
    costs : fees of both sides, borrow and funding, quote currency; an open trade has paid no exit
    gross : side * quantity * (exit_price - entry_price)
    net : gross - costs
    reason : why it ended; END is a trade that is still open
    """

    entry_bar: int
    exit_bar: int
    entry_price: float
    exit_price: float
    side: int
    quantity: float
    costs: float
    gross: float
    net: float
    reason: Reason

    @property
    def open(self) -> bool:
        return self.reason is Reason.END


@dataclass(frozen=True, slots=True)
class Drawdown:
    """A run of closes below an earlier equity.

    Parameters
    ----------
    start : the last bar at the peak; -1 if it is the initial cash
    trough : the bar of the least equity
    end : the first bar at or above the peak again; None if there is none
    depth : 1 - equity at the trough / equity at the peak, above 0
    """

    start: int
    trough: int
    end: int | None
    depth: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is said of a simulation; docs/products/simulation.md has the formulas. What is undefined is NaN.

    Parameters
    ----------
    total_return : last equity / initial cash - 1, the open trade marked at the last close
    cagr : a year, compounded
    volatility : a year, of the returns from close to close
    sharpe, sortino, calmar : a year, without a risk-free rate
    max_drawdown : over the equity at each close
    max_drawdown_bars : closes below the peak that the deepest fall began at
    win_rate : closed trades with a net profit above zero, of all closed ones
    profit_factor : net profits / net losses of closed trades
    expectancy : net profit of a closed trade, mean, quote currency
    average_trade : net profit / value at entry of a closed trade, mean
    exposure : share of all bars at whose close a position was held
    turnover : value bought and sold a year / mean equity
    trades : closed ones
    open_trade : bool, one more is still open
    unfilled : decisions to enter for which no quantity was left (lot, cash, no stop to size by)
    """

    total_return: float
    cagr: float
    volatility: float
    sharpe: float
    sortino: float
    calmar: float
    max_drawdown: float
    max_drawdown_bars: int
    win_rate: float
    profit_factor: float
    expectancy: float
    average_trade: float
    exposure: float
    turnover: float
    trades: int
    open_trade: bool
    unfilled: int

    def columns(self) -> list[tuple[str, float]]:
        """Return each name with its value, in one order."""
        return [(name, getattr(self, name)) for name in STATISTICS]


STATISTICS = tuple(field.name for field in fields(Statistics))


@dataclass(frozen=True, slots=True)
class Totals:
    """What is carried from bar to bar; the statistics follow from it, and a device has the same bits.

    Parameters
    ----------
    equity : at the last close
    returns, squares, losses : sums over the returns from close to close, of them, of their squares, of the squares of
        those below zero
    equities : sum of the equity at each close
    fall, fall_bars : the deepest drawdown, and the closes below the peak that it began at
    traded : value bought and sold
    costs : fees, borrow and funding that were paid
    won, lost : net profits of closed trades above zero, and the others
    ratios : sum of net profit / value at entry of closed trades
    trades, wins, held, unfilled : closed trades, those with a profit, closes with a position, entries without quantity
    side : of the position that is still open; 0 without one
    divided : bars at whose close a rule divided by zero; the oracle's signals have raised an error before that
    checksum : of every entry and exit, see ``checksum_of``
    """

    equity: float
    returns: float
    squares: float
    losses: float
    equities: float
    fall: float
    traded: float
    costs: float
    won: float
    lost: float
    ratios: float
    fall_bars: int
    trades: int
    wins: int
    held: int
    unfilled: int
    divided: int
    side: int
    checksum: int


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """The whole story of one strategy on one instrument.

    Parameters
    ----------
    trades : in order; the last one may be open
    equity : float64[n_bars], cash and position at each close, quote currency
    exposure : float64[n_bars], signed value of the position / equity at each close; NaN where no equity is left
    drawdowns : every one, in order
    """

    statistics: Statistics
    trades: tuple[Trade, ...]
    equity: F64
    exposure: F64
    drawdowns: tuple[Drawdown, ...]
    totals: Totals


class Table(Protocol):
    """The variants of one strategy on one instrument: what their rules read.

    Parameters
    ----------
    lines : float64[n_rows, n_bars], each distinct line once; NaN before its warm-up
    rows : uint32[n_variants, n_lines], which rows a variant's lines are
    params : float64[n_variants, n_params]; at least one column in both
    """

    @property
    def lines(self) -> F64: ...

    @property
    def rows(self) -> npt.NDArray[np.uint32]: ...

    @property
    def params(self) -> F64: ...


def check_prices(bars: Bars) -> None:
    """Return if no product or quotient with a price leaves float64.

    Raises
    ------
    UnsupportedSeriesError : a price below 1 / LARGEST or above LARGEST
    """
    for price in (float(bars.low.min()), float(bars.high.max())):
        if not 1 / LARGEST <= price <= LARGEST:
            raise UnsupportedSeriesError(f"a price of {price:.3g} in {bars.name}", "give the prices in another unit")
