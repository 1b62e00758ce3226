"""The running sum against fractions, and what compensation is for."""

from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest

from dynamic_engines import Device, Precision
from dynamic_engines.library.scans.inclusive_sum import INCLUSIVE_SUM


@pytest.mark.parametrize("size", [1, 3, 127, 129, 8193])
@pytest.mark.parametrize("precision", Precision)
def test_fractions_agree_at_every_value(device: Device, size: int, precision: Precision) -> None:
    x = np.random.default_rng(size).normal(0, 1, size)
    (bound,) = INCLUSIVE_SUM.error_bound((x,), (), precision)
    exact = list(accumulate(map(Fraction, x.tolist())))
    for (got,) in (INCLUSIVE_SUM.oracle((x,), ()), INCLUSIVE_SUM.on_device(device, (x,), (), precision)):
        for value, want, limit in zip(got.tolist(), exact, np.asarray(bound).tolist(), strict=True):
            assert abs(Fraction(value) - want) <= Fraction(limit)


def test_a_million_tenths_in_float32_lose_no_more_than_the_roundings_of_one_block(device: Device) -> None:
    x = np.full(1_000_001, 0.1)
    (got,) = INCLUSIVE_SUM.on_device(device, (x,), (), Precision.FLOAT32)
    exact = np.arange(1, x.size + 1) * float(np.float32(0.1))
    assert np.max(np.abs(got / exact - 1)) < 36 * 2.0**-24
    plain = np.cumsum(x.astype(np.float32))
    assert np.max(np.abs(plain / exact - 1)) > 1e-3


def test_differences_of_the_running_sum_are_the_values(device: Device) -> None:
    x = np.random.default_rng(3).integers(-1000, 1000, 20_011).astype(np.float64)
    (got,) = INCLUSIVE_SUM.on_device(device, (x,), (), Precision.FLOAT64)
    np.testing.assert_array_equal(np.diff(got, prepend=0.0), x)
