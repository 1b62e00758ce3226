"""How short a makespan can be at all: what no schedule and no parting can go below."""

import math
from collections.abc import Callable

import numpy as np

from dynamic_impact.planning.dag import F64, Dag
from dynamic_impact.planning.pieces import Pieces

_STEPS = 40
_SAMPLES = 256
_SLACK = 1e-9


def dag_bound_s(dag: Dag, rank: F64, workers: int) -> float:
    """Return a lower bound, s, of the makespan of ``dag`` on ``workers`` alike.

    The largest of: the critical path, all work over all workers, and what the longest tasks need by their number
    (`machine_bound_s`).
    """
    return max(float(rank.max(initial=0.0)), machine_bound_s(dag.seconds, workers))


def machine_bound_s(seconds: F64, workers: int) -> float:
    """Return a lower bound, s, for independent tasks on ``workers`` alike.

    For each k, one worker has k + 1 of the longest k * workers + 1 tasks, so at least the k + 1 shortest of them. Above
    that, a time is too short if the tasks do not fit into so many bins of it. [1]_

    References
    ----------
    .. [1] S. Martello, P. Toth, "Lower bounds and reduction procedures for the bin packing problem", Discrete Applied
       Mathematics 28, 1990: the bound L2
    """
    if not len(seconds):
        return 0.0
    longest = np.sort(seconds)[::-1]
    prefix = np.concatenate(([0.0], np.cumsum(longest)))
    simple = max(float(prefix[-1]) / workers, float(longest[0]))
    ends = np.arange(workers, len(longest), workers) + 1  # k * workers + 1 tasks, k = 1, 2, ...
    if len(ends):
        k = np.arange(1, len(ends) + 1)
        simple = max(simple, float((prefix[ends] - prefix[ends - k - 1]).max()))
    if longest[0] <= simple / 2:  # L2 says more than the sum only where a task is over half of the bin
        return simple
    return _largest_refuted(simple, lambda time_s: _bins(longest, prefix, time_s) > workers)


def shard_bound_s(pieces: Pieces, shards: int, workers: int = 1) -> float:
    """Return a lower bound, s, of the largest load when ``pieces`` are parted among ``shards``.

    It holds the setup costs: a shard that ends at T spends at most T less the setup on the pieces that need it, so that
    a setup whose pieces sum to G is paid for in at least ``ceil(G / (T - setup))`` shards, and in one at the least. T
    is too short where all of that does not fit into ``shards`` times T; where a piece and its setups do not; or by
    `machine_bound_s`.
    """
    if not len(pieces.seconds):
        return 0.0
    # One worker does nothing else while it does a setup; others do what does not wait for it.
    common = pieces.common() if workers == 1 else frozenset(pieces.first)
    once = _together([float(pieces.setup_s[setup]) for setup in common], workers)
    longest = max(
        float(pieces.seconds[pieces.kind == kind].max())
        + _together([float(pieces.setup_s[setup]) for setup in pieces.setups[kind] if setup not in common], workers)
        for kind in pieces.used()
    )
    simple = once + max(longest, machine_bound_s(pieces.seconds, shards * workers))
    groups = _groups(pieces, common, once, workers)
    work = float(pieces.seconds.sum())

    def too_short(time_s: float) -> bool:
        needed = work
        for cost, reserved, total in groups:
            if time_s <= reserved:
                return True
            needed += cost * max(1, math.ceil(total / (workers * (time_s - reserved)) - _SLACK))
        return needed > shards * workers * (time_s - once) * (1 + _SLACK)

    return _largest_refuted(simple, too_short)


def _together(costs: list[float], workers: int) -> float:
    """Return what setups take at least: one after the other on one worker, side by side on several."""
    return (sum(costs) if workers == 1 else max(costs)) if costs else 0.0


def _groups(pieces: Pieces, left_out: frozenset[int], once_s: float, workers: int) -> list[tuple[float, float, float]]:
    """Return for each setup but ``left_out``: its cost, what is paid wherever its pieces run, and their sum."""
    totals = np.bincount(pieces.kind, weights=pieces.seconds, minlength=len(pieces.setups))
    used = pieces.used()
    groups = []
    for setup in sorted({setup for kind in used for setup in pieces.setups[kind]} - left_out):
        kinds = [kind for kind in used if setup in pieces.setups[kind]]
        always = frozenset.intersection(*(frozenset(pieces.setups[kind]) for kind in kinds))
        reserved = _together([float(pieces.setup_s[each]) for each in always - left_out], workers) + once_s
        groups.append((float(pieces.setup_s[setup]), reserved, float(totals[kinds].sum())))
    return groups


def _largest_refuted(low: float, too_short: Callable[[float], bool]) -> float:
    """Return ``low``, which is known to be a bound, or the largest time found above it that is too short."""
    if low <= 0.0 or not too_short(low):
        return low
    high = 2 * low
    while too_short(high):
        low, high = high, 2 * high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if too_short(middle) else (low, middle)
    return low


def _bins(longest: F64, prefix: F64, time_s: float) -> int:
    """Return how many bins of ``time_s`` the tasks need at least (L2 over a sample of its thresholds)."""
    halves = longest[longest <= time_s / 2]
    thresholds = np.append(halves[:: max(1, len(halves) // _SAMPLES)], 0.0)
    large = np.searchsorted(-longest, -(time_s - thresholds) * (1 + _SLACK), side="left")  # longer than T - threshold
    half = int(np.searchsorted(-longest, -time_s / 2, side="left"))  # longer than T / 2
    small = np.searchsorted(-longest, -thresholds, side="right")  # at least the threshold
    middle = half - np.minimum(large, half)
    spare = middle * time_s - (prefix[half] - prefix[np.minimum(large, half)])
    rest = prefix[np.maximum(small, half)] - prefix[half] - spare
    return int((np.minimum(large, half) + middle + np.maximum(0, np.ceil(rest / time_s - _SLACK))).max())
