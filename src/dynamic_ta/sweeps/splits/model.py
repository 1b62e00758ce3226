"""Which bars a parameter set is chosen on, and which it is then judged on."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import BarRange, runs


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Bars ``start`` to ``stop - 1``; 0 <= start < stop."""

    start: int
    stop: int

    @property
    def n_bars(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Split:
    """Spans oldest first; none of ``train`` meets one of ``test``. Those of ``test`` are judged one by one."""

    train: tuple[Span, ...]
    test: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """Splits, and how their tests make histories.

    Parameters
    ----------
    paths : each a history without overlap, oldest first, of (split, which of its test spans)
    """

    splits: tuple[Split, ...]
    paths: tuple[tuple[tuple[int, int], ...], ...]

    def spans(self, path: int) -> tuple[Span, ...]:
        """Return the spans of one history."""
        return tuple(self.splits[split].test[which] for split, which in self.paths[path])


def ranges_to_train(split: Split, warm_up: int) -> tuple[BarRange, ...]:
    """Return the train spans; up to ``warm_up`` bars before each may be read, but never a bar of the test."""
    ends = [0, *(span.stop for span in split.test)]
    floors = [max(end for end in ends if end <= span.start) for span in split.train]
    return tuple(
        BarRange(max(floor, span.start - warm_up), span.start, span.stop)
        for span, floor in zip(split.train, floors, strict=True)
    )


def ranges_to_test(split: Split, warm_up: int) -> tuple[BarRange, ...]:
    """Return the test spans; up to ``warm_up`` bars before each may be read: the past is known."""
    return tuple(BarRange(max(0, span.start - warm_up), span.start, span.stop) for span in split.test)


def folds_of(n_bars: int, folds: int) -> tuple[Span, ...]:
    """Return ``folds`` spans without a gap; the first ``n_bars % folds`` of them are a bar longer.

    Raises
    ------
    SweepInputError : not 2 <= folds <= n_bars
    """
    if not 2 <= folds <= n_bars:  # noqa: PLR2004  # one to train on, one to test
        raise SweepInputError(f"{folds} folds of {n_bars} bars", "give 2 <= folds <= bars")
    size, longer = divmod(n_bars, folds)
    edges = [n * size + min(n, longer) for n in range(folds + 1)]
    return tuple(Span(start, stop) for start, stop in pairwise(edges))


def train_spans(n_bars: int, test: tuple[Span, ...], purge: int, embargo: int) -> tuple[Span, ...]:
    """Return what is left to train on.

    Parameters
    ----------
    purge : bars left out on each side of a test span; what a decision's outcome reaches ahead
    embargo : bars left out after it besides

    Raises
    ------
    SweepInputError : a negative length, or nothing is left
    """
    if purge < 0 or embargo < 0:
        raise SweepInputError(f"a purge of {purge} and an embargo of {embargo} bars", "give 0 or more")
    free = np.ones(n_bars, np.bool_)
    for span in test:
        free[max(0, span.start - purge) : span.stop + purge + embargo] = False
    if not free.any():
        raise SweepInputError(f"no bar of {n_bars} is left to train on", "shorten the purge and the embargo")
    return tuple(Span(start, stop) for start, stop in runs(free))
