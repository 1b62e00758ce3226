"""Whether a device takes the oracle's decisions, and the first one that it takes otherwise."""

from collections.abc import Sequence
from itertools import zip_longest

from dynamic_engines import Device, Precision
from dynamic_ta.certificates.model import Divergence, ParityRun
from dynamic_ta.data import Bars
from dynamic_ta.simulation import Account, Trade, list_trades
from dynamic_ta.strategies import Fused, Table


def check_parity(
    device: Device,
    bars: Bars,
    fused: Fused,
    table: Table,
    account: Account,
    precision: Precision,
    expected: Sequence[Trade],
) -> ParityRun:
    """Run the strategy's first variant on ``device``, and compare every trade with the oracle's ``expected``.

    Raises
    ------
    UnsupportedDeviceError, EngineError : the device could not do it
    """
    made = list_trades(device, bars, fused.source, table, account, 0, precision)
    return ParityRun(
        device.info.name, device.info.driver, precision, len(made), first_divergence(expected, made, precision)
    )


def first_divergence(
    oracle: Sequence[Trade], device: Sequence[Trade], precision: Precision = Precision.FLOAT64
) -> Divergence | None:
    """Return the first trade that differs, or None.

    A decision is the bar, the side and the reason of an entry or an exit. In float64 the fills and results must be the
    same numbers too: the device does the oracle's arithmetic.
    """
    for number, (want, got) in enumerate(zip_longest(oracle, device)):
        if want is None or got is None:
            only = want or got
            return Divergence(number, only.entry_bar, _words(want), _words(got))
        if _entry(want) != _entry(got):
            return Divergence(number, min(want.entry_bar, got.entry_bar), _words(want), _words(got))
        if _exit(want) != _exit(got):
            return Divergence(number, min(want.exit_bar, got.exit_bar), _words(want), _words(got))
        if precision is Precision.FLOAT64 and want != got:
            return Divergence(number, want.entry_bar, repr(want), repr(got))
    return None


def _entry(trade: Trade) -> tuple[int, int]:
    return trade.entry_bar, trade.side


def _exit(trade: Trade) -> tuple[int, int]:
    return trade.exit_bar, trade.reason


def _words(trade: Trade | None) -> str:
    if trade is None:
        return "no such trade"
    side = "long" if trade.side > 0 else "short"
    ends = "still open" if trade.open else f"left at bar {trade.exit_bar} by {trade.reason.name.lower()}"
    return f"{side} from bar {trade.entry_bar}, {ends}"
