"""A portfolio's run for a person."""

import math

import numpy as np
from rich.table import Table

from dynamic_ta.backtest.render import percent
from dynamic_ta.portfolio.run import PortfolioRun

_SHARES = ("total_return", "cagr", "volatility", "max_drawdown", "win_rate", "average_trade", "exposure")


def portfolio_table(run: PortfolioRun) -> Table:
    """Return the statistics, a row each."""
    table = Table(show_header=False, box=None, pad_edge=False)
    given = ", ".join(f"{name} {value:g}" for name, value in run.parameters.items())
    table.add_row("strategy", f"{run.strategy.name}{f' ({given})' if given else ''}, sha256 {run.strategy.digest[:12]}")
    table.add_row("weights", f"{run.plan.weights}, {_when(run)}")
    simulation = run.simulation
    for name, value in simulation.statistics.columns():
        if name != "open_trade":
            table.add_row(name.replace("_", " "), percent(value) if name in _SHARES else _number(value))
    table.add_row("orders", str(len(simulation.orders)))
    for name, line in (("gross", simulation.gross), ("net", simulation.net)):
        table.add_row(f"mean {name}", percent(float(np.nanmean(line))) if not np.isnan(line).all() else "-")
    return table


def assets_table(run: PortfolioRun) -> Table:
    """Return what each asset did, a row each."""
    table = Table("asset", "bars", "orders", "earned", "costs", "held at the end", box=None, pad_edge=False)
    simulation = run.simulation
    for i, bars in enumerate(run.market.assets):
        table.add_row(
            bars.name,
            str(bars.n_bars),
            str(sum(order.asset == i for order in simulation.orders)),
            f"{simulation.contributions[i]:.2f}",
            f"{simulation.costs[i]:.2f}",
            f"{simulation.positions[-1, i]:g}",
        )
    return table


def _when(run: PortfolioRun) -> str:
    rebalancing = run.plan.rebalancing
    said = [] if rebalancing.every is None else [f"every {rebalancing.every} bars"]
    if rebalancing.band is not None:
        said.append(f"beyond a band of {rebalancing.band:g}")
    return f"rebalanced {' and '.join(said)}"


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return f"{value:.4g}" if math.isfinite(value) else "-"
