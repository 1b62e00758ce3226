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


def variances(values: F64, period: int) -> F64:
    """Return the population variance of each ``period`` values, not negative.

    Parameters
    ----------
    values : float64[n], finite, at most sqrt(float64's largest / (16 * period))
    period : int, 1 <= period <= n

    Returns
    -------
    float64[n - period + 1], the first for ``values[period - 1]``

    Notes
    -----
    O(n) time, by the blocks of ``totals``. The values of a window are measured from one of them, the first of the block
    that it ends in, so that no large level costs a digit, and a flat window has 0, exactly. Head and tail have a mean
    and a sum of squares each, to which a value adds the square of its distance from the mean so far, and both are
    joined by the distance of their means [1]_: nothing is subtracted but values from means, unlike in running sums of
    squares.

    Let R be the spread of a window and u the unit roundoff. A deviation is the norm of the parts that its squares are
    made of, over the root of ``period``.

    1. Values measured from one of theirs are off by u R, and a deviation, a seminorm, by no more.
    2. The sum of j such values, none larger than R, and its product with 1 / j are off by gamma(j + 1) R, so the
       distance of a value from its mean by gamma(j + 2) R; that of two means by twice as much. All parts together, each
       with its weight: j / (j - 1) for a value, at most ``period`` / 4 for a join. So the norm is off by
       gamma(period + 2) R times the root of 2 period + period, and the deviation by 1.8 gamma(period + 2) R.
    3. Each part is squared and weighed, 3 roundings, then ``period`` sums and a division; the root halves them:
       gamma(period + 5) / 2 of the deviation, which is R / 2 at most.

    Together less than 3 (period + 4) u R, about that of two passes, which cost ``period`` steps a value.

    References
    ----------
    .. [1] T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance: analysis and
       recommendations", The American Statistician 37, 1983, p. 242-247
    """
    blocks, ranks = _blocks(values, period), np.arange(1.0, period + 1)
    firsts = blocks[:, :1]
    means, squares = _spreads(blocks - firsts)
    # The tail of a block is measured from the first value of the next one; there is none after the last.
    tail_means, tail_squares = (line[:, ::-1] for line in _spreads((blocks[:-1] - firsts[1:])[:, ::-1]))
    away = means[1:, :-1] - tail_means[:, 1:]
    shares = ranks[:-1] * ranks[-2::-1] / period
    squares[1:, :-1] = (tail_squares[:, 1:] + squares[1:, :-1]) + away * away * shares
    return squares.ravel()[period - 1 : values.size] / period


def _spreads(rows: F64) -> tuple[F64, F64]:
    """Return, for the first 1, 2, ... values of each row, their mean and the sum of their squared distances from it."""
    ranks = np.arange(1.0, rows.shape[1] + 1)
    means = np.cumsum(rows, axis=1) * (1 / ranks)
    away = rows - means
    weights = np.concatenate([[0.0], ranks[1:] / ranks[:-1]])
    return means, np.cumsum(away * away * weights, axis=1)


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
