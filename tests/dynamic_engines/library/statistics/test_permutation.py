"""Permutations against all choices there are, and against SciPy's p-value."""

from collections import Counter
from importlib import import_module
from itertools import combinations

import numpy as np

from dynamic_engines import Device, Precision
from dynamic_engines.library.statistics.permutation import PERMUTATION


def test_every_choice_comes_as_often_as_another(device: Device) -> None:
    """Powers of two tell each choice of 3 of 7 by its mean; chi-squared over the 35 of them."""
    x = np.array([1.0, 2, 4, 8, 16, 32, 64])
    draws = 35_000
    (got,) = PERMUTATION.on_device(device, (x,), (3, draws, 11), Precision.FLOAT64)
    total = float(x.sum())
    sums = [round((value + total / 4) / (1 / 3 + 1 / 4)) for value in got.tolist()]
    counts = Counter(sums)
    assert sorted(counts) == sorted(int(sum(choice)) for choice in combinations(x.tolist(), 3))
    chi_squared = sum((count - draws / 35) ** 2 / (draws / 35) for count in counts.values())
    assert chi_squared < 65.2  # the 0.1 % point of 34 degrees of freedom


def test_scipys_p_value_is_near(device: Device) -> None:
    stats = import_module("scipy.stats")  # it comes with arch, and Pants knows no target of its name
    rng = np.random.default_rng(5)
    first, second = rng.normal(0.45, 1, 40), rng.normal(0, 1, 60)

    def difference(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.asarray(np.mean(a, axis=axis) - np.mean(b, axis=axis))

    theirs = stats.permutation_test(
        (first, second), difference, vectorized=True, n_resamples=20_000, rng=np.random.default_rng(1)
    ).pvalue
    (drawn,) = PERMUTATION.on_device(device, (np.concatenate((first, second)),), (40, 20_000, 1), Precision.FLOAT64)
    observed = abs(first.mean() - second.mean())
    ours = (1 + np.count_nonzero(np.abs(drawn) >= observed)) / (1 + drawn.size)
    assert 0.005 < theirs < 0.2
    assert abs(ours - theirs) < 5 * np.sqrt(2 * theirs / 20_000)


def test_equal_values_differ_by_nothing(device: Device) -> None:
    x = np.full(37, 0.1)
    assert np.abs(PERMUTATION.on_device(device, (x,), (10, 100, 1), Precision.FLOAT64)[0]).max() < 1e-16
