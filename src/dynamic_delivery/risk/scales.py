"""From a value to 0 (safe) … 1: each transform rises with its value and says what it is."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 20  # past commits, below which a percentile is too coarse


@dataclass(frozen=True, slots=True)
class Scaled:
    """A number from 0 to 1 and how it was had."""

    scaled: float
    scale: str


def half_at(value: float, half: float) -> Scaled:
    """Return 0 for nothing and one half at ``half``; each further ``half`` closes half of what is left to 1."""
    return Scaled(1.0 - 0.5 ** (max(value, 0.0) / half), f"1 - 2^(-value/{half:g})")


def share(value: float) -> Scaled:
    """Return a share as it is."""
    return Scaled(min(max(value, 0.0), 1.0), "the value itself")


def percentile(value: float, past: Sequence[float], half: float, of: str) -> Scaled:
    """Return which part of ``past`` lies below ``value``, ties counted half; `half_at` where there are too few.

    Parameters
    ----------
    past : in order, least first
    of : what ``past`` holds, for a person
    """
    if len(past) < ENOUGH:
        found = half_at(value, half)
        return Scaled(found.scaled, f"{found.scale}, since there are fewer than {ENOUGH} {of}")
    below, upto = bisect_left(past, value), bisect_right(past, value)
    return Scaled((below + upto) / 2 / len(past), f"percentile among {len(past)} {of}")
