"""How many independent trials a number of correlated ones amounts to."""

import numpy as np

from dynamic_ta.data.model import F64


def effective_trials(trials: F64) -> float:
    """Return the effective number of trials.

    Parameters
    ----------
    trials : float64[n_periods, n_strategies], finite, no constant column

    Returns
    -------
    float, 1 to n_strategies, and below n_periods

    Notes
    -----
    (sum sqrt(l))^2 / sum l over the eigenvalues l of the correlation matrix [1]_. Copies of a strategy count once:
    c groups of copies, each group as large and uncorrelated with the others, are c. Noise in the correlations lowers it
    where periods are not many more than strategies, which deflates less. The mean correlation of [2]_, appendix 3,
    would count the groups of copies as nearly as many as the strategies. O(n_periods n_strategies m), m the lesser of
    both.

    References
    ----------
    .. [1] N. W. Galwey, A new measure of the effective number of tests, Genetic Epidemiology 33, 2009
    .. [2] D. H. Bailey and M. Lopez de Prado, The deflated Sharpe ratio, Journal of Portfolio Management 40, 2014
    """
    centred = trials - trials.mean(axis=0)
    scaled = centred / np.sqrt((centred**2).sum(axis=0))
    tall = scaled.shape[0] >= scaled.shape[1]
    values = np.linalg.eigvalsh(scaled.T @ scaled if tall else scaled @ scaled.T)
    # Those of copies are rounding, whose roots would count.
    real = values[values > values[-1] * max(trials.shape) * np.finfo(np.float64).eps]
    return float(np.sqrt(real).sum() ** 2 / real.sum())
