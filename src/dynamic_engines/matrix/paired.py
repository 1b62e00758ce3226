"""Whether one of two programs is slower, from paired times, whatever the distribution of their noise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median


class Pace(StrEnum):
    """How the new program compares with the old one."""

    SLOWER = "slower"
    FASTER = "faster"
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class Judged:
    """One cell's verdict.

    Parameters
    ----------
    ratio : the median of new time / old time
    p_slower : the chance of so many pairs beyond the least effect, if the median were not beyond it
    """

    pace: Pace
    ratio: float
    p_slower: float


def judge_paces(cells: Sequence[Sequence[float]], least_effect: float, error: float) -> list[Judged]:
    """Return, for each cell, whether its median ratio is beyond ``1 + least_effect``.

    A sign test of each cell against that ratio, not against 1: a difference that nobody minds is never called a
    slowdown, however surely it is one. Pairs must be independent of each other; nothing else is asked of their noise.
    Holm's procedure keeps the chance of any false alarm among all cells at ``error``; likewise for ``faster``, whose
    bound is the reciprocal.

    Parameters
    ----------
    cells : for each, the ratios new time / old time of its pairs
    least_effect : 0.05 is five per cent
    error : the chance of calling any cell slower if none is

    References
    ----------
    .. [1] W. J. Dixon, A. M. Mood, The statistical sign test, J. Amer. Stat. Assoc. 41, 1946, p. 557-566
    .. [2] S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 1979, p. 65-70
    """
    most = 1 + least_effect
    slower = [sign_test(sum(ratio > most for ratio in ratios), len(ratios)) for ratios in cells]
    faster = [sign_test(sum(ratio < 1 / most for ratio in ratios), len(ratios)) for ratios in cells]
    is_slower, is_faster = holm(slower, error), holm(faster, error)
    return [
        Judged(
            Pace.SLOWER if is_slower[n] else Pace.FASTER if is_faster[n] else Pace.ALIKE,
            median(ratios) if ratios else math.nan,
            slower[n],
        )
        for n, ratios in enumerate(cells)
    ]


def sign_test(beyond: int, pairs: int) -> float:
    """Return the chance of ``beyond`` or more heads in ``pairs`` throws of a fair coin."""
    return float(sum(math.comb(pairs, k) for k in range(beyond, pairs + 1)) / 2**pairs)


def holm(p_values: Sequence[float], error: float) -> list[bool]:
    """Return which hypotheses are rejected: the smallest p below error / m, the next below error / (m - 1), and on."""
    rejected = [False] * len(p_values)
    for rank, n in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[n] > error / (len(p_values) - rank):
            break
        rejected[n] = True
    return rejected


def pairs_needed(cells: int, error: float) -> int:
    """Return how many pairs let a cell be called slower though two of them disagree, with ``cells`` judged together."""
    pairs = 3
    while sign_test(pairs - 2, pairs) > error / max(cells, 1):
        pairs += 1
    return pairs
