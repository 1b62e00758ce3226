"""Moves and swaps pieces out of the longest shard while that makes the longest shorter."""

import numpy as np

from dynamic_impact.planning.dag import F64, I64
from dynamic_impact.planning.pieces import Pieces

_ROUNDS = 400
_SLACK = 1e-9


def refine(pieces: Pieces, shards: int, shard_of: I64) -> I64:
    """Return a parting that is at least as good as ``shard_of``, after up to 400 moves or swaps.

    Each round takes the best move or swap between the longest shard and another, by an estimate of the loads after it,
    and keeps it only if the true loads agree. O(n) a move and O(pieces of both shards) a swap.
    """
    best = shard_of.copy()
    loads = pieces.loads(best, shards)
    for _ in range(_ROUNDS):
        improved = _step(pieces, shards, best, loads)
        if improved is None:
            break
        best, loads = improved
    return best


def _step(pieces: Pieces, shards: int, shard_of: I64, loads: F64) -> tuple[I64, F64] | None:
    longest = int(np.argmax(loads))
    inside = np.flatnonzero(shard_of == longest)
    limit = float(loads[longest])
    for other in np.argsort(loads, kind="stable"):
        if other == longest:
            continue
        for change in _candidates(pieces, shard_of, loads, inside, int(other)):
            tried = shard_of.copy()
            for piece, shard in change:
                tried[piece] = shard
            after = pieces.loads(tried, shards)
            if max(after[longest], after[other]) < limit * (1 - _SLACK):
                return tried, after
    return None


def _candidates(pieces: Pieces, shard_of: I64, loads: F64, inside: I64, other: int) -> list[list[tuple[int, int]]]:
    """Return the most promising swap and move between the pieces ``inside`` the longest shard and ``other``."""
    longest = int(shard_of[inside[0]])
    outside = np.flatnonzero(shard_of == other)
    seconds = pieces.seconds
    paid = pieces.paid(shard_of)
    missing = np.array(
        [sum(float(pieces.setup_s[each]) for each in setups if (other, each) not in paid) for setups in pieces.setups]
    )
    back = np.array(
        [sum(float(pieces.setup_s[each]) for each in setups if (longest, each) not in paid) for setups in pieces.setups]
    )
    gives = seconds[inside] + missing[pieces.kind[inside]]
    moved = np.maximum(loads[other] + gives, loads[longest] - seconds[inside])
    best = int(np.argmin(moved))
    found = [(float(moved[best]), [(int(inside[best]), other)])]
    if len(outside):
        takes = seconds[outside] + back[pieces.kind[outside]]
        ours = loads[longest] - seconds[inside][:, None] + takes[None, :]
        theirs = loads[other] + gives[:, None] - seconds[outside][None, :]
        worst = np.maximum(ours, theirs)
        row, column = np.unravel_index(int(np.argmin(worst)), worst.shape)
        change = [(int(inside[row]), other), (int(outside[column]), longest)]
        found.append((float(worst[row, column]), change))
    return [change for _, change in sorted(found)]
