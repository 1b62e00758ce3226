"""One pair of windows, in plain NumPy float64: what every other engine is held to."""

import math

import numpy as np
import numpy.typing as npt

from dynamic_ta.backtest.model import Backtest, Rules, Statistics, Trade, check_windows
from dynamic_ta.backtest.signals import exact_sums, signals
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64


def run_backtest(
    bars: Bars, fast: int, slow: int, rules: Rules, sums: npt.NDArray[np.object_] | None = None
) -> Backtest:
    """Buy when the fast average rises above the slow one, sell when it no longer is.

    Parameters
    ----------
    fast, slow : bars, 1 <= fast < slow <= n_bars
    sums : ``exact_sums(bars.close)``, if many pairs of the same bars are run

    Returns
    -------
    Backtest; its statistics are defined in docs/products/sma-cross.md

    Raises
    ------
    BacktestInputError : windows that do not fit

    Notes
    -----
    The signal of a close is executed at the next bar's open, with the whole account; the last bar's signal is never
    executed. A position that is still held is marked at the last close, without an exit fee. O(n_bars).
    """
    check_windows(bars, fast, slow)
    above = signals(exact_sums(bars.close) if sums is None else sums, fast, slow)
    entries, exits = executions(above)
    growth = _growth(bars, entries, exits, rules)
    equity = np.multiply.accumulate(growth)
    trades = tuple(_trade(bars, entry, exit_, rules) for entry, exit_ in _pairs(entries, exits))
    return Backtest(fast, slow, _statistics(growth, equity, trades, rules), trades, equity)


def executions(above: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the bars at whose open is bought, and sold: one after each change of the signal."""
    held = np.concatenate(([False], above[:-1]))
    change = np.diff(held.astype(np.int8), prepend=0)
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1)


def _growth(bars: Bars, entries: npt.NDArray[np.intp], exits: npt.NDArray[np.intp], rules: Rules) -> F64:
    """Return how many times its worth at the close before the account is worth at each close."""
    growth = np.ones(bars.n_bars)
    for first, last in _pairs(entries, exits):
        end = bars.n_bars if last is None else last
        growth[first] = rules.kept * bars.close[first] / bars.open[first]
        growth[first + 1 : end] = bars.close[first + 1 : end] / bars.close[first : end - 1]
        if last is not None:
            growth[last] = rules.kept * bars.open[last] / bars.close[last - 1]
    return growth


def _pairs(entries: npt.NDArray[np.intp], exits: npt.NDArray[np.intp]) -> list[tuple[int, int | None]]:
    """Return (entry, exit) bars; the exit of a position that is still held is None."""
    held = [None] * (entries.size - exits.size)
    return list(zip(entries.tolist(), [*exits.tolist(), *held], strict=True))


def _trade(bars: Bars, first: int, last: int | None, rules: Rules) -> Trade:
    bought = float(bars.open[first])
    if last is None:
        sold = float(bars.close[-1])
        return Trade(first, bars.n_bars - 1, bought, sold, rules.kept * sold / bought, open=True)
    sold = float(bars.open[last])
    # Both fees on the price first: without fees, a trade that breaks even is then a growth of exactly 1, no win.
    return Trade(first, last, bought, sold, rules.kept * rules.kept * sold / bought)


def _statistics(growth: F64, equity: F64, trades: tuple[Trade, ...], rules: Rules) -> Statistics:
    closed = [trade for trade in trades if not trade.open]
    held = sum(trade.exit_bar - trade.entry_bar + trade.open for trade in trades)
    return Statistics(
        total_return=float(equity[-1] - 1),
        sharpe=_sharpe(growth[1:] - 1, rules.periods_per_year),
        max_drawdown=float((1 - equity / np.maximum.accumulate(equity)).max()),
        win_rate=sum(trade.growth > 1 for trade in closed) / len(closed) if closed else math.nan,
        exposure=held / equity.size,
        trades=len(closed),
        open_trade=len(closed) < len(trades),
    )


def _sharpe(returns: F64, periods_per_year: float) -> float:
    if returns.size < 2 or not returns.any():  # noqa: PLR2004  # a sample deviation needs two
        return math.nan
    return float(math.sqrt(periods_per_year) * returns.mean() / returns.std(ddof=1))
