"""What is to be certified, and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_engines import Precision
from dynamic_ta.data import Mending, Reading
from dynamic_ta.simulation import Account, Divergence, Simulation, Trade
from dynamic_ta.strategies import Strategy
from dynamic_ta.validation import Settings, Validation


@dataclass(frozen=True, slots=True)
class Limit:
    """What a measure must keep to: ``least <= value <= most``. One of the two may be None."""

    measure: str
    least: float | None = None
    most: float | None = None

    def keeps(self, value: float) -> bool:
        """Say whether ``value`` is within; NaN is not."""
        at_least = self.least is None or value >= self.least
        return at_least and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        parts = [f"at least {self.least:g}"] if self.least is not None else []
        return " and ".join([*parts, *([f"at most {self.most:g}"] if self.most is not None else [])])


@dataclass(frozen=True, slots=True)
class DataSource:
    """Bars that the strategy is tried on. ``path`` is what is read, ``name`` what the specification says."""

    name: str
    path: str
    mending: Mending
    licence: str


@dataclass(frozen=True, slots=True)
class Spec:
    """A specification, checked.

    Parameters
    ----------
    digest : SHA-256 of what it says; not of its comments, spacing or place
    strategy : with the account's terms that the specification changes
    parameters : values in place of the strategy's defaults
    devices : selectors of ``open_device``; empty: every device that there is
    precisions : of the devices' runs; each is held to the oracle's decisions
    trials : every choice of parameters that was looked at, that of ``parameters`` among them; empty: only that one
    hold : bool, the validation's benchmark is the instrument itself
    checks : names of the validation's rows
    """

    name: str
    path: Path
    digest: str
    strategy: Strategy
    strategy_source: str
    parameters: Mapping[str, float]
    data: tuple[DataSource, ...]
    devices: tuple[str, ...]
    precisions: tuple[Precision, ...]
    trials: tuple[Mapping[str, float], ...]
    hold: bool
    checks: tuple[str, ...]
    settings: Settings
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class ParityRun:
    """One device in one precision, held to the oracle. ``divergence`` is None where all decisions are the same."""

    device: str
    driver: str
    precision: Precision
    trades: int
    divergence: Divergence | None


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The strategy on one instrument.

    Parameters
    ----------
    looks_ahead : the first bar whose decision changes where later bars are left out; None where there is none
    validation : what the checks found; those that could not be decided are in ``undecided``, by name, with the reason
    """

    reading: Reading
    account: Account
    simulation: Simulation
    looks_ahead: int | None
    parity: tuple[ParityRun, ...]
    validation: Validation = field(repr=False)
    undecided: Mapping[str, str]

    @property
    def closed(self) -> tuple[Trade, ...]:
        return tuple(trade for trade in self.simulation.trades if not trade.open)


@dataclass(frozen=True, slots=True)
class Measured:
    """One limit, held to one instrument.

    Parameters
    ----------
    value : NaN where it is undefined
    bar, trade : where a breach is first visible; None where it is kept, or seen in the whole only
    explanation : why the value is undefined, or how the place was found
    """

    data: str
    limit: Limit
    value: float
    kept: bool
    bar: int | None = None
    trade: int | None = None
    explanation: str = ""
