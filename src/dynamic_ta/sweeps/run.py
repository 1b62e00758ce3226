"""A sweep from its variants to its sinks."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dynamic_ta.sweeps.errors import EvaluatorError
from dynamic_ta.sweeps.executors.model import Execute
from dynamic_ta.sweeps.journal import Journal
from dynamic_ta.sweeps.model import Chunk, Done, Evaluator, Variants, runs

# Is told how many rows are done, of how many, and how many of them were on record before.
Progress = Callable[[int, int, int], None]


class Sink(Protocol):
    """Takes finished chunks, each row once, in any order."""

    def take(self, done: Done) -> None: ...


def silent(_done: int, _of: int, _before: int) -> None:
    """Tell nobody."""


def run_sweep(
    evaluator: Evaluator,
    variants: Variants,
    execute: Execute,
    sinks: Sequence[Sink],
    journal: Journal | None = None,
    progress: Progress = silent,
) -> int:
    """Evaluate what the journal does not hold, hand every row to every sink, and return how many were evaluated now.

    Raises
    ------
    EvaluatorError : a row came twice, or never
    JournalError, EngineError, ClusterError : as they come; finished chunks are in the journal

    Notes
    -----
    Memory: a byte a row, six more while the missing ones are sought, what the sinks keep, and a chunk a worker.
    """
    seen = np.zeros(len(variants), np.bool_)
    for done in journal.finished() if journal else ():
        _give(done, seen, sinks)
    before = int(seen.sum())
    progress(before, seen.size, before)
    count = before
    # A generator: on an error or an interrupt here it is closed, and with it its devices and workers.
    with closing(execute(evaluator, variants, missing(seen))) as running:
        for done in running:
            if journal:
                journal.append(done)
            _give(done, seen, sinks)
            count += done.chunk.n_rows
            progress(count, seen.size, before)
    if not seen.all():
        raise EvaluatorError(f"{seen.size - count} variants were not evaluated", "give the same command again")
    return count - before


def missing(seen: npt.NDArray[np.bool_]) -> list[Chunk]:
    """Return the runs of rows that are not ``seen``."""
    return [Chunk(start, stop) for start, stop in runs(~seen)]


def _give(done: Done, seen: npt.NDArray[np.bool_], sinks: Sequence[Sink]) -> None:
    rows = seen[done.chunk.start : done.chunk.stop]
    if rows.any() or rows.size != len(done.values):
        raise EvaluatorError(f"rows {done.chunk.start} to {done.chunk.stop - 1} came twice", "start over with --fresh")
    rows[:] = True
    for sink in sinks:
        sink.take(done)
