"""Every combination, the last axis fastest."""

import math

import numpy as np

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import F64, Points
from dynamic_ta.sweeps.spaces.axis import Listed
from dynamic_ta.sweeps.spaces.model import MOST_POINTS, Sampler, Space

_BLOCK = 1 << 16
_MOST_TRIED = 1 << 28


def grid(space: Space, _n: int = 0, _seed: int = 0) -> Points:
    """Return all points that the constraints allow.

    Raises
    ------
    SweepInputError : an axis without a list of values; no point, or more than MOST_POINTS

    Notes
    -----
    Tries the product of all axes in blocks, so that memory is that of what is kept.
    """
    axes = [axis for axis in space.axes if isinstance(axis, Listed)]
    if len(axes) < len(space.axes):
        loose = next(axis.name for axis in space.axes if not isinstance(axis, Listed))
        raise SweepInputError(
            f"{loose} has no list of values", "give it steps, first:last:step, or sample: --space sobol"
        )
    shape = tuple(len(axis.values) for axis in axes)
    tried = math.prod(shape)
    if tried > _MOST_TRIED:
        raise SweepInputError(f"a grid of {tried} points", f"keep to {_MOST_TRIED}, or sample: --space sobol --n N")
    kept: list[F64] = []
    count = 0
    for start in range(0, tried, _BLOCK):
        at = np.unravel_index(np.arange(start, min(start + _BLOCK, tried)), shape)
        block = np.stack([np.array(axis.values, np.float64)[rows] for axis, rows in zip(axes, at, strict=True)], axis=1)
        kept.append(block[space.allowed(block)])
        count += len(kept[-1])
        if count > MOST_POINTS:
            raise SweepInputError("the grid is too large", f"keep to {MOST_POINTS} points, or sample: --space sobol")
    if not count:
        raise SweepInputError("no point satisfies the constraints", "loosen them, or widen the axes")
    return space.points(np.concatenate(kept))


GRID = Sampler("grid", "every combination", grid, counts=False)
