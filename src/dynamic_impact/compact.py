"""A graph as arrays: its nodes' names in order, and for each node those that it leads to (compressed sparse rows).

docs/adr/0017 says what this gains beside dictionaries.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
Bytes: TypeAlias = NDArray[np.uint8]

_DENSE = 16  # a frontier of more than 1/16 of all nodes is found by a pass over all rather than by sorting


def to_bytes(name: str) -> bytes:
    """Return ``name`` in UTF-8, a lone surrogate (a byte of a file name that is no UTF-8) as three bytes of its own.

    So the order of the bytes is that of the strings, and any string survives.
    """
    return name.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True, eq=False)
class Names(Sequence[str]):
    """Distinct names in order, each known by its place.

    Parameters
    ----------
    text : uint8[n_bytes], the names in UTF-8, one after the other
    starts : int64[n + 1], where each begins in ``text``, and the end
    """

    text: Bytes
    starts: Longs

    @staticmethod
    def of(ordered: Sequence[bytes]) -> "Names":
        """Return names from distinct `to_bytes` in order."""
        starts = np.zeros(len(ordered) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, ordered), np.int64, len(ordered)), out=starts[1:])
        return Names(np.frombuffer(b"".join(ordered), np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def raw(self, place: int) -> bytes:
        """Return the name at ``place`` as bytes."""
        return self.text[self.starts[place] : self.starts[place + 1]].tobytes()

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        return self.raw(place).decode("utf-8", "surrogatepass")

    def all_raw(self) -> list[bytes]:
        """Return all names as bytes, in order."""
        text, starts = self.text.tobytes(), self.starts.tolist()
        return [text[start:end] for start, end in pairwise(starts)]

    def __iter__(self) -> Iterator[str]:
        return (raw.decode("utf-8", "surrogatepass") for raw in self.all_raw())

    def find(self, name: object) -> int:
        """Return the place of ``name``, or -1. O(log n)."""
        if not isinstance(name, str):
            return -1
        wanted = to_bytes(name)
        place = bisect_left(range(len(self)), wanted, key=self.raw)
        return place if place < len(self) and self.raw(place) == wanted else -1

    def __contains__(self, name: object) -> bool:
        return self.find(name) >= 0

    def below(self, prefix: str) -> range:
        """Return the places of all names that begin with ``prefix``. O(log n)."""
        first, size = to_bytes(prefix), len(to_bytes(prefix))
        low = bisect_left(range(len(self)), first, key=self.raw)
        high = bisect_left(range(len(self)), 1, low, key=lambda place: int(self.raw(place)[:size] > first))
        return range(low, high)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A list of places for each of n rows.

    Parameters
    ----------
    starts : int64[n + 1], where each row begins in ``ends``, and the end
    ends : int32[m], the rows one after the other
    """

    starts: Longs
    ends: Ints

    @staticmethod
    def of(lists: Iterable[Sequence[int]], count: int) -> "Rows":
        """Return ``count`` rows as they are."""
        starts = np.zeros(count + 1, np.int64)
        flat: list[int] = []
        for row, places in enumerate(lists, 1):
            flat.extend(places)
            starts[row] = len(flat)
        return Rows(starts, np.array(flat, np.int32))

    @staticmethod
    def of_pairs(sources: Longs, ends: Longs, count: int) -> "Rows":
        """Return a row for each of ``count`` sources, its ends distinct and in order."""
        keys = np.sort(sources * count + ends)
        keys = keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
        starts = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(keys // max(count, 1), minlength=count), out=starts[1:])
        return Rows(starts, (keys % max(count, 1)).astype(np.int32))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, place: int) -> Ints:
        """Return the row at ``place``."""
        return self.ends[self.starts[place] : self.starts[place + 1]]

    def pairs(self) -> tuple[Longs, Longs]:
        """Return the row and the end of each entry."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts)), self.ends.astype(np.int64)

    def take(self, rows: Ints) -> tuple[Longs, Longs]:
        """Return, for all entries of ``rows`` one after the other, whose it is and where it stands in ``ends``."""
        first = self.starts[rows]
        counts = self.starts[rows + 1] - first
        before = np.cumsum(counts) - counts
        return np.repeat(rows, counts), np.repeat(first - before, counts) + np.arange(int(counts.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What a search found.

    Parameters
    ----------
    distances : int32[n], 1 for where it began, -1 for what it did not reach
    parents : int32[n], the node before on a shortest path (of several, the first by name); -1 for none
    """

    distances: Ints
    parents: Ints

    def nodes(self) -> Ints:
        """Return what was reached, nearest first, then by name."""
        found = np.flatnonzero(self.distances > 0)
        return found[np.argsort(self.distances[found], kind="stable")].astype(np.int32)


def search(rows: Rows, seeds: Iterable[int], spared: Iterable[tuple[int, int]] = ()) -> Reach:
    """Return what ``rows`` leads to from ``seeds``, not over an edge of ``spared``.

    Notes
    -----
    A breadth-first search that takes each level at once: O(nodes + edges) time, two int32 a node of memory.
    """
    unknown = np.iinfo(np.int32).max
    reach = Reach(np.full(len(rows), -1, np.int32), np.full(len(rows), unknown, np.int32))
    shut = _positions(rows, spared)
    level = 1
    frontier = np.unique(np.fromiter(seeds, np.int32))
    reach.distances[frontier] = level
    while len(frontier):
        sources, positions = rows.take(frontier)
        if shut is not None:
            free = ~np.isin(positions, shut)
            sources, positions = sources[free], positions[free]
        ends = rows.ends[positions]
        new = reach.distances[ends] < 0
        ends, sources = ends[new], sources[new]
        np.minimum.at(reach.parents, ends, sources)
        level += 1
        reach.distances[ends] = level
        if len(ends) > len(rows) // _DENSE:
            frontier = np.flatnonzero(reach.distances == level).astype(np.int32)
        else:
            frontier = np.unique(ends)
    reach.parents[reach.parents == unknown] = -1
    return reach


def _positions(rows: Rows, edges: Iterable[tuple[int, int]]) -> Longs | None:
    """Return where in ``rows.ends`` each of ``edges`` stands; None for no edge."""
    found = [
        position + int(rows.starts[source])
        for source, end in edges
        for position in np.flatnonzero(rows.row(source) == end)
    ]
    return np.array(found, np.int64) if found else None


@dataclass(frozen=True, eq=False)
class Arcs:
    """Who can break whom.

    Parameters
    ----------
    names : the n nodes
    dependents : Rows of n, what each node can break itself, in order
    files : bool[n], the node is a file, so that what it leads to are its owners
    """

    names: Names
    dependents: Rows
    files: NDArray[np.bool_]

    @cached_property
    def causes(self) -> Rows:
        """What can break each node itself, in order."""
        sources, ends = self.dependents.pairs()
        return Rows.of_pairs(ends, sources, len(self.names))


def merge(one: Arcs, other: Arcs) -> tuple[Arcs, Ints]:
    """Return the arcs of both, and the new place of each node of ``other``. O(n log n)."""
    mine, others = one.names.all_raw(), other.names.all_raw()
    place = {name: number for number, name in enumerate(dict.fromkeys(sorted([*mine, *others])))}
    to_one = np.fromiter((place[name] for name in mine), np.int64, len(mine))
    to_other = np.fromiter((place[name] for name in others), np.int64, len(others))
    files = np.zeros(len(place), np.bool_)
    pairs = []
    for arcs, to in ((one, to_one), (other, to_other)):
        sources, ends = arcs.dependents.pairs()
        pairs.append((to[sources], to[ends]))
        files[to[arcs.files]] = True
    sources, ends = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return Arcs(Names.of(list(place)), Rows.of_pairs(sources, ends, len(place)), files), to_other.astype(np.int32)
