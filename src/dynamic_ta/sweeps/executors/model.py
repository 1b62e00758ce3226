"""The port that every executor fills."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from dynamic_base import Clock
from dynamic_ta.sweeps.model import Chunk, Done, Evaluate, Evaluator, Variant, values_of

# Evaluates the rows of the chunks, each once, and gives them as they finish, in any order and any pieces.
Execute = Callable[[Evaluator, Sequence[Variant], Sequence[Chunk]], Generator[Done]]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of where to compute.

    Parameters
    ----------
    device : for one device: as of ``open_device``
    scheduler : a Dask scheduler's address; "" starts workers here
    workers : how many of those; 0 is one a core
    note : is told what a person should know, such as a device that failed
    """

    device: str = ""
    scheduler: str = ""
    workers: int = 0
    note: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Executor:
    """A row of the table."""

    name: str
    help: str
    make: Callable[[Options], Execute]


def evaluated(
    evaluate: Evaluate, variants: Sequence[Variant], chunk: Chunk, statistics: tuple[str, ...], clock: Clock
) -> Done:
    """Evaluate one chunk here."""
    began = clock.monotonic_s()
    outcomes = evaluate(variants[chunk.start : chunk.stop])
    return Done(chunk, values_of(outcomes, statistics, chunk.n_rows), clock.monotonic_s() - began)
