"""What a page shows: frozen values, and what it asks of a simulation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.report.errors import ReportError

_MOST_CELLS = 10_000


class Trade(Protocol):
    """One position; ``net`` is its profit after costs, ``side`` 1 long or -1 short, ``open`` one never closed."""

    @property
    def entry_bar(self) -> int: ...
    @property
    def exit_bar(self) -> int: ...
    @property
    def entry_price(self) -> float: ...
    @property
    def exit_price(self) -> float: ...
    @property
    def side(self) -> int: ...
    @property
    def quantity(self) -> float: ...
    @property
    def net(self) -> float: ...
    @property
    def open(self) -> bool: ...


class Drawdown(Protocol):
    """A fall: ``start`` is the last bar at the peak, -1 the beginning; ``end`` is None while it lasts."""

    @property
    def start(self) -> int: ...
    @property
    def trough(self) -> int: ...
    @property
    def end(self) -> int | None: ...
    @property
    def depth(self) -> float: ...


class Statistics(Protocol):
    """Numbers with names; NaN is undefined."""

    def columns(self) -> list[tuple[str, float]]:
        """Return each name with its value, in one order."""
        ...


class Simulated(Protocol):
    """What is read of a simulation; that of ``dynamic_ta.simulation`` is one."""

    @property
    def statistics(self) -> Statistics: ...
    @property
    def trades(self) -> Sequence[Trade]: ...
    @property
    def equity(self) -> F64: ...
    @property
    def exposure(self) -> F64: ...
    @property
    def drawdowns(self) -> Sequence[Drawdown]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One strategy on one instrument.

    Parameters
    ----------
    label : what it is called on the page
    bars : that it traded
    simulation : what came of it, a value a bar
    initial_cash : quote currency, above zero
    periods_per_year : bars in a year, 252 for daily ones
    terms : names and texts of rules, settings and costs, in order

    Raises
    ------
    ReportError : an equity of another length than the bars, or cash that is not above zero
    """

    label: str
    bars: Bars
    simulation: Simulated
    initial_cash: float
    periods_per_year: float = 252.0
    terms: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("equity", "exposure"):
            if getattr(self.simulation, name).shape != (self.bars.n_bars,):
                raise ReportError(f"the {name} of {self.label} is not that of its bars", "give one value a bar")
        if not self.initial_cash > 0:
            raise ReportError(f"{self.label} begins with {self.initial_cash}", "give the cash, above zero")

    @property
    def growth(self) -> F64:
        """Equity / initial cash at each close, float64[n_bars]."""
        return self.simulation.equity / self.initial_cash


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """A statistic over two parameters of a sweep.

    Parameters
    ----------
    x_name, y_name, statistic : their names
    x, y : values of the parameters, each once
    values : float64[len(y), len(x)]; NaN where there is none
    chosen : (x, y) of the strategy that is shown, or None

    Raises
    ------
    ReportError : values of another shape, or more than 10,000
    """

    x_name: str
    y_name: str
    statistic: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    values: F64
    chosen: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.y), len(self.x)):
            raise ReportError(
                f"a heat map of {self.values.shape} for {len(self.y)} rows and {len(self.x)} columns",
                "give a row a value of y and a column a value of x",
            )
        if self.values.size > _MOST_CELLS:
            raise ReportError(f"a heat map of {self.values.size} cells", f"thin it to {_MOST_CELLS}, by a step")
        if not np.isfinite(self.values).any():
            raise ReportError(f"no value of {self.statistic} in the sweep", "leave the heat map out")
