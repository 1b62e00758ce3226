"""Which bars a page draws, and what it tells of a window of them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64

_BUCKETS = 800
_CHUNK = 1 << 20


def kept_bars(lines: Sequence[F64]) -> npt.NDArray[np.int64]:
    """Return the bars to draw, rising: all of 3,200 or fewer, else the extremes.

    Parameters
    ----------
    lines : float64[n_bars] each, NaN where there is no value

    Notes
    -----
    The bars are cut into 800 buckets at most, of which the first and last bar and those of each line's least and
    greatest value stay. So no extreme of any line is lost, and a page does not grow with the bars.
    """
    bars = lines[0].size
    if bars <= 4 * _BUCKETS:
        return np.arange(bars)
    width = -(-bars // _BUCKETS)
    start = np.arange(0, bars, width)
    kept = [start, start + width - 1]
    for line in lines:
        grid = np.pad(line, (0, start.size * width - bars), constant_values=np.nan).reshape(-1, width)
        known = ~np.isnan(grid)
        kept.append(start + np.where(known, grid, np.inf).argmin(axis=1))
        kept.append(start + np.where(known, grid, -np.inf).argmax(axis=1))
    return np.unique(np.minimum(np.concatenate(kept), bars - 1))


def drawdown(growth: F64) -> F64:
    """Return growth / its highest value so far, 1 at the start included, less 1: 0 or below, float64[n_bars]."""
    return growth / np.maximum(np.maximum.accumulate(growth), 1.0) - 1


def rolling(growth: F64, window: int, periods_per_year: float, at: npt.NDArray[np.int64]) -> tuple[F64, F64]:
    """Return the annual Sharpe ratio and volatility of the ``window`` returns up to each bar of ``at``.

    Parameters
    ----------
    growth : float64[n_bars], from 1 before the first bar
    window : bars, at least 2
    at : bars, each float64 of the result is for one of them

    Returns
    -------
    two float64[len(at)]; NaN for the first ``window - 1`` bars and where the equity is gone; a Sharpe ratio is NaN
        where no return differs from another
    """
    before = np.concatenate(([1.0], growth[:-1]))
    returns = np.divide(growth, before, out=np.full(growth.size, np.nan), where=before > 0) - 1
    mean, deviation = np.full(at.size, np.nan), np.full(at.size, np.nan)
    known = np.flatnonzero(at >= window - 1)
    step = max(1, _CHUNK // window)
    for first in range(0, known.size, step):
        some = known[first : first + step]
        part = returns[at[some][:, None] + np.arange(1 - window, 1)]
        mean[some], deviation[some] = part.mean(axis=1), part.std(axis=1, ddof=1)
        deviation[some[np.ptp(part, axis=1) == 0]] = 0.0
    year = np.sqrt(periods_per_year)
    return np.divide(year * mean, deviation, out=np.full(at.size, np.nan), where=deviation > 0), year * deviation
