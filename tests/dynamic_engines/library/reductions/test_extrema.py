"""Minimum and maximum against Python's own, ties and blocks included."""

import numpy as np
import pytest

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.reductions.extrema import EXTREMA


@pytest.mark.parametrize("size", [1, 2, 63, 65, 8192, 8193, 3 * 8192 + 7])
@pytest.mark.parametrize("precision", Precision)
def test_python_agrees_and_the_first_of_equals_is_taken(device: Device, size: int, precision: Precision) -> None:
    values = np.random.default_rng(size).integers(-9, 10, size).astype(np.float64)
    numbers = values.tolist()
    least, greatest = min(numbers), max(numbers)
    expected = [least, greatest, numbers.index(least), numbers.index(greatest)]
    assert [line[0] for line in EXTREMA.on_device(device, (values,), (), precision)] == expected


@pytest.mark.parametrize("at", [0, 8191, 8192, 20_000])
def test_a_place_in_any_block_is_found(device: Device, at: int) -> None:
    values = np.zeros(20_011)
    values[at] = 1.0
    values[20_010 - at] = -1.0
    (_, _, least_at, greatest_at) = EXTREMA.on_device(device, (values,), (), Precision.FLOAT32)
    assert (least_at.tolist(), greatest_at.tolist()) == ([20_010 - at], [at])


def test_an_empty_series_and_what_float32_cannot_hold_are_refused(device: Device) -> None:
    with pytest.raises(KernelDomainError, match="empty series"):
        EXTREMA.oracle((np.zeros(0),), ())
    with pytest.raises(KernelDomainError, match="float32 cannot hold"):
        EXTREMA.on_device(device, (np.array([0.1]),), (), Precision.FLOAT32)
