"""Parts work among shards so that the longest of them is short, each paying once for every setup that it needs."""

import heapq

import numpy as np

from dynamic_impact.planning.bounds import shard_bound_s
from dynamic_impact.planning.dag import F64, I64
from dynamic_impact.planning.packing import kinds_of, pack
from dynamic_impact.planning.pieces import Pieces
from dynamic_impact.planning.refine import refine

_GAP = 5e-4  # nearer to the bound than this is near enough
_TRIES = 14
_ONE_BY_ONE = 200_000
_REFINED = 4_000


def part(pieces: Pieces, shards: int) -> I64:
    """Return the shard of each piece, 0 <= shard < ``shards``; the same for the same input.

    The best of: filling by the bound (`wrap`), longest piece first to the shard where it ends first (`longest_first`,
    where that is cheap), and a search for the smallest capacity that `packing.pack` fills (MULTIFIT [1]_, with setups);
    then moves and swaps out of the longest shard while that gets shorter.

    Notes
    -----
    With one setup a piece, beside those that all need, the largest load is at most twice
    `shard_bound_s`, and so at most twice the best: `wrap` holds to that, and nothing here makes it worse. What is
    reached is mostly within 1 %; the plan prints the ratio of each case. About O(n log n) for each of up to 14
    capacities.

    References
    ----------
    .. [1] E. G. Coffman, M. R. Garey, D. S. Johnson, "An application of bin-packing to multiprocessor scheduling", SIAM
       J. Comput. 7(1), 1978
    """
    if shards == 1 or not len(pieces.seconds):
        return np.zeros(len(pieces.seconds), dtype=np.int64)
    low = shard_bound_s(pieces, shards)
    best = wrap(pieces, shards, low)
    if len(pieces.seconds) * shards <= _ONE_BY_ONE:
        best = _better(pieces, shards, best, longest_first(pieces, shards))
    best = _search(pieces, shards, best, low)
    if len(pieces.seconds) <= _REFINED and _longest(pieces, shards, best) > low * (1 + _GAP):
        best = refine(pieces, shards, best)
    return best


def wrap(pieces: Pieces, shards: int, time_s: float) -> I64:
    """Return a parting whose largest load is at most ``2 * time_s``, where `part` says that this holds.

    Each kind is cut into batches that reach ``time_s`` with their setups, and a last one that does not. A full batch is
    below ``2 * time_s``, since no piece is longer than what it has left beside its setups, and there are at most
    ``shards`` of them: the batches of a kind are as few as the bound counts, so that all of them together fit into
    ``shards * time_s``. For the same reason a shard below ``time_s`` is left for each batch that is not full.
    """
    setups = sum(float(pieces.setup_s[setup]) for setup in pieces.common())
    full: list[tuple[I64, float]] = []
    partial: list[tuple[I64, float]] = []
    for kind in kinds_of(pieces):
        own = pieces.cost(kind.number) - setups
        wanted = max(time_s - setups - own, 0.0)
        start = 0
        while start < len(kind.pieces):
            target = kind.prefix[start] + wanted
            end = min(int(np.searchsorted(kind.prefix, target * (1 - 1e-12))), len(kind.pieces))
            end = max(end, start + 1)
            end = int(np.searchsorted(kind.prefix, kind.prefix[end], "right")) - 1  # what takes no time comes along
            seconds = kind.prefix[end] - kind.prefix[start]
            (full if seconds >= wanted * (1 - 1e-9) else partial).append((kind.pieces[start:end], own + seconds))
            start = end
    shard_of = np.zeros(len(pieces.seconds), dtype=np.int64)
    loads = [(0.0, shard) for shard in range(shards)]
    for batch, seconds in (*full, *partial):
        load, shard = heapq.heappop(loads)
        shard_of[batch] = shard
        heapq.heappush(loads, (load + seconds, shard))
    return shard_of


def longest_first(pieces: Pieces, shards: int) -> I64:
    """Return a parting that gives each piece, the longest first, to the shard where it ends first, setups counted."""
    loads = np.zeros(shards)
    has = np.zeros((len(pieces.setup_s), shards), dtype=np.bool_)
    shard_of = np.zeros(len(pieces.seconds), dtype=np.int64)
    needed = [list(setups) for setups in pieces.setups]
    for piece in np.lexsort((np.arange(len(pieces.seconds)), -pieces.seconds)):
        setups = needed[pieces.kind[piece]]
        ends = loads + pieces.setup_s[setups] @ ~has[setups]
        shard = int(np.argmin(ends))
        loads[shard] = ends[shard] + pieces.seconds[piece]
        has[setups, shard] = True
        shard_of[piece] = shard
    return shard_of


def _search(pieces: Pieces, shards: int, best: I64, low: float) -> I64:
    """Return the best parting that packing finds between the bound ``low`` and what ``best`` already reaches."""
    kinds = kinds_of(pieces)
    high = _longest(pieces, shards, best)
    capacity = low * (1 + _GAP)
    for _ in range(_TRIES):
        if high <= low * (1 + _GAP):
            break
        found = pack(pieces, kinds, shards, capacity)
        if found is None:
            low = capacity
        else:
            best, high = found, min(_longest(pieces, shards, found), capacity)
        capacity = (low + high) / 2
    return best


def _better(pieces: Pieces, shards: int, one: I64, other: I64) -> I64:
    loads: list[F64] = [pieces.loads(each, shards) for each in (one, other)]
    return other if loads[1].max() < loads[0].max() else one


def _longest(pieces: Pieces, shards: int, shard_of: I64) -> float:
    return float(pieces.loads(shard_of, shards).max())
