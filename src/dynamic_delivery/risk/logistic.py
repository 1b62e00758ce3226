"""A logistic regression with a ridge, by Newton's method, and how well it tells failures apart."""

import math

import numpy as np
from numpy.typing import NDArray

from dynamic_delivery.risk.model import Quality

F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]
_STEPS = 100
_CLOSE = 1e-10
_NEAR = 1e-4
_LONGEST = 4.0  # of a step's largest part: a first step from 0 can run far beyond the optimum


def fit(values: F64, failed: Flags, ridge: float) -> F64:
    """Return the weights of greatest penalised likelihood, the intercept first.

    Minimises -log likelihood + ridge / 2 * sum of the squared weights, the intercept left out of the sum.

    Parameters
    ----------
    values : float64[n_changes, n_facts], finite
    failed : bool[n_changes]
    ridge : float, > 0: the objective is then strictly convex in the weights, also where the facts part the classes

    Returns
    -------
    float64[n_facts + 1]; with failures only, or none, the intercept is held at log-odds of (failures + 1/2) / (n + 1)

    Notes
    -----
    Newton's method, which for this likelihood is iteratively reweighted least squares [1]_; halved steps until the
    objective falls. O(steps * n_changes * n_facts**2).

    References
    ----------
    .. [1] P. McCullagh and J. Nelder, Generalized Linear Models, 2nd ed. 1989, section 2.5
    """
    if failed.all() or not failed.any():
        rate = (float(failed.sum()) + 0.5) / (len(failed) + 1)
        return np.append(math.log(rate / (1 - rate)), np.zeros(values.shape[1]))
    design = np.column_stack([np.ones(len(values)), values])
    penalty = np.r_[0.0, np.full(values.shape[1], ridge)]
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        expected = chance(design @ weights)
        slope = design.T @ (failed - expected) - penalty * weights
        curve = (design * (expected * (1 - expected))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        size = float(np.abs(step).max())
        step *= min(1.0, _LONGEST / size) if size else 1.0
        # So near to the optimum the objective's own rounding would refuse a good step.
        weights = weights + step if size < _NEAR else _downhill(design, failed, penalty, weights, step)
        if size < _CLOSE:
            break
    return weights


def fit_rising(values: F64, failed: Flags, ridge: float) -> F64:
    """Return as `fit`, no weight but the intercept below 0: those that would be are 0, the others fitted without them.

    A few failures can make it look as if a large change were safe; a score where more of a fact counts for less could
    not be explained to whoever is held back by it.
    """
    free = np.ones(values.shape[1], dtype=np.bool_)
    while True:
        weights = np.zeros(values.shape[1] + 1)
        weights[np.r_[True, free]] = fit(values[:, free], failed, ridge)
        turned = weights[1:] < 0
        if not turned.any():
            return weights
        free &= ~turned


def chance(log_odds: F64) -> F64:
    """Return the logistic of ``log_odds``, held off 0 and 1 by what a float can still tell."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -30.0, 30.0))))


def quality(likely: F64, failed: Flags) -> Quality:
    """Return the AUC (ties count half, by ranks; 0.5 where only one class is there) and the Brier score."""
    order = np.unique(likely, return_inverse=True)[1]
    counts = np.bincount(order)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[order]
    bad, good = int(failed.sum()), int((~failed).sum())
    above = float(ranks[failed].sum()) - bad * (bad + 1) / 2
    auc = above / (bad * good) if bad and good else 0.5
    return Quality(auc, float(np.mean((likely - failed) ** 2)))


def _downhill(design: F64, failed: Flags, penalty: F64, weights: F64, step: F64) -> F64:
    start = _objective(design, failed, penalty, weights)
    for halved in range(30):
        tried = weights + step * 0.5**halved
        if _objective(design, failed, penalty, tried) <= start:
            return np.asarray(tried)
    return weights


def _objective(design: F64, failed: Flags, penalty: F64, weights: F64) -> float:
    log_odds = design @ weights
    return float(np.logaddexp(0.0, log_odds).sum() - log_odds[failed].sum() + (penalty * weights**2).sum() / 2)
