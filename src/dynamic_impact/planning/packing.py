"""Puts pieces into shards of a given capacity: whole kinds where they fit, so that a setup is paid for seldom."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dynamic_impact.planning.dag import F64, I64
from dynamic_impact.planning.pieces import Pieces

_SLACK = 1e-9


@dataclass(slots=True)
class Rest:
    """The pieces of one kind that are not placed yet: spans of their list, longest first."""

    starts: list[int]
    ends: list[int]
    seconds: float

    def first(self) -> int:
        """Return the position of the longest that is left."""
        return self.starts[0]


@dataclass(frozen=True, slots=True)
class Kind:
    """All pieces of one kind.

    Parameters
    ----------
    pieces : int64[n], their numbers, longest first
    negative : their seconds, negated so that they ascend
    prefix : their running sums, from 0
    """

    number: int
    pieces: I64
    negative: list[float]
    prefix: list[float]

    @property
    def seconds(self) -> float:
        """The sum of all, s."""
        return self.prefix[-1]

    def rest(self) -> Rest:
        """Return all of it as not placed yet."""
        return Rest([0], [len(self.pieces)], self.seconds)

    def take(self, rest: Rest, room: float) -> list[tuple[int, int]]:
        """Take from ``rest`` what fits into ``room``, the longest first, and return it as spans."""
        taken: list[tuple[int, int]] = []
        left, slack, at = room, room * _SLACK, 0
        while True:
            at = max(at, bisect_left(self.negative, -(left + slack)))
            span = bisect_right(rest.ends, at)
            if span == len(rest.ends):
                return taken
            at = max(at, rest.starts[span])
            end = bisect_right(self.prefix, self.prefix[at] + left + slack, at, rest.ends[span] + 1) - 1
            if end <= at:  # the sum's last digit says that what just fits does not
                at += 1
                continue
            taken.append((at, end))
            self._cut(rest, span, at, end)
            left -= self.prefix[end] - self.prefix[at]
            at = end

    def _cut(self, rest: Rest, span: int, start: int, end: int) -> None:
        kept = [(rest.starts[span], start), (end, rest.ends[span])]
        rest.starts[span : span + 1] = [low for low, high in kept if low < high]
        rest.ends[span : span + 1] = [high for low, high in kept if low < high]
        rest.seconds -= self.prefix[end] - self.prefix[start]


def kinds_of(pieces: Pieces) -> list[Kind]:
    """Return the kinds, the one with the most work and setup first."""
    order = np.lexsort((np.arange(len(pieces.seconds)), -pieces.seconds, pieces.kind))
    found = []
    for number in pieces.used():
        mine = order[np.searchsorted(pieces.kind[order], number) : np.searchsorted(pieces.kind[order], number, "right")]
        seconds = pieces.seconds[mine]
        found.append(Kind(number, mine, (-seconds).tolist(), np.concatenate(([0.0], np.cumsum(seconds))).tolist()))
    return sorted(found, key=lambda kind: (-kind.seconds - pieces.cost(kind.number), kind.number))


@dataclass(slots=True)
class Packing:
    """Shards of one capacity while they are filled."""

    pieces: Pieces
    shards: int
    capacity: float
    room: F64 = field(init=False)
    has: NDArray[np.bool_] = field(init=False)
    shard_of: I64 = field(init=False)

    def __post_init__(self) -> None:
        self.room = np.full(self.shards, self.capacity)
        self.has = np.zeros((len(self.pieces.setup_s), self.shards), dtype=np.bool_)
        self.shard_of = np.full(len(self.pieces.seconds), -1, dtype=np.int64)

    def place(self, kind: Kind) -> bool:
        """Place all of ``kind``: what is left of it whole where it fits tightest, else a part in the emptiest shard."""
        rest = kind.rest()
        while rest.starts:
            free = self.room - self._missing(kind.number)
            fits = np.flatnonzero(free >= rest.seconds * (1 - _SLACK))
            if len(fits):
                shard = int(fits[np.argmin(free[fits])])
                self._put(kind, shard, list(zip(rest.starts, rest.ends, strict=True)))
                return True
            shard = int(np.argmax(free))
            spans = kind.take(rest, float(free[shard])) if free[shard] > 0 else []
            if not spans:
                return False
            self._put(kind, shard, spans)
        return True

    def _missing(self, kind: int) -> F64:
        """Return what each shard would still pay for the setups of ``kind``, s."""
        needed = list(self.pieces.setups[kind])
        return np.asarray(self.pieces.setup_s[needed] @ ~self.has[needed], dtype=np.float64)

    def _put(self, kind: Kind, shard: int, spans: list[tuple[int, int]]) -> None:
        self.room[shard] -= self._missing(kind.number)[shard]
        self.has[list(self.pieces.setups[kind.number]), shard] = True
        for start, end in spans:
            self.shard_of[kind.pieces[start:end]] = shard
            self.room[shard] -= kind.prefix[end] - kind.prefix[start]


def pack(pieces: Pieces, kinds: list[Kind], shards: int, capacity: float) -> I64 | None:
    """Return the shard of each piece such that no load is over ``capacity``, or None where that was not found.

    Within a kind this is first-fit decreasing, bin by bin; a kind is split only where it fits nowhere whole.
    """
    packing = Packing(pieces, shards, capacity)
    return packing.shard_of if all(packing.place(kind) for kind in kinds) else None
