"""Whether a device takes the oracle's decisions, and the first one that it takes otherwise."""

from collections.abc import Mapping, Sequence

from dynamic_engines import Device, Precision
from dynamic_ta.certificates.model import ParityRun
from dynamic_ta.data import Bars
from dynamic_ta.indicators.model import Indicator, Lines, Settings
from dynamic_ta.indicators.panel import Panel
from dynamic_ta.simulation import Account, Divergence, Trade, first_divergence, list_trades
from dynamic_ta.strategies import Fused
from dynamic_ta.strategies.lines import Compute


def check_parity(
    device: Device,
    bars: Bars,
    fused: Fused,
    parameters: Mapping[str, float],
    account: Account,
    precision: Precision,
    expected: Sequence[Trade],
) -> ParityRun:
    """Run the strategy on ``device``, its indicators too, and compare every trade with the oracle's ``expected``.

    Raises
    ------
    UnsupportedDeviceError, EngineError : the device could not do it

    Notes
    -----
    In float64 the lines of the indicators are the device's own. In float32 they are the oracle's, rounded, as in a
    sweep: means of thousands of bars are not summed up in single precision anywhere.
    """
    compute = _by_panels(device) if precision is Precision.FLOAT64 else Indicator.oracle
    table = fused.table(bars, [parameters], compute)
    made = list_trades(device, bars, fused.source, table, account, 0, precision)
    return ParityRun(device.info.name, device.info.driver, precision, len(made), divergence(expected, made, precision))


def _by_panels(device: Device) -> Compute:
    """Return what computes the lines of an indicator on ``device``, compiling each indicator once."""
    panels: dict[str, Panel] = {}

    def compute(row: Indicator, lines: Lines, settings: Settings) -> Lines:
        if row.name not in panels:
            panels[row.name] = Panel.of(device, row)
        return panels[row.name].compute(lines, settings)

    return compute


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
