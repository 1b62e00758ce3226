"""A run as a JSON document."""

import math
from dataclasses import asdict

from dynamic_ta.backtest.document import data_document
from dynamic_ta.runs.run import Run
from dynamic_ta.simulation import Trade

SCHEMA = "dynamic.run/1"


def run_document(run: Run) -> dict[str, object]:
    """Return a run with its trades; what is undefined is null."""
    simulation = run.simulation
    return {
        "schema": SCHEMA,
        "strategy": {
            "name": run.strategy.name,
            "sha256": run.strategy.digest,
            "parameters": dict(run.parameters),
            "account": asdict(run.strategy.account),
        },
        "data": data_document(run.bars),
        "statistics": {name: _defined(value) for name, value in simulation.statistics.columns()},
        "checksum": f"{simulation.totals.checksum:016x}",
        "trades": [_trade(run, trade) for trade in simulation.trades],
        "drawdowns": [asdict(each) for each in simulation.drawdowns],
    }


def _trade(run: Run, trade: Trade) -> dict[str, object]:
    time = run.bars.time
    return {
        "side": "long" if trade.side > 0 else "short",
        "quantity": trade.quantity,
        "entry": {"bar": trade.entry_bar, "time": str(time[trade.entry_bar]), "price": trade.entry_price},
        "exit": {"bar": trade.exit_bar, "time": str(time[trade.exit_bar]), "price": trade.exit_price},
        "reason": trade.reason.name.lower(),
        "costs": trade.costs,
        "net": trade.net,
    }


def _defined(value: float) -> float | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
