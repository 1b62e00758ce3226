"""The layer against fractions, OpenBLAS and a textbook's functions."""

from fractions import Fraction

import numpy as np
import pytest

from dynamic_engines import Device, KernelDomainError, Maths, Precision
from dynamic_engines.library.linalg.gemm import GEMM, Activation


def exact(a: np.ndarray, b: np.ndarray, bias: np.ndarray) -> list[Fraction]:
    rows = [[Fraction(value) for value in row] for row in a.tolist()]
    columns = [[Fraction(value) for value in column] for column in b.T.tolist()]
    return [
        sum((x * y for x, y in zip(row, column, strict=True)), Fraction()) + Fraction(extra)
        for row in rows
        for column, extra in zip(columns, bias.tolist(), strict=True)
    ]


@pytest.mark.parametrize("maths", Maths)
@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize(("m", "n", "k"), [(1, 1, 1), (5, 66, 33), (33, 7, 40)])
def test_fractions_agree(device: Device, m: int, n: int, k: int, precision: Precision, maths: Maths) -> None:
    rng = np.random.default_rng(m)
    a, b, bias = rng.normal(size=(m, k)), rng.normal(size=(k, n)), rng.normal(size=n)
    lines, settings = (a.ravel(), b.ravel(), bias), (m, n, k, int(Activation.NONE))
    (bound,) = GEMM.error_bound(lines, settings, precision)
    (oracle,), (got,) = GEMM.oracle(lines, settings), GEMM.on_device(device, lines, settings, precision, maths)
    for value, want, limit in zip(got.tolist(), exact(a, b, bias), np.asarray(bound).tolist(), strict=True):
        assert abs(Fraction(value) - want) <= Fraction(limit)
    np.testing.assert_allclose(oracle, (a @ b + bias).ravel(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("precision", Precision)
def test_the_activations_are_the_textbooks(device: Device, precision: Precision) -> None:
    z = np.array([-800.0, -2.0, -0.5, 0.0, 0.5, 2.0, 30.0])
    known: dict[Activation, list[float]] = {  # from tables of the functions, to the digits given
        Activation.NONE: z.tolist(),
        Activation.RELU: [0, 0, 0, 0, 0.5, 2, 30],
        Activation.TANH: [-1, -0.96402758, -0.46211716, 0, 0.46211716, 0.96402758, 1],
        Activation.LOGISTIC: [0, 0.11920292, 0.37754067, 0.5, 0.62245933, 0.88079708, 1],
    }
    for activation, want in known.items():
        lines, settings = (np.ones(1), z, np.zeros(7)), (1, 7, 1, int(activation))
        for (got,) in (GEMM.oracle(lines, settings), GEMM.on_device(device, lines, settings, precision)):
            np.testing.assert_allclose(got, want, atol=1e-7)


def test_a_sum_over_nothing_is_the_bias(device: Device) -> None:
    lines = (np.zeros(0), np.zeros(0), np.array([1.0, -2.0]))
    assert GEMM.on_device(device, lines, (3, 2, 0, 1), Precision.FLOAT64)[0].tolist() == [1, 0] * 3


def test_relaxed_maths_is_refused_where_it_has_no_bound(device: Device) -> None:
    lines = (np.ones(1), np.ones(1), np.ones(1))
    with pytest.raises(KernelDomainError, match="no bound in relaxed maths"):
        GEMM.on_device(device, lines, (1, 1, 1, int(Activation.TANH)), Precision.FLOAT32, Maths.RELAXED)


def test_a_matrix_of_another_size_is_named() -> None:
    with pytest.raises(KernelDomainError, match="b has 5 values, not 6"):
        GEMM.oracle((np.ones(4), np.ones(5), np.ones(3)), (2, 3, 2, 0))
