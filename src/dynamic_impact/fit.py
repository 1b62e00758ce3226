"""The weights of the order, fitted to the results on record when there are enough of them."""

import numpy as np
from numpy.typing import NDArray

from dynamic_impact.rank import F64, FEATURES, PRIOR, Weights, probability

ENOUGH = 10  # the prior holds a fit of few results near it; below this a single run would be all of them
NEWEST = 20_000
_SPREAD = 1.0  # how far a weight may lie from the prior's, in standard deviations of it, before results must say so
_INTERCEPT_SPREAD = 3.0
_SPREADS = np.r_[_INTERCEPT_SPREAD, np.full(len(FEATURES), _SPREAD)]
_STEPS = 50
_CLOSE = 1e-8


def fit(values: F64, failed: NDArray[np.bool_], prior: Weights = PRIOR) -> Weights:
    """Return the weights that are most probable after the results (maximum a posteriori), none against a prior's sign.

    A few results can make it look as if what failed often were safe: past failures of one room do not speak of the next
    change in another. So a weight that would turn round is 0, and the others are fitted without it.

    Parameters
    ----------
    values : float64[n_results, n_features]
    failed : bool[n_results]
    prior : the middle of a Gaussian; without results it is the answer

    Notes
    -----
    At most once a feature: O(n_features * steps * n_results * n_features**2).
    """
    design = np.column_stack([np.ones(len(values)), values])
    middle = np.r_[prior.intercept, prior.vector()]
    free = np.ones(len(middle), dtype=np.bool_)
    while True:
        weights = np.zeros(len(middle))
        weights[free] = _fitted(design[:, free], failed, middle[free], _SPREADS[free])
        turned = (weights * middle < 0) & free
        turned[0] = False  # the intercept is how often anything fails
        if not turned.any():
            return Weights(float(weights[0]), dict(zip(FEATURES, weights[1:].tolist(), strict=True)))
        free &= ~turned


def _fitted(design: F64, failed: NDArray[np.bool_], middle: F64, spreads: F64) -> F64:
    """Return the optimum of a logistic regression with a ridge towards ``middle``.

    Newton's method; the objective is strictly concave, so there is one optimum.
    """
    ridge = 1.0 / spreads**2
    weights = middle.copy()
    for _ in range(_STEPS):
        expected = probability(design @ weights)
        slope = design.T @ (failed - expected) - ridge * (weights - middle)
        curve = (design * (expected * (1 - expected))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        size = float(np.abs(step).max())
        weights += step * min(1.0, 2.0 / size) if size else step  # a first step that is too long can run away
        if size < _CLOSE:
            break
    return weights


def weights_from(values: F64, failed: NDArray[np.bool_]) -> tuple[Weights, str]:
    """Return the weights to use, and whose they are: fitted from ENOUGH failures and as many passes on, else the prior.

    Of the results, oldest first, the NEWEST are used.
    """
    values, failed = values[-NEWEST:], failed[-NEWEST:]
    failures, passes = int(failed.sum()), int((~failed).sum())
    if min(failures, passes) < ENOUGH:
        known = f"{failures} ranked failure{'s' if failures != 1 else ''} on record, {ENOUGH} are needed to fit them"
        return PRIOR, f"weights set by hand ({known})"
    return fit(values, failed), f"weights fitted to {failures + passes} results on record, {failures} of them failures"
