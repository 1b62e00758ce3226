"""Each shock does what it says and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.data.model import F64
from dynamic_ta.validation import SampleError, Settings, sample_of
from dynamic_ta.validation.statistics import max_drawdown
from dynamic_ta.validation.stress import (
    SCENARIOS,
    STRESS,
    trough,
    with_costs,
    with_gap,
    with_missed,
    with_slippage,
    with_volatility,
    with_worst_again,
    without_best,
    worst_window,
)
from tests.dynamic_ta.validation.histories import noise


def returns_of(seed: int, periods: int = 80) -> F64:
    return noise(periods, 1, seed, 0.03)[:, 0]


@settings(deadline=None)
@given(st.integers(0, 1000), st.floats(0, 0.99))
def test_a_gap_at_the_trough_deepens_the_drawdown_by_its_share(seed: int, gap: float) -> None:
    returns = returns_of(seed)
    shocked = with_gap(returns, trough(returns), gap)
    before = float(max_drawdown(returns))
    assert float(max_drawdown(shocked)) == pytest.approx(1 - (1 - before) * (1 - gap), rel=1e-9)
    assert np.prod(1 + shocked) == pytest.approx(np.prod(1 + returns) * (1 - gap), rel=1e-9)
    assert (shocked != returns).sum() <= 1


def test_volatility_keeps_the_mean_and_multiplies_the_deviation() -> None:
    returns = returns_of(1)
    shocked = with_volatility(returns, 2.5)
    assert shocked.mean() == pytest.approx(returns.mean(), abs=1e-15)
    assert shocked.std() == pytest.approx(2.5 * returns.std(), rel=1e-12)
    assert with_volatility(np.array([-0.6, 0.6]), 2.0).tolist() == [-1.0, 1.2]


def test_costs_are_paid_again() -> None:
    assert with_costs(np.array([0.01, -0.02]), np.array([0.001, 0.0]), 3.0).tolist() == pytest.approx([0.008, -0.02])
    assert with_costs(np.array([0.01]), np.array([0.001]), 1.0).tolist() == [0.01]


def test_slippage_is_lost_on_both_sides() -> None:
    # 1.1 * 0.99 * 0.99 = 1.07811.
    assert with_slippage(np.array([0.1]), 100).tolist() == pytest.approx([0.07811])


def test_missed_periods_are_as_many_as_said_and_the_same_for_a_seed() -> None:
    returns = returns_of(2)
    shocked = with_missed(returns, 0.25, 7)
    assert (shocked == 0).sum() == 20
    assert (shocked[shocked != 0] == returns[shocked != 0]).all()
    assert with_missed(returns, 0.25, 7).tolist() == shocked.tolist()
    assert with_missed(returns, 0.25, 8).tolist() != shocked.tolist()


def test_the_best_periods_are_missed_but_no_loss_is() -> None:
    assert without_best(np.array([0.1, 0.3, -0.2, 0.3]), 1).tolist() == [0.1, 0.0, -0.2, 0.3]
    assert without_best(np.array([0.1, -0.3, -0.2]), 3).tolist() == [0.0, -0.3, -0.2]


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(1, 80))
def test_the_worst_window_is_repeated_at_the_end(seed: int, window: int) -> None:
    returns = returns_of(seed)
    grown = [float(np.prod(1 + returns[start : start + window])) for start in range(80 - window + 1)]
    start = worst_window(returns, window)
    assert grown[start] == pytest.approx(min(grown), rel=1e-12)
    shocked = with_worst_again(returns, window)
    assert shocked.tolist() == [*returns.tolist(), *returns[start : start + window].tolist()]


def test_a_window_longer_than_the_history_is_refused() -> None:
    with pytest.raises(SampleError, match="give a window within the history"):
        worst_window(returns_of(1), 81)


def test_no_shock_changes_its_input_or_leaves_wealth_below_zero() -> None:
    returns = returns_of(3)
    sample = sample_of(returns, trades=returns[:20], costs=np.full(80, 1e-4))
    options = Settings(gap=1.0, volatility_factor=50.0, cost_factor=100.0, slippage_bps=10_000)
    for scenario in SCENARIOS:
        shocked = scenario.apply(sample, options)
        assert shocked is not None
        assert shocked.min() >= -1
        assert sample.returns.tolist() == returns.tolist()


def test_scenarios_that_lack_data_are_left_out_and_the_worst_is_named() -> None:
    found = STRESS.run(sample_of(returns_of(4)), Settings(gap=0.9))
    assert found.explanation.startswith("The worst of 5 scenarios is gap, with a drawdown of 9")
    assert not found.passed
    assert "costs_drawdown" not in dict(found.details)
