"""Many instruments on one calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64, I64, TIME
from dynamic_ta.portfolio.errors import MarketError
from dynamic_ta.simulation.model import check_prices


class Calendar(StrEnum):
    """Which times a market has."""

    UNION = "union"  # every time of any asset
    INTERSECTION = "intersection"  # the times that all assets have


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """The prices of some assets at the same times; the arrays are read-only.

    Parameters
    ----------
    assets : the bars that it was made of, names all different
    time : datetime64[us][n_bars], strictly increasing
    there : bool[n_bars, n_assets], whether the asset has a bar at that time
    open : float64[n_bars, n_assets], quote currency; NaN where the asset has no bar
    close : float64[n_bars, n_assets]; without a bar the last close before, NaN before the first one
    last : int64[n_bars, n_assets], the asset's own bar that ``close`` is of; -1 before the first one
    """

    assets: tuple[Bars, ...]
    time: TIME
    there: npt.NDArray[np.bool_]
    open: F64
    close: F64
    last: I64

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(bars.name for bars in self.assets)

    @property
    def n_bars(self) -> int:
        return self.time.size

    @property
    def n_assets(self) -> int:
        return len(self.assets)


def align(assets: Sequence[Bars], calendar: Calendar = Calendar.UNION) -> Market:
    """Put ``assets`` on one calendar.

    Parameters
    ----------
    assets : at least one; an asset's name is that of its bars

    Returns
    -------
    Market; at a time at which an asset has no bar it keeps its last close, and is not traded

    Raises
    ------
    MarketError : no asset, two of one name, or no time that all have
    UnsupportedSeriesError : prices that ``simulation.simulate`` refuses

    Notes
    -----
    O(n_bars * n_assets). Nothing of a later time is read for an earlier one.
    """
    _check(assets)
    time = assets[0].time
    for bars in assets[1:]:
        time = np.union1d(time, bars.time) if calendar == Calendar.UNION else np.intersect1d(time, bars.time)
    if time.size == 0:
        raise MarketError("no time is common to all assets", "ask for the union, or bars of the same days")
    last = np.stack([np.searchsorted(bars.time, time, side="right") - 1 for bars in assets], axis=1).astype(np.int64)
    known = last >= 0
    there = known & np.stack([bars.time[rows] == time for bars, rows in zip(assets, last.T, strict=True)], axis=1)
    opened = np.stack([bars.open[rows] for bars, rows in zip(assets, last.T, strict=True)], axis=1)
    close = np.stack([bars.close[rows] for bars, rows in zip(assets, last.T, strict=True)], axis=1)
    market = Market(tuple(assets), time, there, np.where(there, opened, np.nan), np.where(known, close, np.nan), last)
    for array in (market.there, market.open, market.close, market.last):
        array.setflags(write=False)
    return market


def _check(assets: Sequence[Bars]) -> None:
    if not assets:
        raise MarketError("0 assets", "give the bars of at least one")
    seen: set[str] = set()
    for bars in assets:
        if bars.name in seen:
            raise MarketError(f"two assets are called {bars.name}", "give each file a name of its own")
        seen.add(bars.name)
        check_prices(bars)
