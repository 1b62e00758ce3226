"""Weights by inverse volatility."""

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.portfolio.errors import TargetsError
from dynamic_ta.portfolio.market import Market
from dynamic_ta.portfolio.weights.model import Sides, Weighting, WeightTerms

_LEAST = 2  # returns, for a sample deviation


def inverse_volatility(market: Market, sides: Sides, terms: WeightTerms) -> F64:
    """Return weights in proportion to 1 / volatility among the assets on a side, 1 together, below 0 for a short.

    Raises
    ------
    TargetsError : a look-back below 2 bars

    Notes
    -----
    Volatility is the sample deviation of the last ``lookback`` returns from close to close on the market's calendar.
    An asset that has none yet, or none above 0, has no weight.
    """
    volatility = volatilities(market.close, terms.lookback)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(volatility > 0, np.abs(sides) / volatility, 0.0)
    total = share.sum(axis=1, keepdims=True)
    weights: F64 = sides * np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    return weights


def volatilities(close: F64, lookback: int) -> F64:
    """Return float64[n_bars, n_assets], the sample deviation of the last ``lookback`` returns; NaN before."""
    if lookback < _LEAST:
        raise TargetsError(f"a look-back of {lookback} bars", f"give at least {_LEAST}")
    found = np.full(close.shape, np.nan)
    returns = close[1:] / close[:-1] - 1
    if len(returns) >= lookback:
        windows = np.lib.stride_tricks.sliding_window_view(returns, lookback, axis=0)
        found[lookback:] = windows.std(axis=-1, ddof=1)
    return found


INVERSE_VOLATILITY = Weighting(
    "inverse-volatility", "less for what moves more, among the assets that their strategy holds", inverse_volatility
)
