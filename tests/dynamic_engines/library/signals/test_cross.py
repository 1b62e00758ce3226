"""Crossings against a walk by hand."""

import numpy as np
import pytest

from dynamic_engines import Device, Precision
from dynamic_engines.library.signals.cross import CROSS


@pytest.mark.parametrize("precision", Precision)
def test_touching_is_no_cross_and_leaving_is(device: Device, precision: Precision) -> None:
    a = np.array([1.0, 2, 3, 2, 3, 2, 1, 2, 2])
    b = np.array([2.0, 2, 2, 2, 2, 2, 2, 2, 1])
    # under, touch, above, touch, above, touch, under, touch, above
    expected = [0, 0, 1, 0, 1, 0, -1, 0, 1]
    assert CROSS.oracle((a, b), ())[0].tolist() == expected
    assert CROSS.on_device(device, (a, b), (), precision)[0].tolist() == expected


def test_each_side_sees_the_others_cross(device: Device) -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.integers(-2, 3, 1009).astype(np.float64) for _ in range(2))
    (one,) = CROSS.on_device(device, (a, b), (), Precision.FLOAT64)
    (other,) = CROSS.on_device(device, (b, a), (), Precision.FLOAT64)
    np.testing.assert_array_equal(one, -other)
