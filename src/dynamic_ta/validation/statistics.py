"""Statistics of return series, many series at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dynamic_ta.data.model import F64


@dataclass(frozen=True, slots=True)
class Statistic:
    """A number of a series. ``compute``: (float64[..., n_periods], periods a year) -> float64[...]."""

    name: str
    compute: Callable[[F64, float], F64]


def mean(returns: F64, _periods_per_year: float = 1.0) -> F64:
    """Return the mean of each period's return."""
    return np.asarray(returns.mean(axis=-1))


def sharpe(returns: F64, periods_per_year: float = 1.0) -> F64:
    """Return sqrt(periods a year) * mean / sample deviation, no risk-free rate; 0 where no return differs from 0.

    NaN where returns are constant and not 0: a mean without risk has no ratio.
    """
    average = returns.mean(axis=-1)
    still = np.ptp(returns, axis=-1) == 0
    deviation = np.where(still, np.nan, returns.std(axis=-1, ddof=1))
    ratio = np.sqrt(periods_per_year) * average / deviation
    return np.asarray(np.where(still & (returns[..., 0] == 0), 0.0, ratio))


def cagr(returns: F64, periods_per_year: float = 1.0) -> F64:
    """Return the compound growth a year, -1 where everything was lost."""
    with np.errstate(divide="ignore"):  # log(0) is what a total loss is
        grown = np.log1p(returns).mean(axis=-1)
    return np.asarray(np.expm1(grown * periods_per_year))


def max_drawdown(returns: F64, _periods_per_year: float = 1.0) -> F64:
    """Return the largest 1 - wealth / the highest wealth up to then, the start included; 0 to 1."""
    wealth = np.cumprod(1 + returns, axis=-1)
    peak = np.maximum(np.maximum.accumulate(wealth, axis=-1), 1.0)
    return np.asarray((1 - wealth / peak).max(axis=-1))


MEAN = Statistic("mean return", mean)
SHARPE = Statistic("Sharpe ratio", sharpe)
CAGR = Statistic("CAGR", cagr)
MAX_DRAWDOWN = Statistic("max drawdown", max_drawdown)
STATISTICS = (MEAN, SHARPE, CAGR, MAX_DRAWDOWN)
