"""Equal weights."""

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.portfolio.market import Market
from dynamic_ta.portfolio.weights.model import Sides, Weighting, WeightTerms


def equal(market: Market, sides: Sides, terms: WeightTerms) -> F64:  # noqa: ARG001
    """Return one k-th for each of the k assets on a side, below 0 for a short; none on a side: all zero."""
    count = np.abs(sides).sum(axis=1, keepdims=True, dtype=np.int64)
    weights: F64 = sides / np.maximum(count, 1)
    return weights


EQUAL = Weighting("equal", "the same for each asset that its strategy holds", equal)
