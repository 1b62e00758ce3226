"""The logistic regression against statsmodels, whose import takes seconds: test_fit.py has what needs none."""

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]  # pants: no-infer-dep

from dynamic_delivery.risk.logistic import F64, Flags, fit
from tests.dynamic_delivery.risk.outcomes import drawn


@pytest.mark.parametrize("seed", range(4))
def test_without_a_penalty_it_is_statsmodels_maximum_likelihood(seed: int) -> None:
    values, failed = drawn(seed, 200, [2.0, -1.0, 0.5])
    theirs = sm.Logit(failed.astype(float), sm.add_constant(values)).fit(disp=0, tol=1e-12).params
    assert fit(values, failed, 1e-12) == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("ridge", [0.1, 1.0, 10.0])
def test_with_a_penalty_it_is_statsmodels_ridge(ridge: float) -> None:
    values, failed = drawn(7, 120, [3.0, 0.0, 1.0])
    # It minimises the mean log likelihood plus alpha / 2 times the squares, so its alpha is ours over n.
    alpha = np.r_[0.0, np.full(3, ridge)] / len(failed)
    model = sm.GLM(failed.astype(float), sm.add_constant(values), family=sm.families.Binomial())
    theirs = model.fit_regularized(alpha=alpha, L1_wt=0.0, cnvrg_tol=1e-12, maxiter=2000).params
    # Theirs goes down one weight at a time, and stops a little above the optimum.
    ours = fit(values, failed, ridge)
    assert ours == pytest.approx(theirs, abs=1e-3)
    assert objective(values, failed, ridge, ours) <= objective(values, failed, ridge, theirs)


def objective(values: F64, failed: Flags, ridge: float, weights: F64) -> float:
    likely = 1 / (1 + np.exp(-(weights[0] + values @ weights[1:])))
    return float(-np.log(np.where(failed, likely, 1 - likely)).sum() + ridge / 2 * (weights[1:] ** 2).sum())
