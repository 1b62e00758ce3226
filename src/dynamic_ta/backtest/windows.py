"""Which pairs a sweep tries."""

import re

import numpy as np
import numpy.typing as npt

from dynamic_ta.backtest.errors import BacktestInputError

MOST_PAIRS = 1 << 22
_RANGE = re.compile(r"(\d{1,9})(?::(\d{1,9})(?::(\d{1,9}))?)?", re.ASCII)


def window_range(text: str) -> range:
    """Return the windows that ``first:last[:step]`` names, both ends included; a lone number is itself.

    Raises
    ------
    BacktestInputError : another form, or nothing in it
    """
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise BacktestInputError(f"{text!r} is no range of windows", "write it like 10:200, 10:200:5 or 20")
    first = int(match[1])
    last = int(match[2] or first)
    step = int(match[3] or 1)
    if not (1 <= first <= last and step >= 1):
        raise BacktestInputError(f"{text!r} holds no window", "write first:last:step, 1 <= first <= last, step >= 1")
    return range(first, last + 1, step)


def pairs_of(fast: range, slow: range) -> npt.NDArray[np.int64]:
    """Return int64[n_pairs, 2], every (fast, slow) with fast < slow.

    Raises
    ------
    BacktestInputError : none, or more than MOST_PAIRS
    """
    if len(fast) * len(slow) > 2 * MOST_PAIRS:
        raise BacktestInputError(f"{len(fast)} times {len(slow)} windows", f"keep to {MOST_PAIRS} pairs, by a step")
    grid = np.stack(np.meshgrid(np.array(fast), np.array(slow)), axis=-1).reshape(-1, 2).astype(np.int64)
    pairs = grid[grid[:, 0] < grid[:, 1]]
    if len(pairs) == 0:
        raise BacktestInputError("no fast window is below a slow one", "give a fast range that starts lower")
    if len(pairs) > MOST_PAIRS:
        raise BacktestInputError(f"{len(pairs)} pairs", f"keep to {MOST_PAIRS}, by a step")
    return pairs
