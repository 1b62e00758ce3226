"""Exponential means in float64: what EMA, MACD, RSI and ATR are made of."""

from itertools import accumulate

import numpy as np

from dynamic_ta.indicators.model import F64


def ema_weight(period: int) -> float:
    """Return the weight of the newest value: 2 / (period + 1)."""
    return 2 / (period + 1)


def wilder_weight(period: int) -> float:
    """Return the weight of the newest value in Wilder's means: 1 / period."""
    return 1 / period


def exponential_mean(values: F64, period: int, weight: float) -> F64:
    """Return the exponential mean of ``values``, seeded with the plain mean of the first ``period``.

    Parameters
    ----------
    values : float64[n], finite
    period : int, 1 <= period <= n
    weight : of the newest value, 0 < weight <= 1

    Returns
    -------
    float64[n - period + 1], the first for ``values[period - 1]``

    Notes
    -----
    O(n) time. A value depends on the one before, so this is a loop and not an array expression.
    """
    later: list[float] = values[period:].tolist()
    seed = float(values[:period].mean())
    return np.array(list(accumulate(later, lambda mean, value: mean + weight * (value - mean), initial=seed)))


def ema_chain(values: F64, period: int, count: int) -> list[F64]:
    """Return the exponential mean of ``values``, the mean of that, and so on: ``count`` of them.

    Each is ``period - 1`` values shorter than the one before; ``values`` has a value at least for the last.
    """
    found = [values]
    for _ in range(count):
        found.append(exponential_mean(found[-1], period, ema_weight(period)))
    return found[1:]


def wilder_sum(values: F64, period: int) -> F64:
    """Return Wilder's running sum of ``values``: each update takes 1 / ``period`` of it away and adds a value.

    Parameters
    ----------
    values : float64[n], finite
    period : int, 2 <= period <= n

    Returns
    -------
    float64[n - period + 1], the first for ``values[period - 1]``: its seed is the sum of the ``period - 1`` before it
    """
    later: list[float] = values[period - 1 :].tolist()
    seed = float(np.cumsum(values[: period - 1])[-1])
    return np.array(list(accumulate(later, lambda total, value: total - total / period + value, initial=seed)))[1:]


def after_warm_up(values: F64, bars: int) -> F64:
    """Return ``values`` as the last of ``bars`` bars, with NaN before them."""
    line = np.full(bars, np.nan)
    line[bars - values.size :] = values
    return line
