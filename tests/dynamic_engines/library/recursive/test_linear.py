"""The linear recurrence against fractions, SciPy's filter, and itself in two parts."""

from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.recursive.linear import LINEAR

lfilter = import_module("scipy.signal").lfilter  # it comes with arch, and Pants knows no target of its name


@pytest.mark.parametrize("bars", [1, 17, 256, 257, 1009])
@pytest.mark.parametrize("precision", Precision)
def test_fractions_agree_within_half_a_unit_and_u_squared(device: Device, bars: int, precision: Precision) -> None:
    """Inputs that float32 holds: what is left is one rounding of y, where a plain loop collects one a bar."""
    rng = np.random.default_rng(bars)
    a, b = (rng.uniform(-1, 1, bars).astype(np.float32).astype(np.float64) for _ in range(2))
    (got,) = LINEAR.on_device(device, (a, b, np.ones(1)), (1,), precision)
    exact, magnitude, u = Fraction(1), Fraction(1), Fraction(float(np.finfo(precision.dtype).eps)) / 2
    for value, factor, addend in zip(got.tolist(), a.tolist(), b.tolist(), strict=True):
        exact = Fraction(factor) * exact + Fraction(addend)
        magnitude = abs(Fraction(factor)) * magnitude + abs(Fraction(addend))
        assert abs(Fraction(value) - exact) <= u * abs(exact) + (6 * 1024 * u) ** 2 * magnitude


@pytest.mark.parametrize("factor", [0.99, -0.5, 1.0])
def test_a_constant_factor_is_scipys_filter(device: Device, factor: float) -> None:
    b = np.random.default_rng(1).normal(0, 1, 70_001)
    judge = lfilter([1.0], [1.0, -factor], b)
    (got,) = LINEAR.on_device(device, (np.full(b.size, factor), b, np.zeros(1)), (1,), Precision.FLOAT64)
    np.testing.assert_allclose(got, judge, rtol=0, atol=1e-12 * np.abs(judge).max())


def test_many_series_are_what_each_is_alone_to_the_bit(device: Device) -> None:
    rng = np.random.default_rng(2)
    a, b, start = rng.uniform(-1, 1, (5, 1009)), rng.normal(0, 1, (5, 1009)), rng.normal(0, 1, 5)
    (together,) = LINEAR.on_device(device, (a.ravel(), b.ravel(), start), (5,), Precision.FLOAT32)
    alone = [
        LINEAR.on_device(device, (a[n], b[n], start[n : n + 1]), (1,), Precision.FLOAT32)[0] for n in range(start.size)
    ]
    np.testing.assert_array_equal(together, np.concatenate(alone))


@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_a_series_in_two_parts_goes_on_where_it_stopped(device: Device, data: st.DataObject) -> None:
    """Whole numbers, which do not round: chunks begin elsewhere in the second part."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    bars = data.draw(st.integers(2, 700))
    cut = data.draw(st.integers(1, bars - 1))
    a, b = rng.choice([-1.0, 0.0, 1.0], bars, p=[0.3, 0.01, 0.69]), rng.integers(-9, 10, bars).astype(np.float64)
    (whole,) = LINEAR.on_device(device, (a, b, np.array([5.0])), (1,), Precision.FLOAT32)
    (head,) = LINEAR.on_device(device, (a[:cut], b[:cut], np.array([5.0])), (1,), Precision.FLOAT32)
    (tail,) = LINEAR.on_device(device, (a[cut:], b[cut:], head[-1:]), (1,), Precision.FLOAT32)
    np.testing.assert_array_equal(whole, np.concatenate((head, tail)))
    y = 5.0
    for value, factor, addend in zip(whole.tolist(), a.tolist(), b.tolist(), strict=True):
        y = factor * y + addend
        assert value == y


@pytest.mark.parametrize(
    ("a", "b", "start", "series", "said"),
    [
        ([1.0, np.nan], [0.0, 0.0], [0.0], 1, "a is nan at 1"),
        ([1.0], [np.inf], [0.0], 1, "b is inf at 0"),
        ([1.0], [0.0], [-np.inf], 1, "start is -inf at 0"),
        ([1.0, 1.0], [0.0], [0.0], 1, "the lengths differ"),
        ([1.0] * 3, [0.0] * 3, [0.0] * 2, 2, "are not 2 series of one length"),
        ([1.0] * 2, [0.0] * 2, [0.0], 2, "start has 1 values for 2 series"),
        ([1.0], [0.0], [0.0], 0, "series is 0"),
        ([9.0] * 600, [0.0] * 600, [0.0], 1, "the recurrence of the magnitudes reaches inf"),
        ([1.0], [1e39], [0.0], 1, "use a larger unit"),
    ],
)
def test_what_has_no_promise_is_refused_before_the_device_sees_it(
    device: Device, a: list[float], b: list[float], start: list[float], series: int, said: str
) -> None:
    with pytest.raises(KernelDomainError, match=said):
        LINEAR.on_device(device, (np.array(a), np.array(b), np.array(start)), (series,), Precision.FLOAT32)


def test_a_long_series_in_float32_loses_one_rounding_where_a_plain_loop_loses_hundreds(device: Device) -> None:
    factor, b = float(np.float32(0.9999)), np.full(100_003, float(np.float32(0.1)))
    exact = lfilter([1.0], [1.0, -factor], b)
    (got,) = LINEAR.on_device(device, (np.full(b.size, factor), b, np.zeros(1)), (1,), Precision.FLOAT32)
    assert np.max(np.abs(got / exact - 1)) <= 1.01 * 2.0**-24
    y = np.float32(0)
    for _ in range(b.size):
        y = np.float32(factor) * y + np.float32(0.1)
    assert abs(float(y) / exact[-1] - 1) > 100 * 2.0**-24
