"""Bootstrap intervals against arch with the same indices, and their coverage."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from arch.bootstrap import CircularBlockBootstrap, IIDBootstrap, StationaryBootstrap

from dynamic_ta.data.model import F64
from dynamic_ta.validation import SampleError, Settings
from dynamic_ta.validation.draws import Plan
from dynamic_ta.validation.intervals import (
    bca_interval,
    block_jackknife,
    bootstrap_interval,
    percentile_interval,
    resampled,
)
from dynamic_ta.validation.model import I64, Interval
from dynamic_ta.validation.statistics import (
    CAGR,
    MAX_DRAWDOWN,
    MEAN,
    SHARPE,
    STATISTICS,
    Statistic,
    cagr,
    max_drawdown,
    sharpe,
)
from tests.dynamic_ta.validation.histories import autoregressive, noise

RESAMPLES = 300


def indices(bootstrap: IIDBootstrap) -> I64:
    return np.array([data[0][0] for data in bootstrap.bootstrap(RESAMPLES)])


def one_number(statistic: Statistic) -> Callable[[F64], F64]:
    """Return what arch takes: a function to an array of one number."""
    return lambda series: np.atleast_1d(statistic.compute(series, 252.0))


def ends(interval: Interval) -> list[float]:
    return [interval.low, interval.high]


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda row: row.name)
@pytest.mark.parametrize("kind", [StationaryBootstrap, CircularBlockBootstrap])
def test_percentile_intervals_are_those_of_arch(statistic: Statistic, kind: type[CircularBlockBootstrap]) -> None:
    series = autoregressive(250, 0.4, 1) + 0.0005
    judge = kind(6, series, seed=9).conf_int(one_number(statistic), RESAMPLES, "percentile", 0.9)
    chunk = indices(kind(6, np.arange(series.size), seed=9))
    found = percentile_interval(resampled(series, statistic, [chunk], 252.0), 0.9)
    assert ends(found) == pytest.approx(judge[:, 0].tolist(), rel=1e-12)


@pytest.mark.parametrize("statistic", [MEAN, SHARPE, CAGR], ids=lambda row: row.name)
def test_bca_intervals_are_those_of_arch(statistic: Statistic) -> None:
    series = np.random.default_rng(2).exponential(0.01, 120) - 0.008
    judge = IIDBootstrap(series, seed=4).conf_int(one_number(statistic), RESAMPLES, "bca", 0.95)
    values = resampled(series, statistic, [indices(IIDBootstrap(np.arange(120), seed=4))], 252.0)
    left_out = block_jackknife(series, statistic, 1, 252.0)
    found = bca_interval(values, float(statistic.compute(series, 252.0)), left_out, 0.95)
    assert ends(found) == pytest.approx(judge[:, 0].tolist(), rel=1e-9)


def test_the_jackknife_leaves_out_one_block_at_a_time() -> None:
    series = np.arange(1.0, 8.0)
    # Blocks of 2: (1, 2), (3, 4), (5, 6); 7 is always there. 28 - 3, 28 - 7, 28 - 11, over 5.
    assert block_jackknife(series, MEAN, 2, 1.0).tolist() == [5.0, 4.2, 3.4]


def coverage(block_length: float, series: list[F64]) -> float:
    settings = Settings(block_length=block_length, interval="percentile", resamples=200)
    found = [bootstrap_interval(one, MEAN, settings) for one in series]
    return sum(interval.low <= 0 <= interval.high for interval in found) / len(found)


def test_blocks_cover_the_mean_of_returns_with_memory_and_single_periods_do_not() -> None:
    series = [autoregressive(250, 0.5, seed) for seed in range(100)]
    # The mean's deviation is sqrt(3) times that of independent returns, so single periods cover P(|z| < 1.96 / 1.73) =
    # 74 %. Blocks lack some coverage in finite samples. Three deviations of 100 tries are
    # 0.09 at 90 %, 0.13 at 74 %.
    assert coverage(0.0, series) > 0.81
    assert coverage(1.0, series) < 0.81


def test_an_interval_moves_and_widens_with_the_returns() -> None:
    series = autoregressive(300, 0.2, 3)
    plain = bootstrap_interval(series, MEAN, Settings())
    moved = bootstrap_interval(2 * series + 0.01, MEAN, Settings())
    assert ends(moved) == pytest.approx([2 * plain.low + 0.01, 2 * plain.high + 0.01], rel=1e-9)


def test_a_higher_confidence_is_wider() -> None:
    series = autoregressive(300, 0.2, 3)
    narrow, wide = (bootstrap_interval(series, SHARPE, Settings(confidence=share)) for share in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_a_drawdown_that_every_resample_exceeds_has_no_bca_interval() -> None:
    rising = np.concatenate((np.full(50, -0.001), np.full(250, 0.01)))[::-1]
    values = resampled(rising, MAX_DRAWDOWN, Plan(False, 5.0, 100, 1).chunks(300), 252.0)
    with pytest.raises(SampleError, match="use percentile intervals"):
        bca_interval(values, 1.0, np.array([0.1, 0.2]), 0.95)


# The statistics themselves, by hand.


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
