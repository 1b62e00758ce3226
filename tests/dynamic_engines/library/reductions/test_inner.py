"""The inner product against fractions."""

from fractions import Fraction

import numpy as np
import pytest

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.reductions.inner import INNER


@pytest.mark.parametrize("size", [1, 64, 65, 8193])
@pytest.mark.parametrize("precision", Precision)
def test_fractions_agree_where_nearly_all_cancels(device: Device, size: int, precision: Precision) -> None:
    rng = np.random.default_rng(size)
    a, b, c = (rng.normal(0, 1, size).astype(np.float32).astype(np.float64) for _ in range(3))
    # c times the last is -a b but for its rounding, so that what is left is all rounding of products.
    a, b = np.concatenate((a, c)), np.concatenate((b, -a * b / c))
    exact = sum((Fraction(x) * Fraction(y) for x, y in zip(a.tolist(), b.tolist(), strict=True)), Fraction())
    (bound,) = INNER.error_bound((a, b), (), precision)
    for got in (INNER.oracle((a, b), ()), INNER.on_device(device, (a, b), (), precision)):
        assert abs(Fraction(float(got[0][0])) - exact) <= Fraction(float(bound))
    if precision is Precision.FLOAT64:
        assert float(bound) < 1e-21


def test_the_oracle_scales_what_would_overflow_in_its_splitting() -> None:
    """Dekker's splitting multiplies by 2**27 + 1, which alone would be infinite here."""
    assert INNER.oracle((np.array([2.0**1000]), np.array([2.0**-1000])), ())[0].tolist() == [1.0]


def test_products_that_could_overflow_and_lengths_that_differ_are_refused(device: Device) -> None:
    with pytest.raises(KernelDomainError, match="may be beyond float32"):
        INNER.on_device(device, (np.full(3, 1e20), np.full(3, 1e20)), (), Precision.FLOAT32)
    with pytest.raises(KernelDomainError, match="lengths differ"):
        INNER.oracle((np.ones(3), np.ones(4)), ())
