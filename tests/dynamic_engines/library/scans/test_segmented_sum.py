"""The segmented sum against fractions, a group-by, and the running sum without flags."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.scans.inclusive_sum import INCLUSIVE_SUM
from dynamic_engines.library.scans.segmented_sum import SEGMENTED_SUM


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 1500), often=st.sampled_from([1, 2, 30, 400, 2**40]))
@settings(max_examples=20, deadline=None)
@pytest.mark.parametrize("precision", Precision)
def test_fractions_agree_at_every_value(device: Device, precision: Precision, seed: int, size: int, often: int) -> None:
    rng = np.random.default_rng(seed)
    x, flags = rng.normal(0, 1, size), (rng.integers(0, often, size) == 0).astype(np.float64)
    (bound,) = SEGMENTED_SUM.error_bound((x, flags), (), precision)
    for (got,) in (
        SEGMENTED_SUM.oracle((x, flags), ()),
        SEGMENTED_SUM.on_device(device, (x, flags), (), precision),
    ):
        exact = Fraction(0)
        for n, value in enumerate(got.tolist()):
            exact = Fraction(x[n]) + (0 if flags[n] else exact)
            assert abs(Fraction(value) - exact) <= Fraction(float(np.asarray(bound)[n]))


@pytest.mark.parametrize("precision", Precision)
def test_nothing_that_was_before_a_flag_is_left_after_it(device: Device, precision: Precision) -> None:
    """A plain running sum less its value at the flag would have lost the small ones."""
    x, flags = np.full(70_001, 2.0**-10), np.zeros(70_001)
    x[:1300], flags[1300] = 2.0**100, 1  # in the first of the chunks that a lane joins
    (got,) = SEGMENTED_SUM.on_device(device, (x, flags), (), precision)
    np.testing.assert_array_equal(got[1300:], 2.0**-10 * np.arange(1, x.size - 1299))


def test_the_last_sums_are_a_group_bys(device: Device) -> None:
    rng = np.random.default_rng(1)
    groups = np.sort(rng.integers(0, 300, 20_011))
    x, flags = rng.integers(-50, 50, groups.size).astype(np.float64), np.diff(groups, prepend=-1) != 0
    (got,) = SEGMENTED_SUM.on_device(device, (x, flags.astype(np.float64)), (), Precision.FLOAT32)
    last = np.append(flags[1:], True)
    np.testing.assert_array_equal(got[last], np.bincount(groups, x)[np.unique(groups)])


def test_without_a_flag_it_is_the_running_sum(device: Device) -> None:
    x = np.random.default_rng(2).integers(-1000, 1000, 20_011).astype(np.float64)
    (got,) = SEGMENTED_SUM.on_device(device, (x, np.zeros(x.size)), (), Precision.FLOAT64)
    np.testing.assert_array_equal(got, INCLUSIVE_SUM.oracle((x,), ())[0])


def test_a_flag_that_is_neither_0_nor_1_is_named(device: Device) -> None:
    with pytest.raises(KernelDomainError, match="flags is 2 at 1: use 0, 1"):
        SEGMENTED_SUM.on_device(device, (np.zeros(3), np.array([0.0, 2, 0])), (), Precision.FLOAT32)
