"""Whether a device traded as the oracle did, and where it first did not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from dynamic_engines import Device, Precision
from dynamic_ta.data import Bars
from dynamic_ta.simulation.account import Account
from dynamic_ta.simulation.device import list_trades
from dynamic_ta.simulation.model import Simulation, Table, Trade

# float32 never has quite the same quantity, and a quantity that is sized by the equity drifts with it; a lot more or
# less is another trade.
_NEAR = 1e-3


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first thing that two runs of one variant did otherwise.

    Parameters
    ----------
    variant, trade : counted from 0
    bar : of the earlier deed
    oracle, device : what each did
    """

    variant: int
    trade: int
    bar: int
    oracle: str
    device: str

    def __str__(self) -> str:
        where = f"variant {self.variant}, trade {self.trade}, bar {self.bar}"
        return f"{where}: the oracle {self.oracle}, the device {self.device}"


def first_divergence(
    variant: int, oracle: Sequence[Trade], device: Sequence[Trade], tolerance: float = _NEAR
) -> Divergence | None:
    """Return the first entry or exit in which the lists differ: in bar, side, reason, or quantity.

    Parameters
    ----------
    tolerance : of the quantity, relative

    Returns
    -------
    Divergence; None if there is none. Prices and profits are not compared
    """
    for number, (wanted, got) in enumerate(zip_longest(oracle, device)):
        words = _entries(wanted, got, tolerance) or _exits(wanted, got)
        if words:
            return Divergence(variant, number, *words)
    return None


def diverging(
    device: Device,
    bars: Bars,
    source: str,
    table: Table,
    account: Account | Sequence[Account],
    expected: Mapping[int, Simulation],
    precision: Precision = Precision.FLOAT64,
) -> tuple[Divergence, ...]:
    """Run some variants of a table on ``device`` and return the first divergence of each that has one.

    Parameters
    ----------
    source, table, account, precision : as ``simulate_many`` takes them
    expected : what the oracle says of a variant, by its number

    Raises
    ------
    As ``list_trades`` does
    """
    found = []
    for variant, simulation in expected.items():
        trades = list_trades(device, bars, source, table, account, variant, precision)
        found.append(first_divergence(variant, simulation.trades, trades))
    return tuple(one for one in found if one is not None)


def _entries(wanted: Trade | None, got: Trade | None, tolerance: float) -> tuple[int, str, str] | None:
    """Return the bar and what each did, if one entered otherwise."""
    bars = [trade.entry_bar for trade in (wanted, got) if trade is not None]
    if wanted is None or got is None or (wanted.entry_bar, wanted.side) != (got.entry_bar, got.side):
        return min(bars), _entry(wanted), _entry(got)
    if abs(wanted.quantity - got.quantity) > tolerance * wanted.quantity:
        return min(bars), f"takes {wanted.quantity:.9g} units", f"takes {got.quantity:.9g}"
    return None


def _exits(wanted: Trade | None, got: Trade | None) -> tuple[int, str, str] | None:
    if wanted is None or got is None or (wanted.exit_bar, wanted.reason) == (got.exit_bar, got.reason):
        return None
    return min(wanted.exit_bar, got.exit_bar), _exit(wanted), _exit(got)


def _entry(trade: Trade | None) -> str:
    return "trades no more" if trade is None else f"enters {_side(trade)} at bar {trade.entry_bar}"


def _exit(trade: Trade) -> str:
    if trade.open:
        return f"holds {_side(trade)} to the end"
    return f"leaves {_side(trade)} at bar {trade.exit_bar} by {trade.reason.name.lower()}"


def _side(trade: Trade) -> str:
    return "long" if trade.side > 0 else "short"
