"""The rolling quantile against pandas, and against sorting by hand."""

from importlib import import_module

import numpy as np
import pytest

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.rolling.quantile import ROLLING_QUANTILE

X = 100 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.01, 509)))


@pytest.mark.parametrize("period", [1, 2, 31, 509])
@pytest.mark.parametrize("level", [0.0, 0.1, 0.5, 0.99, 1.0])
def test_pandas_agrees(period: int, level: float) -> None:
    pandas = import_module("pandas")  # it comes with arch, and Pants knows no target of its name
    expected = pandas.Series(X).rolling(period).quantile(level, interpolation="linear").to_numpy()
    np.testing.assert_allclose(ROLLING_QUANTILE.oracle((X,), (period, level))[0], expected, rtol=1e-14)


@pytest.mark.parametrize("precision", Precision)
def test_signs_zeros_and_ties_are_in_order(device: Device, precision: Precision) -> None:
    x = np.random.default_rng(2).integers(-2, 3, 300).astype(np.float64) * 0.5
    x[::7] = -0.0
    for rank in range(5):
        (got,) = ROLLING_QUANTILE.on_device(device, (x,), (5, rank / 4), precision)
        assert got[4:].tolist() == [sorted(x[i - 4 : i + 1].tolist())[rank] for i in range(4, 300)]


def test_the_ends_of_the_range_are_in_order(device: Device) -> None:
    x = np.array([-1e308, 5e-324, -5e-324, 0.0, 8e307, 1.0, -1.0])
    for rank, want in enumerate(sorted(x.tolist())):
        (got,) = ROLLING_QUANTILE.on_device(device, (x * 0.5,), (7, rank / 6), Precision.FLOAT64)
        assert got[6] == pytest.approx(want * 0.5, rel=1e-13, abs=1e-300)


def test_a_level_beyond_its_range_is_refused() -> None:
    with pytest.raises(KernelDomainError, match="use 0 <= level <= 1"):
        ROLLING_QUANTILE.oracle((X,), (5, 1.01))


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("period", [2, 127, 128, 129, 257])
def test_both_ways_to_an_order_agree_with_sorting(device: Device, period: int, precision: Precision) -> None:
    """Up to 128 values are kept sorted, more are bisected; 509 values are two tiles, the second cut short."""
    x = (X - X.mean()).astype(np.float32).astype(np.float64)  # of both signs
    for rank in (0, period // 2, period - 1):
        (got,) = ROLLING_QUANTILE.on_device(device, (x,), (period, rank / max(1, period - 1)), precision)
        expected = [sorted(x[i - period + 1 : i + 1].tolist())[rank] for i in range(period - 1, x.size)]
        np.testing.assert_allclose(got[period - 1 :], expected, rtol=2e-7 if precision is Precision.FLOAT32 else 1e-15)
