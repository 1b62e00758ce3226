"""Statistics of series by hand."""

import math

import numpy as np
import pytest

from dynamic_ta.validation.statistics import STATISTICS, Statistic, cagr, max_drawdown, sharpe
from tests.dynamic_ta.validation.histories import noise


def test_sharpe_is_the_annualised_mean_over_the_sample_deviation() -> None:
    # mean 0.01, deviations -0.02, 0, 0.02: sample deviation 0.02.
    assert float(sharpe(np.array([-0.01, 0.01, 0.03]), 252)) == pytest.approx(math.sqrt(252) / 2)


def test_a_strategy_that_never_traded_has_a_ratio_of_zero_and_a_constant_gain_none() -> None:
    assert float(sharpe(np.zeros(5))) == 0
    assert math.isnan(float(sharpe(np.full(5, 0.1))))


def test_cagr_compounds() -> None:
    # 1.1 * 0.9 * 1.2 = 1.188 in three periods, of which 12 are a year.
    assert float(cagr(np.array([0.1, -0.1, 0.2]), 12)) == pytest.approx(1.188**4 - 1)
    assert float(cagr(np.array([0.1, -1.0, 0.2]), 12)) == -1


def test_a_drawdown_is_from_the_highest_wealth_the_start_included() -> None:
    # 0.9, 1.08, 0.54, 0.81: the deepest is 1 - 0.54 / 1.08.
    assert float(max_drawdown(np.array([-0.1, 0.2, -0.5, 0.5]))) == pytest.approx(0.5)
    assert float(max_drawdown(np.array([-0.1, 0.05]))) == pytest.approx(0.1)
    assert float(max_drawdown(np.array([0.1, 0.2]))) == 0
    assert float(max_drawdown(np.array([0.1, -1.0, 0.5]))) == 1


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda row: row.name)
def test_many_series_at_once_are_each_alone(statistic: Statistic) -> None:
    rows = noise(50, 7, 3).T
    alone = [float(statistic.compute(row, 252.0)) for row in rows]
    assert statistic.compute(rows, 252.0).tolist() == pytest.approx(alone, rel=1e-12)
