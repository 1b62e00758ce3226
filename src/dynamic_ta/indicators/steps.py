"""What the streams are made of: each does, one value at a time, what its array form does, in the same order.

A step is given NaN while what feeds it warms up; it answers NaN, and its own warm-up begins with the first value.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from dynamic_ta.indicators.means import ema_weight


@dataclass(slots=True)
class Window:
    """The last ``size`` values, oldest first."""

    size: int
    values: deque[float] = field(default_factory=deque)

    def update(self, value: float) -> bool:
        """Take a value, and say whether the window is full."""
        if math.isnan(value):
            return False
        if len(self.values) == self.size:
            self.values.popleft()
        self.values.append(value)
        return len(self.values) == self.size


@dataclass(slots=True)
class ExponentialMean:
    """``means.exponential_mean``: O(1) a bar; until the seed it holds the values that the seed is the mean of."""

    period: int
    weight: float
    mean: float = math.nan
    seed: list[float] = field(default_factory=list)

    def update(self, value: float) -> float:
        """Take a value and return the mean."""
        if math.isnan(value):
            return value
        if not math.isnan(self.mean):
            self.mean += self.weight * (value - self.mean)
            return self.mean
        self.seed.append(value)
        if len(self.seed) == self.period:
            self.mean = float(np.array(self.seed).mean())
            self.seed.clear()
        return self.mean


def ema_steps(period: int, count: int) -> Iterator[ExponentialMean]:
    """Return the steps of ``means.ema_chain``, each to be fed with what the one before it gives."""
    return (ExponentialMean(period, ema_weight(period)) for _ in range(count))


@dataclass(slots=True)
class WilderSum:
    """``means.wilder_sum``: O(1) a bar."""

    period: int
    total: float = 0.0
    seen: int = 0

    def update(self, value: float) -> float:
        """Take a value and return the sum."""
        if math.isnan(value):
            return value
        if self.seen < self.period - 1:
            self.seen += 1
            self.total += value
            return math.nan
        self.total = self.total - self.total / self.period + value
        return self.total


@dataclass(slots=True)
class Total:
    """``windows.totals``, by the same blocks: O(1) a bar on average, O(period) at the end of a block.

    ``tails[k]`` is the sum of the block before from its value k on; ``block`` is this one, and ``head`` its sum.
    """

    period: int
    head: float = 0.0
    block: list[float] = field(default_factory=list)
    tails: list[float] = field(default_factory=list)

    def update(self, value: float) -> float:
        """Take a value and return the sum of the last ``period``."""
        if math.isnan(value):
            return value
        self.head = self.head + value if self.block else value
        self.block.append(value)
        if len(self.block) < self.period:
            return self.tails[len(self.block)] + self.head if self.tails else math.nan
        self.tails[:] = _tails(self.block)
        self.block.clear()
        return self.head


@dataclass(slots=True)
class PlainMean:
    """``sma``: the mean of the last ``period`` values."""

    period: int
    total: Total = field(init=False)

    def __post_init__(self) -> None:
        self.total = Total(self.period)

    def update(self, value: float) -> float:
        """Take a value and return the mean."""
        return self.total.update(value) / self.period


@dataclass(slots=True)
class RampTotal:
    """``windows.ramp_totals``, as ``Total``; ``ramp`` is the sum of the block's values times 1, 2, ..."""

    period: int
    head: float = 0.0
    ramp: float = 0.0
    block: list[float] = field(default_factory=list)
    tails: list[float] = field(default_factory=list)

    def update(self, value: float) -> float:
        """Take a value and return the sum of the last ``period`` times 1, ..., ``period``."""
        if math.isnan(value):
            return value
        self.block.append(value)
        rank = len(self.block)
        self.head = self.head + value if rank > 1 else value
        self.ramp = self.ramp + rank * value if rank > 1 else value
        if rank < self.period:
            return self.tails[rank] + ((self.period - rank) * self.head + self.ramp) if self.tails else math.nan
        self.tails[:] = list(accumulate(reversed(_tails(self.block))))[::-1]
        self.block.clear()
        return self.ramp


@dataclass(slots=True)
class Variance:
    """``windows.variances``, by the same blocks: O(1) a bar on average, O(period) at the begin of a block.

    ``tail_means[k]`` and ``tail_squares[k]`` are of the block before from its value k on; ``total`` and ``squares`` are
    of ``block``, this one; all are measured from its first value.
    """

    period: int
    total: float = 0.0
    squares: float = 0.0
    block: list[float] = field(default_factory=list)
    tail_means: list[float] = field(default_factory=list)
    tail_squares: list[float] = field(default_factory=list)

    def update(self, value: float) -> float:
        """Take a value and return the population variance of the last ``period``."""
        if math.isnan(value):
            return value
        if len(self.block) == self.period:
            self._begin_block(value)
        self.block.append(value)
        rank = len(self.block)
        self.total, mean, square = _spread(self.total, value - self.block[0], rank)
        self.squares += square
        if rank == self.period:
            return self.squares / self.period
        if not self.tail_means:
            return math.nan
        away = mean - self.tail_means[rank]
        share = rank * (self.period - rank) / self.period
        return ((self.tail_squares[rank] + self.squares) + away * away * share) / self.period

    def _begin_block(self, first: float) -> None:
        total = squares = 0.0
        self.tail_means, self.tail_squares = [0.0] * self.period, [0.0] * self.period
        for rank in range(1, self.period):
            total, mean, square = _spread(total, self.block[-rank] - first, rank)
            squares += square
            self.tail_means[-rank], self.tail_squares[-rank] = mean, squares
        self.block.clear()
        self.total = self.squares = 0.0


def percent_of(part: float, whole: float) -> float:
    """Return 100 part / whole, and 0 where the whole is 0."""
    return 0.0 if whole == 0 else 100 * (part / whole)


def _spread(total: float, value: float, rank: int) -> tuple[float, float, float]:
    """Take value number ``rank`` into ``total``, and return that, the mean, and what the sum of squares grows by."""
    total += value
    mean = total * (1 / rank)
    away = value - mean
    return total, mean, away * away * (rank / (rank - 1) if rank > 1 else 0.0)


def _tails(block: list[float]) -> list[float]:
    """Return the sum of the values from each one on, added from the newest."""
    return list(accumulate(reversed(block)))[::-1]
