"""Rolling sum, extrema and variance: TA-Lib judges the oracles, the oracles judge the device around every edge."""

from fractions import Fraction

import numpy as np
import pytest
import talib

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library import Kernel
from dynamic_engines.library.rolling.extrema import ROLLING_EXTREMA
from dynamic_engines.library.rolling.sum import ROLLING_SUM
from dynamic_engines.library.rolling.variance import ROLLING_VARIANCE

_ROLLING = (ROLLING_EXTREMA, ROLLING_SUM, ROLLING_VARIANCE)
X = 100 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.01, 3001)))


@pytest.mark.parametrize("period", [2, 20, 255, 1009])
def test_talib_agrees(period: int) -> None:
    np.testing.assert_allclose(ROLLING_SUM.oracle((X,), (period,))[0], talib.SUM(X, period), rtol=1e-11)
    least, greatest = ROLLING_EXTREMA.oracle((X,), (period,))
    np.testing.assert_array_equal(least, talib.MIN(X, period))
    np.testing.assert_array_equal(greatest, talib.MAX(X, period))
    mean, variance = ROLLING_VARIANCE.oracle((X,), (period,))
    np.testing.assert_allclose(mean, talib.SMA(X, period), rtol=1e-11)
    np.testing.assert_allclose(variance, talib.VAR(X, period), rtol=1e-7)  # it subtracts sums of squares


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [1, 2, 3, 255, 256, 257, 511, 512, 513, 1024, 1025, 3001])
@pytest.mark.parametrize("kernel", _ROLLING, ids=lambda kernel: kernel.name)
def test_each_edge_of_a_launch_and_of_a_window_agrees(
    device: Device, kernel: Kernel, period: int, precision: Precision
) -> None:
    expected = kernel.oracle((X,), (period,))
    bounds = kernel.error_bound((X,), (period,), precision)
    for want, got, bound in zip(expected, kernel.on_device(device, (X,), (period,), precision), bounds, strict=True):
        assert np.flatnonzero(np.isnan(got)).tolist() == list(range(period - 1))
        assert (np.abs(got - want) <= bound)[period - 1 :].all()


@pytest.mark.parametrize("kernel", _ROLLING, ids=lambda kernel: kernel.name)
def test_groups_that_are_filled_to_the_last_bar_leave_none_out(device: Device, kernel: Kernel) -> None:
    x = np.arange(4.0 * (1024 - 19)) % 2
    for size in (x.size, 8 * (512 - 19)):
        lines = kernel.on_device(device, (x[:size],), (20,), Precision.FLOAT64)
        for line, want in zip(lines, kernel.oracle((x[:size],), (20,)), strict=True):
            np.testing.assert_array_equal(line, want)


@pytest.mark.parametrize("precision", Precision)
def test_a_variance_keeps_its_digits_far_from_zero_where_sums_of_squares_lose_all(
    device: Device, precision: Precision
) -> None:
    x = (1_000_000 + np.random.default_rng(1).integers(0, 2, 1009)).astype(np.float64)
    _, got = ROLLING_VARIANCE.on_device(device, (x,), (20,), precision)
    ones = np.lib.stride_tricks.sliding_window_view(x - 1e6, 20).sum(axis=1).astype(int).tolist()
    exact = [Fraction(count, 20) - Fraction(count, 20) ** 2 for count in ones]
    error = max(abs(float(Fraction(value) - want)) for value, want in zip(got[19:].tolist(), exact, strict=True))
    assert error < (1e-6 if precision is Precision.FLOAT32 else 1e-15)


def test_moving_and_turning_the_series_moves_and_turns_the_extrema(device: Device) -> None:
    least, greatest = ROLLING_EXTREMA.on_device(device, (X,), (31,), Precision.FLOAT64)
    turned_least, turned_greatest = ROLLING_EXTREMA.on_device(device, (-X,), (31,), Precision.FLOAT64)
    np.testing.assert_array_equal(turned_greatest, -least)
    np.testing.assert_array_equal(turned_least, -greatest)


@pytest.mark.parametrize("kernel", _ROLLING, ids=lambda kernel: kernel.name)
@pytest.mark.parametrize("period", [0, 4, 2.5, -1])
def test_a_period_that_does_not_fit_is_refused(kernel: Kernel, period: float) -> None:
    with pytest.raises(KernelDomainError, match="use a whole number from 1 to 3"):
        kernel.oracle((np.ones(3),), (period,))
