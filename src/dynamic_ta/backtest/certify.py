"""Whether a sweep has the oracle's trades, and its statistics within a tolerance."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.backtest.model import Progress, Rules, Sweep, Trade, silent
from dynamic_ta.backtest.oracle import run_backtest
from dynamic_ta.backtest.signals import exact_sums
from dynamic_ta.data import Bars

_MODULUS = 2**64


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One pair whose sweep is not the oracle's, and what differs."""

    fast: int
    slow: int
    what: str
    swept: float
    oracle: float

    def __str__(self) -> str:
        return f"{self.fast}/{self.slow}: {self.what} is {self.swept!r}, the oracle says {self.oracle!r}"


def marks_of(bars: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return a number for each bar that looks drawn at random: SplitMix64 (Steele, Lea and Flood 2014, figure 18).

    It is ``mark_of`` of kernels/backtest/sma_cross.cl: what SplitMix64 with the seed 0 draws as its ``bars``-th number.
    """
    mark = bars * np.uint64(0x9E3779B97F4A7C15)
    mark = (mark ^ (mark >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mark = (mark ^ (mark >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mark ^ (mark >> np.uint64(31))


def checksum_of(trades: Iterable[Trade]) -> int:
    """Return one number for all entry and exit bars: the exits' marks less the entries', modulo 2**64."""
    listed = list(trades)
    entries = marks_of(np.array([trade.entry_bar for trade in listed], np.uint64))
    exits = marks_of(np.array([trade.exit_bar for trade in listed if not trade.open], np.uint64))
    return (int(exits.sum(dtype=np.uint64)) - int(entries.sum(dtype=np.uint64))) % _MODULUS


def certify(
    sweep: Sweep,
    bars: Bars,
    rules: Rules,
    rows: Sequence[int],
    tolerance: float,
    progress: Progress = silent,
) -> tuple[Disagreement, ...]:
    """Run the oracle on ``rows`` of ``sweep`` and return what differs; empty if nothing does.

    Parameters
    ----------
    tolerance : of each statistic, relative to max(1, its magnitude); trades and their number must be the same
    """
    sums = exact_sums(bars.close)
    found: list[Disagreement] = []
    for done, row in enumerate(rows, 1):
        fast, slow = int(sweep.fast[row]), int(sweep.slow[row])
        expected = run_backtest(bars, fast, slow, rules, sums)
        wanted = checksum_of(expected.trades)
        if int(sweep.checksum[row]) != wanted:
            found.append(Disagreement(fast, slow, "checksum of the trades", int(sweep.checksum[row]), wanted))
        for (name, want), (_, got) in zip(expected.statistics.columns(), sweep.statistics(row).columns(), strict=True):
            if not _same(got, want, tolerance):
                found.append(Disagreement(fast, slow, name, got, want))
        progress(done, len(rows))
    return tuple(found)


def _same(got: float, want: float, tolerance: float) -> bool:
    if math.isnan(got) or math.isnan(want):
        return math.isnan(got) and math.isnan(want)
    if isinstance(want, int):
        return got == want
    return abs(got - want) <= tolerance * max(1.0, abs(want))
