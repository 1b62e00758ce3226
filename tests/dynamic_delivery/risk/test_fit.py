"""The logistic regression against a published one, its judges against slow twins, and when fitted weights are used."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_delivery.risk.calibrate import BY_HAND, ENOUGH_CHANGES, ENOUGH_FAILURES, weights_from
from dynamic_delivery.risk.logistic import F64, Flags, fit, fit_rising, quality
from dynamic_delivery.risk.table import FACTS, REPLAYED
from tests.dynamic_delivery.risk.outcomes import drawn

# L. Spector and M. Mazzeo, Probit Analysis and Economic Education, Journal of Economic Education 11, 1980: of each
# student the grade point average, a test score, whether the new method was taught, and whether the grade rose.
_STUDENTS = """
    2.66 20 0 0, 2.89 22 0 0, 3.28 24 0 0, 2.92 12 0 0, 4 21 0 1, 2.86 17 0 0, 2.76 17 0 0, 2.87 21 0 0,
    3.03 25 0 0, 3.92 29 0 1, 2.63 20 0 0, 3.32 23 0 0, 3.57 23 0 0, 3.26 25 0 1, 3.53 26 0 0, 2.74 19 0 0,
    2.75 25 0 0, 2.83 19 0 0, 3.12 23 1 0, 3.16 25 1 1, 2.06 22 1 0, 3.62 28 1 1, 2.89 14 1 0, 3.51 26 1 0,
    3.54 24 1 1, 2.83 27 1 1, 3.39 17 1 1, 2.67 24 1 0, 3.65 21 1 1, 4 23 1 1, 3.1 21 1 0, 2.39 19 1 1
"""
# W. Greene, Econometric Analysis, 5th ed. 2003, table 21.1: the logit's constant and coefficients.
_GREENE = (-13.021, 2.826, 0.095, 2.379)


def test_without_a_penalty_it_is_the_published_maximum_likelihood() -> None:
    rows = np.array([row.split() for row in _STUDENTS.split(",")], np.float64)
    assert fit(rows[:, :3], rows[:, 3] == 1, 1e-12) == pytest.approx(_GREENE, abs=6e-4)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.01, 1.0, 30.0]), st.integers(5, 60))
def test_at_the_optimum_no_direction_leads_down(seed: int, ridge: float, count: int) -> None:
    values, failed = drawn(seed, count, [4.0, -4.0])
    weights = fit(values, failed, ridge)
    if failed.all() or not failed.any():
        assert not weights[1:].any()
        return
    design = np.column_stack([np.ones(count), values])
    # The objective is strictly convex, so no other place is level: this one is the minimum.
    slope = design.T @ (failed - 1 / (1 + np.exp(-(design @ weights)))) - np.r_[0.0, ridge * weights[1:]]
    assert np.abs(slope).max() < 1e-9


def test_facts_that_part_the_outcomes_whole_still_have_finite_weights() -> None:
    values = np.linspace(0, 1, 40)[:, None]
    weights = fit(values, values[:, 0] > 0.5, 0.01)
    assert np.isfinite(weights).all()
    assert weights[1] > 0


def test_a_fact_against_its_sign_is_left_out_and_the_rest_is_fitted_without_it() -> None:
    values, failed = drawn(3, 400, [3.0, -3.0])
    weights = fit_rising(values, failed, 1.0)
    assert weights[2] == 0.0
    assert weights[:2] == pytest.approx(fit(values[:, :1], failed, 1.0))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=30))
def test_auc_and_brier_are_those_of_all_pairs(rows: list[tuple[float, bool]]) -> None:
    likely, failed = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    pairs = [(bad, good) for bad in likely[failed] for good in likely[~failed]]
    wins = sum(1.0 if bad > good else 0.5 if bad == good else 0.0 for bad, good in pairs)
    found = quality(likely, failed)
    assert found.auc == pytest.approx(wins / len(pairs) if pairs else 0.5)
    assert found.brier == pytest.approx(sum((p - bad) ** 2 for p, bad in rows) / len(rows))


def history(seed: int, count: int, **weights: float) -> tuple[F64, Flags]:
    """Return past changes whose outcome hangs on the named facts alone."""
    return drawn(seed, count, [weights.get(name, 0.0) for name in REPLAYED], -3.0)


@pytest.mark.parametrize(
    ("count", "failures"), [(ENOUGH_CHANGES - 1, 20), (ENOUGH_CHANGES, ENOUGH_FAILURES - 1), (0, 0)]
)
def test_too_little_history_keeps_the_weights_set_by_hand_and_says_so(count: int, failures: int) -> None:
    values = np.full((count, len(REPLAYED)), 0.5)
    found = weights_from(values, np.arange(count) < failures)
    assert dict(found.by_fact) == BY_HAND
    assert not found.calibration.used
    assert found.probability(dict.fromkeys(REPLAYED, 0.5)) is None
    assert f"{count} past changes" in found.calibration.reason


def test_history_that_hangs_on_one_fact_gives_that_fact_the_weight() -> None:
    values, failed = history(1, 400, past_failures=8.0)
    found = weights_from(values, failed)
    assert found.calibration.used
    assert found.calibration.fitted is not None
    assert found.calibration.by_hand is not None
    assert found.calibration.fitted.auc > found.calibration.by_hand.auc
    assert max(REPLAYED, key=lambda name: found.by_fact[name]) == "past_failures"
    assert sum(found.by_fact.values()) == pytest.approx(1.0)
    assert all(found.by_fact[row.name] == row.weight for row in FACTS if not row.replayed)
    safe, risky = dict.fromkeys(REPLAYED, 0.2), {**dict.fromkeys(REPLAYED, 0.2), "past_failures": 0.9}
    low, high = found.probability(safe), found.probability(risky)
    assert low is not None
    assert high is not None
    assert low < high


def test_history_that_hangs_on_nothing_keeps_the_weights_set_by_hand() -> None:
    values, failed = history(2, 300)
    failed = np.random.default_rng(5).uniform(size=300) < 0.3
    found = weights_from(values, failed)
    assert not found.calibration.used
    assert dict(found.by_fact) == BY_HAND
    assert "no better" in found.calibration.reason


def test_the_same_history_gives_the_same_weights() -> None:
    values, failed = history(4, 200, lines=6.0, age=2.0)
    assert weights_from(values, failed) == weights_from(values.copy(), failed.copy())
