"""Weights that are given."""

import math

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.portfolio.errors import TargetsError
from dynamic_ta.portfolio.market import Market
from dynamic_ta.portfolio.weights.model import Sides, Weighting, WeightTerms


def fixed(market: Market, sides: Sides, terms: WeightTerms) -> F64:
    """Return each asset's own weight where its strategy holds it, negated for a short; else it is cash.

    Raises
    ------
    TargetsError : a weight of no asset, an asset without a weight, or one below 0
    """
    for name in (*terms.fixed, *market.names):
        if name not in market.names or name not in terms.fixed:
            raise TargetsError(
                f"fixed weights of {', '.join(terms.fixed) or 'nothing'}",
                f"give one of each: {', '.join(market.names)}",
            )
    for name, weight in terms.fixed.items():
        if not 0 <= weight < math.inf:
            raise TargetsError(
                f"a fixed weight of {weight} of {name}", "give a share of the equity; rules say the side"
            )
    weights: F64 = sides.astype(np.float64) * np.array([terms.fixed[name] for name in market.names])
    return weights


FIXED = Weighting("fixed", "a weight of its own for each asset that its strategy holds", fixed)
