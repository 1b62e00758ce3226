import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamic_ai.training.arithmetic import exp, matmul, sigmoid, sum_rows


def test_the_exponential_is_within_two_units_of_decimals_exact_one() -> None:
    x = np.concatenate([np.linspace(-700, 700, 1501), np.linspace(-1, 1, 501), [0.0, -0.0, 1e-300, math.log(2) / 2]])
    with localcontext() as context:
        context.prec = 40
        for got, at in zip(exp(x), x, strict=True):
            exact = Decimal(float(at)).exp()
            assert abs(Decimal(float(got)) - exact) <= 2 * Decimal(math.ulp(float(exact)))


@pytest.mark.parametrize(("z", "expected"), [(0.0, 0.5), (1e9, 1.0), (-1e9, 0.0), (math.log(3), 0.75)])
def test_the_sigmoid_has_its_known_values_and_never_overflows(z: float, expected: float) -> None:
    assert sigmoid(np.array([z]))[0] == pytest.approx(expected, abs=1e-15)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=70))
def test_a_sum_is_that_of_exact_fractions_within_a_rounding_a_level(values: list[float]) -> None:
    exact = sum(map(Fraction, values))
    size = sum(abs(Fraction(value)) for value in values)
    assert abs(Fraction(float(sum_rows(np.array(values)))) - exact) <= size * Fraction(8, 2**53)


def test_a_product_sums_from_the_first_term_to_the_last() -> None:
    left, right = np.array([[1e16, 1.0, -1e16]]), np.ones((3, 1))
    assert matmul(left, right)[0, 0] == ((1e16 + 1.0) - 1e16)
    random = np.random.default_rng(0)
    a, b = random.normal(size=(7, 4)), random.normal(size=(4, 3))
    np.testing.assert_allclose(matmul(a, b), a @ b, rtol=1e-14)
