"""What follows from the totals of a simulation: the same formulas for the oracle and for a device's columns."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64
from dynamic_ta.simulation.account import Account
from dynamic_ta.simulation.model import STATISTICS, Statistics, Totals

Columns = Mapping[str, npt.NDArray[Any]]
_ROUNDING = 2.0**-52


def statistics_of(totals: Totals, n_bars: int, account: Account) -> Statistics:
    """Return the statistics of one simulation."""
    columns = {name: np.array([value]) for name, value in asdict(totals).items() if name != "checksum"}
    found = summarise(columns, n_bars, np.array([account.initial_cash]), np.array([account.periods_per_year]))
    return Statistics(*(found[name][0].item() for name in STATISTICS))


def summarise(totals: Columns, n_bars: int, initial: F64, periods_per_year: F64) -> dict[str, npt.NDArray[Any]]:
    """Return a column for each of STATISTICS; docs/products/simulation.md has the formulas.

    Parameters
    ----------
    totals : a column for each field of ``Totals``, one row a simulation
    initial : float64[n], the cash at the start
    periods_per_year : float64[n]

    Notes
    -----
    Volatility and Sharpe are undefined where the spread of the returns is within the rounding of their sums,
    n_bars * 2**-52 of the sum of squares: they are then all alike.
    """
    steps = n_bars - 1
    years = steps / periods_per_year
    end = totals["equity"].astype(np.float64)
    returns, squares = totals["returns"].astype(np.float64), totals["squares"].astype(np.float64)
    trades = totals["trades"].astype(np.int64)
    fall = totals["fall"].astype(np.float64)
    net = totals["won"].astype(np.float64) + totals["lost"].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = _defined(returns / max(steps, 1), np.full(end.shape, steps > 0))
        spread = squares - returns * mean
        moved = (spread > n_bars * _ROUNDING * squares) & (steps > 1)
        volatility = np.where(squares == 0, 0.0, np.sqrt(periods_per_year) * np.sqrt(spread / max(steps - 1, 1)))
        volatility = _defined(volatility, (moved | (squares == 0)) & (steps > 1))
        growth = end / initial
        cagr = _defined(np.where(growth > 0, np.power(np.maximum(growth, 0), 1 / years) - 1, -1.0), years > 0)
        downside = np.sqrt(totals["losses"].astype(np.float64) / max(steps, 1))
        return {
            "total_return": growth - 1,
            "cagr": cagr,
            "volatility": volatility,
            "sharpe": _defined(periods_per_year * mean / volatility, moved),
            "sortino": _defined(np.sqrt(periods_per_year) * mean / downside, downside > 0),
            "calmar": _defined(cagr / fall, fall > 0),
            "max_drawdown": fall,
            "max_drawdown_bars": totals["fall_bars"].astype(np.int64),
            "win_rate": _defined(totals["wins"] / trades, trades > 0),
            "profit_factor": _defined(totals["won"] / -totals["lost"].astype(np.float64), totals["lost"] < 0),
            "expectancy": _defined(net / trades, trades > 0),
            "average_trade": _defined(totals["ratios"] / trades, trades > 0),
            "exposure": totals["held"] / n_bars,
            "turnover": _defined(totals["traded"] / (totals["equities"] / n_bars) / years, totals["equities"] > 0),
            "trades": trades,
            "open_trade": totals["side"] != 0,
            "unfilled": totals["unfilled"].astype(np.int64),
        }


def _defined(values: Any, where: Any) -> F64:
    """Return the values where they mean something, else NaN."""
    return np.where(where, values, np.nan)
