"""White's, Hansen's and Romano and Wolf's tests against arch on the same resamples."""

import math

import numpy as np
import pytest
from arch.bootstrap import SPA, StationaryBootstrap, StepM

from dynamic_ta.data.model import F64
from dynamic_ta.validation import SampleError, Settings, sample_of
from dynamic_ta.validation.draws import Plan
from dynamic_ta.validation.model import I64
from dynamic_ta.validation.reality_check import reality_check
from dynamic_ta.validation.resampled_means import Means, bootstrap_deviation, means_of, resampled_means
from dynamic_ta.validation.spa import consistent_centre, superior_ability
from dynamic_ta.validation.step_m import superior, superior_strategies
from tests.dynamic_ta.validation.histories import autoregressive, noise

BLOCK, RESAMPLES, SEED = 8, 400, 5


def excess_of(best: float, strategies: int = 12, periods: int = 300) -> F64:
    """Return excess returns with memory: one strategy with skill, some surely bad, of different risks."""
    columns = [autoregressive(periods, 0.3, seed, 0.01 * (1 + seed)) for seed in range(strategies)]
    excess = np.stack(columns, axis=1)
    excess[:, 3] += best
    excess[:, -3:] -= 0.05
    return excess


def indices(periods: int) -> I64:
    """Return the draws of arch's stationary bootstrap of this seed."""
    drawn = StationaryBootstrap(BLOCK, np.arange(periods), seed=SEED).bootstrap(RESAMPLES)
    return np.array([data[0][0] for data in drawn])


def means(excess: F64) -> Means:
    resampled = resampled_means(excess, [indices(len(excess))])
    return Means(len(excess), excess.mean(axis=0), resampled, bootstrap_deviation(excess, BLOCK))


def arch_spa(excess: F64) -> SPA:
    """Return arch's test of these excess returns, as losses below a benchmark of 0."""
    test = SPA(np.zeros(len(excess)), -excess, block_size=BLOCK, reps=RESAMPLES, bootstrap="stationary", seed=SEED)
    test.compute()
    return test


@pytest.mark.parametrize("best", [0.0, 0.002, 0.004, 0.01])
def test_the_reality_check_is_that_of_arch(best: float) -> None:
    excess = excess_of(best)
    # arch does not divide by the deviation whatever its flag says, so that its upper p-value is White's.
    assert reality_check(means(excess)) == arch_spa(excess).pvalues["upper"]


def test_the_resampled_means_are_those_of_the_drawn_rows() -> None:
    excess, drawn = excess_of(0.0), indices(300)
    slow = [excess[row].mean(axis=0) for row in drawn]
    np.testing.assert_allclose(resampled_means(excess, [drawn[:150], drawn[150:]]), slow, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("block", [1.0, 4.0, 25.0])
@pytest.mark.parametrize("periods", [50, 301])
def test_the_deviation_is_that_of_arch(block: float, periods: int) -> None:
    excess = excess_of(0.0, periods=periods)
    test = SPA(np.zeros(periods), -excess, block_size=int(block), reps=10, seed=SEED)
    test.compute()
    # arch has no public name for it.
    np.testing.assert_allclose(bootstrap_deviation(excess, block), np.sqrt(test._loss_diff_var), rtol=1e-10)


def test_the_deviation_is_that_of_many_resamples() -> None:
    excess = excess_of(0.0)
    many = resampled_means(excess, Plan(False, BLOCK, 20_000, 1).chunks(300))
    # The deviation of a deviation of 20,000 draws is 0.5 %.
    np.testing.assert_allclose(bootstrap_deviation(excess, BLOCK), many.std(axis=0) * math.sqrt(300), rtol=0.025)


@pytest.mark.parametrize("best", [0.002, 0.004, 0.01, 0.02])
def test_the_studentised_p_values_are_those_of_arch_on_scaled_returns(best: float) -> None:
    excess = excess_of(best)
    found = superior_ability(means(excess))
    judge = arch_spa(excess / bootstrap_deviation(excess, BLOCK)).pvalues
    assert found.statistic > 0
    assert [found.lower, found.consistent, found.upper] == judge[["lower", "consistent", "upper"]].tolist()
    assert found.lower <= found.consistent <= found.upper


def test_bad_strategies_hide_a_good_one_from_the_upper_p_value_only() -> None:
    excess = np.hstack((noise(300, 1, 1), noise(300, 200, 2) - 0.02))
    # The good one is 2.5 deviations above the benchmark: alone, that is a p-value near 0.006.
    excess[:, 0] += 2.5 * bootstrap_deviation(excess, BLOCK)[0] / math.sqrt(300) - excess[:, 0].mean()
    found = superior_ability(means(excess))
    assert found.consistent < 0.05 < found.upper


def test_where_every_strategy_loses_the_statistic_is_zero() -> None:
    excess = noise(200, 4, 1) - 0.01
    found = superior_ability(means(excess))
    assert found.statistic == 0
    assert found.lower == found.consistent == 0 or found.consistent > 0.05
    assert found.upper > 0.5


def test_a_mean_below_the_bound_of_hansen_is_not_centred() -> None:
    excess = noise(400, 3, 4)
    excess -= excess.mean(axis=0)
    deviation = bootstrap_deviation(excess, BLOCK)
    bound = deviation * math.sqrt(2 * math.log(math.log(400)) / 400)
    excess += np.array([-1.01, -0.99, 1.0]) * bound
    assert (consistent_centre(means(excess)) == 0).tolist() == [True, False, False]


def test_the_stepwise_names_are_those_of_arch() -> None:
    excess = excess_of(0.006)
    excess[:, [0, 1, 5]] += [0.004, 0.003, 0.05]
    scaled = excess / bootstrap_deviation(excess, BLOCK)
    found = means(scaled)
    for significance in (0.01, 0.05, 0.2, 0.4):
        judge = StepM(np.zeros(300), -scaled, significance, BLOCK, RESAMPLES, seed=SEED)
        judge.compute()
        named = superior(found.mean, found.resampled - consistent_centre(found), significance)
        assert np.flatnonzero(named).tolist() == judge.superior_models


def test_a_second_step_names_what_the_first_left_out() -> None:
    # Resamples of two strategies: the first is wild, so that the second is named only once the first is out.
    null = np.stack((np.linspace(0, 10, 100), np.linspace(0, 1, 100)), axis=1)
    assert superior(np.array([20.0, 2.0]), null, 0.05).tolist() == [True, True]
    assert superior(np.array([5.0, 2.0]), null, 0.05).tolist() == [False, False]


def test_scale_decides_nothing_once_studentised() -> None:
    excess = excess_of(0.004)
    scales = 10.0 ** np.arange(-6, 6)
    found, moved = superior_ability(means(excess)), superior_ability(means(excess * scales))
    assert [moved.lower, moved.consistent, moved.upper] == [found.lower, found.consistent, found.upper]


def test_without_skill_about_five_of_a_hundred_are_found() -> None:
    settings = Settings(resamples=200, block_length=1.0)
    rejected = {"reality check": 0, "SPA": 0, "StepM": 0}
    for seed in range(150):
        trials = noise(120, 8, seed)
        found = means_of(sample_of(trials[:, 0], trials), settings)
        rejected["reality check"] += reality_check(found) <= 0.05
        rejected["SPA"] += superior_ability(found).consistent <= 0.05
        rejected["StepM"] += bool(superior_strategies(found, 0.05).any())
    # 7.5 are expected of 150, and 2.7 is the deviation.
    assert all(1 <= count <= 18 for count in rejected.values()), rejected


def test_a_strategy_that_is_the_benchmark_is_refused() -> None:
    excess = noise(50, 3, 1)
    excess[:, 1] = 0.0
    with pytest.raises(SampleError, match="strategy 2 never differs from the benchmark: leave it out"):
        bootstrap_deviation(excess, 2.0)
