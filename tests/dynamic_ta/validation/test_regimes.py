"""Regimes partition a history and look back only."""

import math
from statistics import fmean, median, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.validation import SampleError, Settings, sample_of
from dynamic_ta.validation.draws import Plan
from dynamic_ta.validation.intervals import percentile_interval
from dynamic_ta.validation.regimes import REGIMES, Split, regime_statistics, trend_regimes, volatility_regimes
from tests.dynamic_ta.validation.histories import autoregressive, noise

SPLITS = (volatility_regimes, trend_regimes)


def test_every_period_has_one_regime_and_the_first_window_none_yet() -> None:
    for regimes in SPLITS:
        split = regimes(noise(200, 1, 1)[:, 0], 20)
        assert split.of.size == 200
        assert (split.of == 0).tolist() == [True] * 20 + [False] * 180
        assert set(split.of.tolist()) == {0, 1, 2}


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(2, 15), st.integers(16, 60), st.floats(-0.5, 0.5))
def test_what_happens_at_a_period_and_later_changes_no_regime_up_to_it(
    seed: int, window: int, at: int, shock: float
) -> None:
    market = noise(61, 1, seed)[:, 0]
    changed = market.copy()
    changed[at:] = shock
    for regimes in SPLITS:
        assert regimes(changed, window).of[: at + 1].tolist() == regimes(market, window).of[: at + 1].tolist()


def test_turbulent_is_above_the_median_volatility_so_far() -> None:
    market = noise(120, 1, 2)[:, 0]
    split = volatility_regimes(market, 10)
    known: list[float] = []
    for period in range(10, 120):
        known.append(stdev(market[period - 10 : period].tolist()))
        assert split.names[split.of[period]] == ("turbulent" if known[-1] > median(known) * (1 + 1e-12) else "calm")


def test_down_is_after_a_fall_over_the_window() -> None:
    # Wealth 1, 1.1, 0.99, 0.99, 1.089: over two periods 1.1 * 0.9 = 0.99 falls, 0.9 * 1 falls, 1 * 1.1 rises.
    split = trend_regimes(np.array([0.1, -0.1, 0.0, 0.1, 0.3]), 2)
    assert [split.names[regime] for regime in split.of] == ["warm-up", "warm-up", "down", "down", "up"]


def test_statistics_of_a_regime_are_those_of_its_periods() -> None:
    returns = noise(90, 1, 3)[:, 0]
    split = Split(("a", "b", "c"), np.arange(90) % 2)
    plan = Plan(False, 5.0, 200, 1)
    found = regime_statistics(returns, split, plan.chunks(90), 252.0, 0.9)
    assert [(regime.name, regime.periods) for regime in found] == [("a", 45), ("b", 45), ("c", 0)]
    for own, regime in ((returns[::2].tolist(), found[0]), (returns[1::2].tolist(), found[1])):
        assert regime.mean == pytest.approx(fmean(own), rel=1e-12)
        assert regime.sharpe == pytest.approx(math.sqrt(252) * fmean(own) / stdev(own), rel=1e-12)
    assert math.isnan(found[2].mean)
    assert found[2].interval is None


def test_the_interval_of_a_regime_is_that_of_resamples_of_the_whole_history() -> None:
    returns = autoregressive(90, 0.3, 3)
    split = trend_regimes(returns, 10)
    plan = Plan(True, 6.0, 150, 4)
    found = regime_statistics(returns, split, plan.chunks(90), 252.0, 0.9)
    rows = [row for chunk in plan.chunks(90) for row in chunk]
    assert [statistics.interval is None for statistics in found] == [True, False, False]
    for regime, statistics in enumerate(found[1:], 1):
        slow = np.array([returns[row][split.of[row] == regime].mean() for row in rows])
        expected = percentile_interval(slow, 0.9)
        assert statistics.interval is not None
        assert [statistics.interval.low, statistics.interval.high] == pytest.approx(
            [expected.low, expected.high], rel=1e-9
        )


def test_a_strategy_that_loses_when_the_market_falls_is_told() -> None:
    market = np.repeat([0.002, -0.002], 300) + noise(600, 1, 1, 1e-3)[:, 0]
    sample = sample_of(market + noise(600, 1, 2, 1e-3)[:, 0], benchmark=market)
    found = REGIMES.run(sample, Settings())
    assert not found.passed
    assert found.explanation.startswith("The worst regime is down, with -0.2")
    assert dict(found.details)["down_periods"] > 200


def test_a_window_must_leave_periods() -> None:
    with pytest.raises(SampleError, match="give a shorter regime_window"):
        volatility_regimes(np.zeros(30), 30)
