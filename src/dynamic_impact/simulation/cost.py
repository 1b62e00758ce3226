"""What a pick costs: test time, and the time until the last of it is done on so many runners."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from dynamic_impact.simulation.model import Cost, Replayed


def costs(row: Replayed, seconds: Callable[[str], float], runners: int) -> dict[str, Cost]:
    """Return the cost of each pick of ``row``."""
    return {picker: cost(tests, seconds, runners) for picker, tests in row.picks.items()}


def cost(tests: Iterable[str], seconds: Callable[[str], float], runners: int) -> Cost:
    """Return what running ``tests`` takes."""
    each = [seconds(test) for test in tests]
    return Cost(len(each), sum(each), makespan_s(each, runners))


def makespan_s(seconds: Sequence[float], runners: int) -> float:
    """Return the time until all is done when the longest start first, each on the runner that is free first.

    At most 4/3 - 1/(3 * runners) times the shortest possible (Graham 1969). O(n log n).
    """
    free = [0.0] * runners
    for long in sorted(seconds, reverse=True):
        heapq.heapreplace(free, free[0] + long)
    return max(free)


def totals(rows: Sequence[Mapping[str, Cost]], tests: Sequence[int]) -> dict[str, dict[str, float]]:
    """Return, by picker, the sum of tests and seconds, and the mean makespan, and the shares of all tests.

    Parameters
    ----------
    rows : a commit's costs by picker, for each commit that could be read
    tests : how many tests there were at each
    """
    found: dict[str, dict[str, float]] = {}
    for picker in dict.fromkeys(picker for row in rows for picker in row):
        those = [(row[picker], count) for row, count in zip(rows, tests, strict=True) if picker in row]
        shares = [one.tests / count if count else 0.0 for one, count in those]
        p50, p90 = np.quantile(shares, (0.5, 0.9), method="inverted_cdf").tolist()
        found[picker] = {
            "commits": len(those),
            "tests": sum(one.tests for one, _ in those),
            "seconds": sum(one.seconds for one, _ in those),
            "makespan_s": sum(one.makespan_s for one, _ in those) / len(those),
            "share_mean": sum(shares) / len(shares),
            "share_p50": p50,
            "share_p90": p90,
        }
    return found
