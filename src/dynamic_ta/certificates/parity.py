"""Whether a device takes the oracle's decisions, and the first one that it takes otherwise."""

from collections.abc import Sequence

from dynamic_engines import Device, Precision
from dynamic_ta.certificates.model import ParityRun
from dynamic_ta.data import Bars
from dynamic_ta.simulation import Account, Divergence, Trade, first_divergence, list_trades
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
    """Run the table's first variant on ``device``, and compare every trade with the oracle's ``expected``.

    Raises
    ------
    UnsupportedDeviceError, EngineError : the device could not do it
    """
    made = list_trades(device, bars, fused.source, table, account, 0, precision)
    return ParityRun(device.info.name, device.info.driver, precision, len(made), divergence(expected, made, precision))


def divergence(oracle: Sequence[Trade], device: Sequence[Trade], precision: Precision) -> Divergence | None:
    """Return the first trade that differs, or None.

    A decision is the bar, the side, the quantity and the reason of an entry or exit. In float64 the fills, costs and
    profits must be the same numbers too: the device does the oracle's arithmetic.
    """
    found = first_divergence(0, oracle, device)
    if found is not None or precision is not Precision.FLOAT64:
        return found
    for number, (want, got) in enumerate(zip(oracle, device, strict=True)):
        if want != got:
            return Divergence(0, number, want.entry_bar, f"makes {want}", f"makes {got}")
    return None
