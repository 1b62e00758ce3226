"""Results for a person."""

import math
from collections.abc import Sequence

from rich.table import Table

from dynamic_ta.backtest.document import day
from dynamic_ta.backtest.model import Backtest, Rules, Statistics, Sweep
from dynamic_ta.data import Bars

_NAMES = ("total return", "Sharpe", "max drawdown", "win rate", "exposure", "trades")


def headline(bars: Bars) -> str:
    """Return which bars these are."""
    return f"{bars.name}: {bars.n_bars} bars, {day(bars, 0)} to {day(bars, bars.n_bars - 1)}, sha256 {bars.digest[:12]}"


def statistics_table(result: Backtest, rules: Rules) -> Table:
    """Return one backtest's statistics, a row each."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("strategy", f"SMA cross, {result.fast} over {result.slow} bars, {rules.fee_bps:g} bps a side")
    for name, text in zip(_NAMES, cells(result.statistics), strict=True):
        table.add_row(name, text)
    return table


def cells(statistics: Statistics) -> list[str]:
    """Return the text of each of _NAMES."""
    return [
        percent(statistics.total_return),
        f"{statistics.sharpe:.3f}" if not math.isnan(statistics.sharpe) else "-",
        percent(statistics.max_drawdown),
        percent(statistics.win_rate),
        percent(statistics.exposure),
        f"{statistics.trades}{' + 1 open' if statistics.open_trade else ''}",
    ]


def percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.2f}%"


def trades_table(bars: Bars, result: Backtest) -> Table:
    """Return the trades, a row each."""
    table = Table("bought", "at", "sold", "at", "return", box=None, pad_edge=False)
    for trade in result.trades:
        sold = "open" if trade.open else day(bars, trade.exit_bar)
        table.add_row(
            day(bars, trade.entry_bar),
            f"{trade.entry_price:g}",
            sold,
            f"{trade.exit_price:g}",
            percent(trade.growth - 1),
        )
    return table


def sweep_table(sweep: Sweep, rows: Sequence[int]) -> Table:
    """Return the given rows of a sweep."""
    table = Table("fast", "slow", *_NAMES, box=None, pad_edge=False)
    for row in rows:
        table.add_row(str(sweep.fast[row]), str(sweep.slow[row]), *cells(sweep.statistics(row)))
    return table
