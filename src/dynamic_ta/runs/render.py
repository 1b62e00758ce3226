"""A run for a person."""

import math

from rich.table import Table

from dynamic_ta.backtest.document import day
from dynamic_ta.backtest.render import percent
from dynamic_ta.runs.run import Run

_SHARES = ("total_return", "cagr", "volatility", "max_drawdown", "win_rate", "average_trade", "exposure")


def statistics_table(run: Run) -> Table:
    """Return the statistics, a row each."""
    table = Table(show_header=False, box=None, pad_edge=False)
    given = ", ".join(f"{name} {value:g}" for name, value in run.parameters.items())
    table.add_row("strategy", f"{run.strategy.name}{f' ({given})' if given else ''}, sha256 {run.strategy.digest[:12]}")
    statistics = run.simulation.statistics
    for name, value in statistics.columns():
        if name != "open_trade":
            table.add_row(name.replace("_", " "), percent(value) if name in _SHARES else _number(value))
    if statistics.open_trade:
        table.add_row("open trade", f"since {day(run.bars, run.simulation.trades[-1].entry_bar)}")
    return table


def trades_table(run: Run) -> Table:
    """Return the trades, a row each."""
    table = Table("side", "entered", "at", "left", "at", "by", "units", "net", box=None, pad_edge=False)
    for trade in run.simulation.trades:
        table.add_row(
            "long" if trade.side > 0 else "short",
            day(run.bars, trade.entry_bar),
            f"{trade.entry_price:g}",
            "open" if trade.open else day(run.bars, trade.exit_bar),
            f"{trade.exit_price:g}",
            trade.reason.name.lower(),
            f"{trade.quantity:g}",
            f"{trade.net:.2f}",
        )
    return table


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return f"{value:.4g}" if math.isfinite(value) else "-"
