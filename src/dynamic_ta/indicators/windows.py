"""Windows of the last ``period`` values, for all bars at once.

Each is computed from its own values alone, oldest first, so that no error outlives its window and a stream, which does
the same with one window, gives the same bits.
"""

import numpy as np

from dynamic_ta.indicators.model import F64


def totals(values: F64, period: int) -> F64:
    """Return the sum of each ``period`` values.

    Parameters
    ----------
    values : float64[n], finite
    period : int, 1 <= period <= n

    Returns
    -------
    float64[n - period + 1], the first for ``values[period - 1]``

    Notes
    -----
    O(n) time, whatever the period. The series is cut into blocks of ``period`` values, so that each window is the tail
    of one block and the head of the next [1]_. Nothing is subtracted, unlike in a running sum.

    References
    ----------
    .. [1] M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels",
       Pattern Recognition Letters 13, 1992, p. 517-521 (there for maxima, here for sums)
    """
    blocks = _blocks(values, period)
    heads = np.cumsum(blocks, axis=1).ravel()
    tails = np.cumsum(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    tails[::period] = 0.0  # a window that is a whole block is that block's head
    return tails[: values.size - period + 1] + heads[period - 1 : values.size]


def ramp_totals(values: F64, period: int) -> F64:
    """Return the sum of each ``period`` values times 1, 2, ..., ``period``, the newest value with the largest.

    As ``totals``: where the head of a window is ``k`` values long, its own ramp starts at 1 and is raised by ``period -
    k`` times its sum; the ramp of a tail is the sum of all sums from its values on.
    """
    blocks = _blocks(values, period)
    rank = np.arange(1.0, period + 1)
    heads = (period - rank) * np.cumsum(blocks, axis=1) + np.cumsum(rank * blocks, axis=1)
    tails = np.cumsum(np.cumsum(blocks[:, ::-1], axis=1), axis=1)[:, ::-1].ravel()
    tails[::period] = 0.0
    return tails[: values.size - period + 1] + heads.ravel()[period - 1 : values.size]


def highest(values: F64, period: int) -> F64:
    """Return the largest of each ``period`` values, as ``totals`` returns their sum.

    O(n log period) time: windows of 1, 2, 4, ... values, each of two that are half as long; the last two overlap.
    """
    width = 1
    while 2 * width <= period:
        values = np.maximum(values[:-width], values[width:])
        width *= 2
    over = period - width
    return np.maximum(values[: values.size - over], values[over:])


def lowest(values: F64, period: int) -> F64:
    """Return the smallest of each ``period`` values, as ``totals`` returns their sum."""
    return -highest(-values, period)


def _blocks(values: F64, period: int) -> F64:
    blocks = np.zeros((-(-values.size // period), period))
    blocks.ravel()[: values.size] = values
    return blocks
