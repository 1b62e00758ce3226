"""From a stream of the unit cube to different points that the constraints allow."""

import math
from collections.abc import Callable

import numpy as np

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import F64, Points
from dynamic_ta.sweeps.spaces.axis import Listed
from dynamic_ta.sweeps.spaces.model import MOST_POINTS, Space

_BLOCK = 1 << 6
_TRIES = 64  # to meet each of s values once takes ln(s) draws a value on average, 14 for 2**20


def draw(space: Space, n: int, unit: Callable[[int], F64]) -> Points:
    """Return the first ``n`` different allowed points, in the order of the stream.

    Parameters
    ----------
    unit : gives float64[k, n_axes] in [0, 1), the next ones at each call; k is a power of two

    Raises
    ------
    SweepInputError : n out of range or beyond what there is, or not as many points met in 64 draws a point
    """
    if not 1 <= n <= MOST_POINTS:
        raise SweepInputError(f"{n} points", f"give 1 <= n <= {MOST_POINTS}")
    known = math.prod(len(axis.values) if isinstance(axis, Listed) else n for axis in space.axes)
    if known < n:
        raise SweepInputError(f"{n} points of a space that has {known}", "ask for fewer, or take --space grid")
    block = max(_BLOCK, 1 << (n - 1).bit_length())
    found = np.empty((0, len(space.axes)))
    for _ in range(_TRIES):
        cube = unit(block)
        values = np.stack([axis.at(column) for axis, column in zip(space.axes, cube.T, strict=True)], axis=1)
        found = np.concatenate((found, values[space.allowed(values)]))
        first = np.sort(np.unique(found, axis=0, return_index=True)[1])
        found = found[first]
        if len(found) >= n:
            return space.points(found[:n].copy())
    raise SweepInputError(
        f"only {len(found)} different points were met, not {n}", "ask for fewer, or widen the axes or constraints"
    )
