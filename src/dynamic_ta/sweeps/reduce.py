"""What is kept of a sweep while it runs: columns, the best rows, a heat map. Each takes chunks in any order."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import F64, Done, Points


@dataclass(frozen=True, slots=True)
class Goal:
    """What is better.

    Parameters
    ----------
    statistic : its name
    more : bool, the greater value is better
    """

    statistic: str
    more: bool = True

    def column(self, statistics: Sequence[str]) -> int:
        """Return where the statistic stands.

        Raises
        ------
        SweepInputError : it is none of them
        """
        if self.statistic not in statistics:
            raise SweepInputError(f"there is no statistic {self.statistic}", f"take one of {', '.join(statistics)}")
        return list(statistics).index(self.statistic)

    def scores(self, values: F64) -> F64:
        """Return ``values`` so that greater is better; what is undefined is -inf."""
        return np.where(np.isnan(values), -math.inf, values if self.more else -values)


class Columns:
    """All outcomes: float64[n_rows, n_statistics], 8 bytes a statistic and row."""

    def __init__(self, n_rows: int, statistics: tuple[str, ...]) -> None:
        self.statistics = statistics
        self.values: F64 = np.full((n_rows, len(statistics)), math.nan)

    def take(self, done: Done) -> None:
        self.values[done.chunk.start : done.chunk.stop] = done.values


class TopK:
    """The ``count`` best rows, whatever the number of rows; of equal ones the first, and undefined ones never."""

    def __init__(self, goal: Goal, statistics: tuple[str, ...], count: int) -> None:
        self._goal = goal
        self._column = goal.column(statistics)
        self._count = count
        self._heap: list[tuple[float, int, tuple[float, ...]]] = []

    def take(self, done: Done) -> None:
        if self._count == 0:
            return
        scores = self._goal.scores(done.values[:, self._column])
        # Only what beats the worst of those kept needs a look in Python.
        floor = self._heap[0][0] if len(self._heap) == self._count else -math.inf
        for row in np.flatnonzero((scores >= floor) & (scores > -math.inf)).tolist():
            entry = (float(scores[row]), -(done.chunk.start + row), tuple(done.values[row].tolist()))
            if len(self._heap) < self._count:
                heapq.heappush(self._heap, entry)
            elif entry[:2] > self._heap[0][:2]:
                heapq.heapreplace(self._heap, entry)

    def rows(self) -> list[tuple[int, tuple[float, ...]]]:
        """Return (row, its statistics), the best first."""
        return [(-row, values) for _, row, values in sorted(self._heap, key=lambda entry: entry[:2], reverse=True)]


class HeatMap:
    """The best of a statistic for each pair of values of two parameters, over all others and all targets.

    Attributes
    ----------
    x, y : float64, the different values of the two parameters, ascending
    best : float64[y.size, x.size]; NaN where nothing is defined
    rows : int64[y.size, x.size], variants that fell there
    """

    def __init__(self, goal: Goal, statistics: tuple[str, ...], points: Points, x: str, y: str) -> None:
        self._goal = goal
        self._column = goal.column(statistics)
        self._n_points = len(points.values)
        self.x, self._at_x = _cells(points, x)
        self.y, self._at_y = _cells(points, y)
        self._scores = np.full((self.y.size, self.x.size), -math.inf)
        self.rows: npt.NDArray[np.int64] = np.zeros(self._scores.shape, np.int64)

    def take(self, done: Done) -> None:
        point = np.arange(done.chunk.start, done.chunk.stop) % self._n_points
        cells = (self._at_y[point], self._at_x[point])
        np.maximum.at(self._scores, cells, self._goal.scores(done.values[:, self._column]))
        np.add.at(self.rows, cells, 1)

    @property
    def best(self) -> F64:
        values = np.where(np.isneginf(self._scores), math.nan, self._scores)
        return values if self._goal.more else -values


def _cells(points: Points, name: str) -> tuple[F64, npt.NDArray[np.intp]]:
    if name not in points.names:
        raise SweepInputError(f"there is no parameter {name}", f"take one of {', '.join(points.names)}")
    values, at = np.unique(points.values[:, points.names.index(name)], return_inverse=True)
    return values, at.reshape(-1)
