"""Returns to validate."""

import numpy as np

from dynamic_ta.data.model import F64


def noise(periods: int, strategies: int, seed: int, scale: float = 0.01) -> F64:
    """Return float64[periods, strategies] of independent normal returns without skill."""
    return np.random.default_rng(seed).normal(0.0, scale, (periods, strategies))


def autoregressive(periods: int, phi: float, seed: int, scale: float = 0.01) -> F64:
    """Return float64[periods], x[t] = phi x[t - 1] + noise, begun in its stationary distribution; the mean is 0."""
    random = np.random.default_rng(seed).normal(0.0, scale, periods)
    series = np.empty(periods)
    series[0] = random[0] / np.sqrt(1 - phi**2)
    for period in range(1, periods):
        series[period] = phi * series[period - 1] + random[period]
    return series
