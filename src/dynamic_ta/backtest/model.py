"""What goes into a backtest, and what comes out."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from dynamic_ta.backtest.errors import BacktestInputError, UnsupportedSeriesError
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64

_BPS = 10_000
MOST_WINDOW = 2**20
_SMALLEST = 2.0**-900


# Is told how much is done, of how much.
Progress = Callable[[int, int], None]


def silent(_done: int, _of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a trade costs, and what a year is.

    Parameters
    ----------
    fee_bps : basis points of the account's value, paid at each entry and at each exit, 0 <= fee_bps < 10000
    periods_per_year : bars in a year, for the Sharpe ratio; 252 for daily bars
    """

    fee_bps: float = 5.0
    periods_per_year: float = 252.0

    def __post_init__(self) -> None:
        if not 0 <= self.fee_bps < _BPS:
            raise BacktestInputError(f"a fee of {self.fee_bps} bps", "give 0 <= fee < 10000 basis points a side")
        if not (self.periods_per_year > 0 and math.isfinite(self.periods_per_year)):
            raise BacktestInputError(f"{self.periods_per_year} periods a year", "give a positive number, 252 for days")

    @property
    def kept(self) -> float:
        """The share of the account that one side's fee leaves."""
        return 1.0 - self.fee_bps / _BPS


@dataclass(frozen=True, slots=True)
class Trade:
    """One round trip.

    Parameters
    ----------
    entry_bar, exit_bar : the bar at whose open it was bought, and sold; for an open trade, the last bar
    entry_price, exit_price : those opens; for an open trade, the last close
    growth : value after / value before, all fees paid so far included
    open : bool, it was never sold, and is marked at the last close
    """

    entry_bar: int
    exit_bar: int
    entry_price: float
    exit_price: float
    growth: float
    open: bool = False


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the command prints of a pair of windows; docs/products/sma-cross.md has the formulas.

    Parameters
    ----------
    total_return : last equity - 1, the open trade marked at the last close
    sharpe : annualised; NaN if no bar had a return
    max_drawdown : 0 <= d < 1, over the equity at each close
    win_rate : of the closed trades; NaN without one
    exposure : share of all bars at whose close the position was held
    trades : closed ones
    open_trade : bool, one more was never sold
    """

    total_return: float
    sharpe: float
    max_drawdown: float
    win_rate: float
    exposure: float
    trades: int
    open_trade: bool

    def columns(self) -> list[tuple[str, float]]:
        """Return each name with its value, in one order."""
        return [(name, getattr(self, name)) for name in STATISTICS]


STATISTICS = tuple(field.name for field in fields(Statistics))


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """The whole story of one pair of windows. ``equity`` is float64[n_bars] at each close, 1 at the start."""

    fast: int
    slow: int
    statistics: Statistics
    trades: tuple[Trade, ...]
    equity: F64


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The statistics of many pairs, one array a column; row i is the pair (fast[i], slow[i]).

    Parameters
    ----------
    checksum : uint64[n_pairs], ``checksum_of`` the trades
    recomputed : bool[n_pairs], the oracle's results, since the device's could not be proven close enough
    """

    fast: npt.NDArray[np.int64]
    slow: npt.NDArray[np.int64]
    total_return: F64
    sharpe: F64
    max_drawdown: F64
    win_rate: F64
    exposure: F64
    trades: npt.NDArray[np.int64]
    open_trade: npt.NDArray[np.bool_]
    checksum: npt.NDArray[np.uint64]
    recomputed: npt.NDArray[np.bool_]

    @property
    def n_pairs(self) -> int:
        return self.fast.size

    def statistics(self, row: int) -> Statistics:
        """Return one pair's statistics."""
        return Statistics(*(getattr(self, name)[row].item() for name in STATISTICS))


def check_windows(bars: Bars, fast: int, slow: int) -> None:
    """Return if both averages exist and differ.

    Raises
    ------
    BacktestInputError : not 1 <= fast < slow <= n_bars
    UnsupportedSeriesError : a price so small or large that a product with it would lose digits
    """
    lowest, highest = min(bars.open.min(), bars.close.min()), max(bars.open.max(), bars.close.max())
    if lowest < _SMALLEST or highest > 1 / _SMALLEST:
        price = lowest if lowest < _SMALLEST else highest
        raise UnsupportedSeriesError(f"a price of {price:.3g} in {bars.name}", "give the prices in another unit")
    if not 1 <= fast < slow:
        raise BacktestInputError(f"fast {fast} and slow {slow}", "give 1 <= fast < slow, in bars")
    if slow > min(bars.n_bars, MOST_WINDOW):
        raise BacktestInputError(
            f"a slow window of {slow} bars does not fit the {bars.n_bars} bars of {bars.name}",
            f"give at most {min(bars.n_bars, MOST_WINDOW)}",
        )
