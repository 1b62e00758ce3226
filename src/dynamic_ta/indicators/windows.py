"""Windows of the last ``period`` values, for all bars at once.

Each is computed from its own values alone, oldest first, so that no error outlives its window and a stream, which does
the same with one window, gives the same bits.
"""

from collections.abc import Sequence

import numpy as np

from dynamic_ta.indicators.model import F64


def highest(values: F64, period: int) -> F64:
    """Return the largest of each ``period`` values.

    Parameters
    ----------
    values : float64[n], finite
    period : int, 1 <= period <= n

    Returns
    -------
    float64[n - period + 1], the first for ``values[period - 1]``

    Notes
    -----
    O(n) time, whatever the period [1]_: each window is the tail of one block of ``period`` values and the head of the
    next.

    References
    ----------
    .. [1] M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels",
       Pattern Recognition Letters 13, 1992, p. 517-521
    """
    blocks = np.full((-(-values.size // period), period), -np.inf)
    blocks.ravel()[: values.size] = values
    heads = np.maximum.accumulate(blocks, axis=1).ravel()
    tails = np.maximum.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.maximum(tails[: values.size - period + 1], heads[period - 1 : values.size])


def lowest(values: F64, period: int) -> F64:
    """Return the smallest of each ``period`` values, as ``highest``."""
    return -highest(-values, period)


def weighted_sum(values: F64, weights: Sequence[float]) -> F64:
    """Return the sum of each ``len(weights)`` values times their weights, the oldest value with the first weight.

    Parameters
    ----------
    values : float64[n], finite, n >= len(weights) >= 1

    Returns
    -------
    float64[n - len(weights) + 1]

    Notes
    -----
    O(n * len(weights)) time in array operations, each product and each sum rounded once, in the order of the weights. A
    running sum needs O(n), and keeps its errors for good.
    """
    bars = values.size - len(weights) + 1
    total = weights[0] * values[:bars]
    for back, weight in enumerate(weights[1:], start=1):
        total += weight * values[back : back + bars]
    return total
