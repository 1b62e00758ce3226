"""The bootstrap against SciPy's, distribution against distribution, and against what theory says."""

from importlib import import_module

import numpy as np

from dynamic_engines import Device, Precision
from dynamic_engines.library.statistics.bootstrap import BOOTSTRAP

X = np.random.default_rng(4).gamma(2, 3, 101)


def test_scipys_resamples_have_the_same_distribution(device: Device) -> None:
    stats = import_module("scipy.stats")  # it comes with arch, and Pants knows no target of its name
    drawn = np.random.default_rng(8)
    theirs = stats.bootstrap((X,), np.mean, n_resamples=5000, rng=drawn, method="percentile").bootstrap_distribution
    (ours,) = BOOTSTRAP.on_device(device, (X,), (5000, 1), Precision.FLOAT64)
    # Both seeds are fixed, so this is one draw of a test that a right kernel passes 999 times of 1000.
    assert stats.ks_2samp(ours, theirs).pvalue > 1e-3
    # And a mean that is off by a tenth of its spread would not pass.
    assert stats.ks_2samp(ours + 0.1 * ours.std(), theirs).pvalue < 1e-3


def test_the_means_scatter_as_theory_says(device: Device) -> None:
    (means,) = BOOTSTRAP.on_device(device, (X,), (20_000, 3), Precision.FLOAT32)
    error = X.std() / np.sqrt(X.size)
    assert abs(means.mean() - X.mean()) < 5 * error / np.sqrt(means.size)
    assert abs(means.std() / error - 1) < 0.03


def test_another_seed_draws_other_samples_and_the_same_seed_the_same(device: Device) -> None:
    first, again, other = (BOOTSTRAP.on_device(device, (X,), (50, s), Precision.FLOAT64)[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()


def test_one_value_has_but_one_mean(device: Device) -> None:
    assert set(BOOTSTRAP.on_device(device, (np.array([3.5]),), (9, 1), Precision.FLOAT32)[0]) == {3.5}
