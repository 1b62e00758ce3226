"""The effective number of trials where it is known."""

import math

import numpy as np
import pytest

from dynamic_ta.data.model import F64
from dynamic_ta.validation.effective_trials import effective_trials
from tests.dynamic_ta.validation.histories import noise


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
