"""Results as JSON documents."""

import math
from collections.abc import Sequence
from dataclasses import asdict

from dynamic_ta.backtest.certify import Disagreement
from dynamic_ta.backtest.model import Backtest, Rules, Statistics, Sweep, Trade
from dynamic_ta.data import Bars

SCHEMA = "dynamic.backtest/1"


def run_document(bars: Bars, rules: Rules, result: Backtest) -> dict[str, object]:
    """Return one backtest with its trades."""
    return {
        "schema": SCHEMA,
        "strategy": {"name": "sma-cross", "fast": result.fast, "slow": result.slow},
        "data": data_document(bars),
        "rules": asdict(rules),
        "statistics": statistics_document(result.statistics),
        "trades": [trade_document(bars, trade) for trade in result.trades],
    }


def sweep_document(
    bars: Bars,
    rules: Rules,
    device: str,
    sweep: Sweep,
    top: Sequence[int],
    check: Sequence[Disagreement] | None,
    of: int,
) -> dict[str, object]:
    """Return a sweep with its best rows, and what a check of ``of`` pairs found; ``check`` is None without one."""
    return {
        "schema": SCHEMA,
        "strategy": {"name": "sma-cross"},
        "data": data_document(bars),
        "rules": asdict(rules),
        "device": device,
        "pairs": sweep.n_pairs,
        "recomputed_pairs": int(sweep.recomputed.sum()),
        "check": None if check is None else {"pairs": of, "disagreements": [str(found) for found in check]},
        "top": [row_document(sweep, row) for row in top],
    }


def row_document(sweep: Sweep, row: int) -> dict[str, object]:
    """Return one pair of a sweep; the checksum is hexadecimal, since JSON's numbers end at 2**53."""
    return {
        "fast": int(sweep.fast[row]),
        "slow": int(sweep.slow[row]),
        **statistics_document(sweep.statistics(row)),
        "checksum": f"{int(sweep.checksum[row]):016x}",
    }


def data_document(bars: Bars) -> dict[str, object]:
    """Return what identifies the bars."""
    return {
        "name": bars.name,
        "sha256": bars.digest,
        "bars": bars.n_bars,
        "first": str(bars.time[0]),
        "last": str(bars.time[-1]),
    }


def statistics_document(statistics: Statistics) -> dict[str, object]:
    """Return the statistics; JSON has no NaN, so what is undefined is null."""
    values = asdict(statistics)
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values.items()}


def trade_document(bars: Bars, trade: Trade) -> dict[str, object]:
    """Return one trade with its dates."""
    return {
        "entry": _side(bars, trade.entry_bar, trade.entry_price),
        "exit": _side(bars, trade.exit_bar, trade.exit_price),
        "return": trade.growth - 1,
        "open": trade.open,
    }


def day(bars: Bars, bar: int) -> str:
    """Return a bar's date; its time of day too, unless all bars are at midnight."""
    midnight = (bars.time == bars.time.astype("datetime64[D]")).all()
    return str(bars.time[bar].astype("datetime64[D]" if midnight else "datetime64[s]"))


def _side(bars: Bars, bar: int, price: float) -> dict[str, object]:
    return {"bar": bar, "time": str(bars.time[bar]), "price": price}
