"""Moves and swaps out of the longest shard where its workers are several, so that only a schedule tells its end."""

from collections.abc import Callable, Collection, Iterator, Sequence

Groups = list[list[int]]

_MOST = 300_000


def rebalance(
    groups: Groups, end: Callable[[Sequence[int]], float], enough_s: float, kind: Sequence[int] = ()
) -> Groups:
    """Return ``groups``, or better ones: the longest of them ends earlier.

    Parameters
    ----------
    groups : the pieces of each shard
    end : when a shard with these pieces ends, s
    enough_s : s, where the longest ends by then, no more is tried
    kind : of each piece, which setups it needs; pieces of one kind also go together, so that no setup is paid twice

    Notes
    -----
    Takes the first change that helps, again and again, until none does or ``end`` was asked about 300,000 pieces.
    """
    ends = [end(group) for group in groups]
    asked = 0
    while max(ends) > enough_s:
        longest = ends.index(max(ends))
        for other, ours, theirs in _changes(groups, ends, longest, kind):
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


def _changes(
    groups: Groups, ends: Sequence[float], longest: int, kind: Sequence[int]
) -> Iterator[tuple[int, list[int], list[int]]]:
    """Yield what could help: moves to another shard, the emptiest first, then swaps; whole kinds before pieces."""
    others = sorted((shard for shard in range(len(groups)) if shard != longest), key=lambda shard: (ends[shard], shard))
    for parts in (lambda group: _by_kind(group, kind), lambda group: [[piece] for piece in group]):
        mine = parts(groups[longest])
        for other in others:
            for part in mine:
                yield other, _without(groups[longest], part), [*groups[other], *part]
        for other in others:
            theirs = parts(groups[other])
            for part in mine:
                for back in theirs:
                    yield (
                        other,
                        [*_without(groups[longest], part), *back],
                        [*_without(groups[other], back), *part],
                    )


def _without(group: Sequence[int], part: Collection[int]) -> list[int]:
    return [piece for piece in group if piece not in part]


def _by_kind(group: Sequence[int], kind: Sequence[int]) -> list[list[int]]:
    """Return the pieces of each kind together."""
    found: dict[int, list[int]] = {}
    for piece in group if kind else ():
        found.setdefault(kind[piece], []).append(piece)
    return list(found.values())
