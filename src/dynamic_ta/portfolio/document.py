"""A portfolio's run as a JSON document."""

import math
from dataclasses import asdict

from dynamic_ta.backtest.document import data_document
from dynamic_ta.portfolio.model import Order
from dynamic_ta.portfolio.run import PortfolioRun

SCHEMA = "dynamic.portfolio/1"


def portfolio_document(run: PortfolioRun) -> dict[str, object]:
    """Return a run with its orders; what is undefined is null."""
    simulation = run.simulation
    return {
        "schema": SCHEMA,
        "strategy": {
            "name": run.strategy.name,
            "sha256": run.strategy.digest,
            "parameters": dict(run.parameters),
            "account": asdict(run.strategy.account),
        },
        "weights": {"name": run.plan.weights, "lookback": run.plan.terms.lookback, "fixed": dict(run.plan.terms.fixed)},
        "rebalancing": asdict(run.plan.rebalancing),
        "calendar": {
            "rule": str(run.plan.calendar),
            "bars": run.market.n_bars,
            "first": str(run.market.time[0]),
            "last": str(run.market.time[-1]),
        },
        "assets": [_asset(run, i) for i in range(run.market.n_assets)],
        "statistics": {name: _defined(value) for name, value in simulation.statistics.columns()},
        "checksum": f"{simulation.totals.checksum:016x}",
        "orders": [_order(run, order) for order in simulation.orders],
        "drawdowns": [asdict(each) for each in simulation.drawdowns],
    }


def _asset(run: PortfolioRun, i: int) -> dict[str, object]:
    simulation = run.simulation
    return {
        **data_document(run.market.assets[i]),
        "units": float(simulation.positions[-1, i]),
        "contribution": float(simulation.contributions[i]),
        "costs": float(simulation.costs[i]),
    }


def _order(run: PortfolioRun, order: Order) -> dict[str, object]:
    return {
        "bar": order.bar,
        "time": str(run.market.time[order.bar]),
        "asset": run.market.names[order.asset],
        "quantity": order.quantity,
        "price": order.price,
        "fee": order.fee,
        "cause": order.cause.name.lower(),
    }


def _defined(value: float) -> float | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
