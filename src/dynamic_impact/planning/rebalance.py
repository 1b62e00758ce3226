"""Moves and swaps out of the longest shard where its workers are several, so that only a schedule tells its end."""

from collections.abc import Callable, Iterator, Sequence

Groups = list[list[int]]

_MOST = 300_000


def rebalance(groups: Groups, end: Callable[[Sequence[int]], float], enough_s: float) -> Groups:
    """Return ``groups``, or better ones: the longest of them ends earlier.

    Parameters
    ----------
    groups : the pieces of each shard
    end : when a shard with these pieces ends, s
    enough_s : s, where the longest ends by then, no more is tried

    Notes
    -----
    Takes the first change that helps, again and again, until none does or ``end`` was asked about 300,000 pieces.
    """
    ends = [end(group) for group in groups]
    asked = 0
    while max(ends) > enough_s:
        longest = ends.index(max(ends))
        for other, ours, theirs in _changes(groups, ends, longest):
            asked += len(ours) + len(theirs)
            after = [end(ours), end(theirs)]
            if max(after) < ends[longest] * (1 - 1e-9):
                groups = [*groups]
                groups[longest], groups[other] = ours, theirs
                ends[longest], ends[other] = after
                break
            if asked > _MOST:
                return groups
        else:
            return groups
    return groups


def _changes(groups: Groups, ends: Sequence[float], longest: int) -> Iterator[tuple[int, list[int], list[int]]]:
    """Yield what could help: each move to another shard, the emptiest first, then each swap."""
    others = sorted((shard for shard in range(len(groups)) if shard != longest), key=lambda shard: (ends[shard], shard))
    inside = groups[longest]
    for other in others:
        for piece in inside:
            yield other, [each for each in inside if each != piece], [*groups[other], piece]
    for other in others:
        for piece in inside:
            for back in groups[other]:
                ours = [each for each in inside if each != piece]
                yield other, [*ours, back], [*(each for each in groups[other] if each != back), piece]
