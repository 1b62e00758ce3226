"""Outcomes drawn from a known logistic."""

import numpy as np

from dynamic_delivery.risk.logistic import F64, Flags


def drawn(seed: int, count: int, weights: list[float], intercept: float = -1.0) -> tuple[F64, Flags]:
    """Return values in [0, 1] and outcomes drawn from the logistic of ``weights``."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(size=(count, len(weights)))
    return values, rng.uniform(size=count) < 1 / (1 + np.exp(-(intercept + values @ np.array(weights))))
