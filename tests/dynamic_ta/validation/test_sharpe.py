"""Probabilistic and deflated Sharpe ratios, and track records, against the numbers that the papers print."""

import math
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.data.model import F64
from dynamic_ta.validation import SampleError
from dynamic_ta.validation.deflated_sharpe import deflated_sharpe, expected_best_sharpe
from dynamic_ta.validation.effective_trials import effective_trials
from dynamic_ta.validation.moments import Moments, moments_of
from dynamic_ta.validation.probabilistic_sharpe import probabilistic_sharpe
from dynamic_ta.validation.track_record import least_track_record
from tests.dynamic_ta.validation.histories import noise


@pytest.mark.parametrize(("skewness", "kurtosis", "printed"), [(0, 3, 0.982), (-2.448, 10.164, 0.913)])
def test_the_hedge_fund_of_the_efficient_frontier(skewness: float, kurtosis: float, printed: float) -> None:
    # Bailey and Lopez de Prado 2012, section 3: 24 months, an annual Sharpe ratio of 1.59 (0.458 a month).
    assert round(probabilistic_sharpe(Moments(0.458, skewness, kurtosis, 24), 0.0), 3) == printed


@pytest.mark.parametrize(("periods", "printed"), [(250, 2.73), (52, 2.83), (12, 3.24)])
def test_years_to_tell_a_sharpe_ratio_of_2_from_1(periods: int, printed: float) -> None:
    # Bailey and Lopez de Prado 2012, section 4: normal returns, daily, weekly and monthly, 95 % confidence.
    moments = Moments(2 / math.sqrt(periods), 0.0, 3.0, periods)
    assert round(least_track_record(moments, 1 / math.sqrt(periods), 0.95) / periods, 2) == printed


def test_years_for_a_typical_hedge_fund() -> None:
    # The same place: monthly returns with skewness -0.72 and kurtosis 5.78.
    months = least_track_record(Moments(2 / math.sqrt(12), -0.72, 5.78, 12), 1 / math.sqrt(12), 0.95)
    assert round(months / 12, 2) == 4.99


@pytest.mark.parametrize(
    ("trials", "skewness", "kurtosis", "printed"), [(100, -3, 10, 0.9004), (46, -3, 10, 0.9505), (88, 0, 3, 0.9505)]
)
def test_the_example_of_the_deflated_sharpe_ratio(
    trials: int, skewness: float, kurtosis: float, printed: float
) -> None:
    # Bailey and Lopez de Prado 2014, "a numerical example": five years of 250 days, annual ratio 2.5, variance 1/2.
    moments = Moments(2.5 / math.sqrt(250), skewness, kurtosis, 1250)
    assert round(deflated_sharpe(moments, 0.5 / 250, trials), 4) == printed
    if trials == 100:
        assert round(expected_best_sharpe(0.5 / 250, trials), 4) == 0.1132


@pytest.mark.parametrize(("trials", "exact"), [(10, 1.53875), (100, 2.50759), (1000, 3.24144)])
def test_the_expected_best_is_near_the_expected_largest_of_normal_numbers(trials: int, exact: float) -> None:
    # H. L. Harter, Expected values of normal order statistics, Biometrika 48, 1961, table 1.
    assert expected_best_sharpe(1.0, trials) == pytest.approx(exact, rel=0.025)


def test_one_trial_is_not_deflated() -> None:
    moments = Moments(0.1, -0.5, 4.0, 500)
    assert deflated_sharpe(moments, 0.01, 1) == probabilistic_sharpe(moments, 0.0)
    assert expected_best_sharpe(1.0, 1.2) == 0


def test_moments_are_those_of_standardised_returns() -> None:
    returns = np.random.default_rng(1).gamma(2.0, 0.01, 300) - 0.018
    found = moments_of(returns)
    standard = ((returns - returns.mean()) / returns.std()).tolist()
    assert found.skewness == pytest.approx(fmean(value**3 for value in standard), rel=1e-12)
    assert found.kurtosis == pytest.approx(fmean(value**4 for value in standard), rel=1e-12)
    assert found.sharpe == pytest.approx(fmean(returns.tolist()) / stdev(returns.tolist()), rel=1e-12)
    assert found.periods == 300


def test_the_probability_is_that_of_simulated_sharpe_ratios() -> None:
    # Of 20,000 histories whose true ratio is 0.1, how many show one below what a history shows? 5 deviations: 0.018.
    histories = np.random.default_rng(8).normal(0.1, 1.0, (20_000, 200))
    ratios = histories.mean(axis=1) / histories.std(axis=1, ddof=1)
    seen = Moments(0.15, 0.0, 3.0, 200)
    assert probabilistic_sharpe(seen, 0.1) == pytest.approx((ratios < 0.15).mean(), abs=0.018)


@settings(deadline=None)
@given(st.floats(0.01, 0.5), st.floats(-2, 2), st.floats(0, 10), st.floats(0.6, 0.99))
def test_a_record_of_the_least_length_just_reaches_the_confidence(
    ratio: float, skewness: float, more: float, confidence: float
) -> None:
    kurtosis = 1.1 + skewness**2 + more  # a distribution's kurtosis is above 1 + skewness^2
    periods = least_track_record(Moments(ratio, skewness, kurtosis, 0), 0.0, confidence)
    # The number of periods need not be whole for the formula.
    reached = probabilistic_sharpe(Moments(ratio, skewness, kurtosis, periods), 0.0)  # type: ignore[arg-type]  # a float
    assert reached == pytest.approx(confidence, abs=1e-9)


def test_no_record_is_long_enough_for_a_ratio_below_the_benchmark() -> None:
    assert least_track_record(Moments(0.1, 0.0, 3.0, 100), 0.1, 0.95) == math.inf


def test_returns_of_two_values_have_a_sharpe_ratio_without_variance() -> None:
    # A coin of 1 and -1/3 (skewness 0, kurtosis 1): the formula's variance is 1; with skewness it can vanish.
    with pytest.raises(SampleError, match="more than two different values"):
        probabilistic_sharpe(Moments(1.0, 2.0, 5.0, 10), 0.0)


def test_constant_returns_have_no_moments() -> None:
    with pytest.raises(SampleError, match="never change"):
        moments_of(np.full(30, 0.01))


# The effective number of trials, where it is known.


def orthonormal(periods: int, strategies: int) -> F64:
    """Return columns with mean 0 and no correlation at all."""
    centred = noise(periods, strategies, 1)
    return np.linalg.qr(centred - centred.mean(axis=0))[0]


def test_uncorrelated_strategies_all_count() -> None:
    assert effective_trials(orthonormal(60, 12)) == pytest.approx(12, rel=1e-12)


@pytest.mark.parametrize("periods", [40, 400])
def test_copies_count_once_whatever_their_scale_and_sign(periods: int) -> None:
    groups = orthonormal(periods, 5)
    copies = np.hstack([groups, 3 * groups, -0.1 * groups + 7, groups + 0.5] * 10)
    assert effective_trials(copies) == pytest.approx(5, rel=1e-9)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9])
def test_one_correlation_between_all_has_a_closed_form(correlation: float) -> None:
    # The eigenvalues are 1 + 7 r once and 1 - r seven times; they add to 8.
    mixed = np.sqrt(1 - correlation) * orthonormal(50, 9)[:, :8] + np.sqrt(correlation) * orthonormal(50, 9)[:, 8:]
    expected = (math.sqrt(1 + 7 * correlation) + 7 * math.sqrt(1 - correlation)) ** 2 / 8
    assert effective_trials(mixed) == pytest.approx(expected, rel=1e-10)


def test_more_strategies_than_periods_count_as_fewer_than_periods() -> None:
    assert 1 < effective_trials(noise(30, 100, 2)) < 30
