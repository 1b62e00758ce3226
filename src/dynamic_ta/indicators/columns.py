"""Formulas of one window that serve a batch and a stream alike, so that both give the same bits.

A window is a sequence of values, oldest first. A stream's holds floats; a batch's holds arrays, one for each place in
the window, of all bars at once.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar

from dynamic_ta.indicators.model import F64

T = TypeVar("T", float, F64)


def columns(values: F64, period: int) -> list[F64]:
    """Return the oldest value of every window, then the next one, up to the newest.

    Parameters
    ----------
    values : float64[n]
    period : int, 1 <= period <= n

    Returns
    -------
    ``period`` views, float64[n - period + 1] each. What is computed from them, value by value, is what it would be
    from the floats of one window.
    """
    count = values.size - period + 1
    return [values[at : at + count] for at in range(period)]


def weighted_mean(window: Sequence[T]) -> T:
    """Return the mean in which the oldest weighs 1, the next 2, and so on.

    Notes
    -----
    Measured from the newest value, so that the mean of equal values is that value, and not a rounding beside it.
    """
    newest, period = window[-1], len(window)
    found = newest - newest
    for weight, value in enumerate(window, start=1):
        found = found + weight * (value - newest)
    return newest + found / (period * (period + 1) / 2)


def last(values: Sequence[float], period: int) -> Iterable[float]:
    """Return the last ``period`` of ``values``, oldest first."""
    return islice(values, len(values) - period, None)
