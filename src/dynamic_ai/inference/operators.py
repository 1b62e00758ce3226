"""The operators that the reference defines, and how a float32 engine may err in each.

Model of the error: an elementary operation returns (exact result)(1 + d) + t with |d| <= u = 2**-24 and |t| <= 2**-126,
since an engine may flush numbers below float32's smallest normal one to zero. A sum of k products in any order errs by
at most gamma_k = k u / (1 - k u) times the sum of the absolute products.

References
----------
N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition, 2002, sections 2.2 and 3.1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
F64 = npt.NDArray[np.float64]

_U = 2.0**-24
_TINY = 2.0**-126
_LARGEST = float(np.finfo(np.float32).max)
# Engines have polynomials of their own for these. onnxruntime's sigmoid is off by up to 2.8 u of 1, not of its result
# (sigmoid(-20) is 0 there), its logarithm by up to 3.3 u of its result; both were scanned, and are allowed some more.
_SIGMOID = 8 * _U
# Division may be 2.5 units in the last place off on a GPU (OpenCL C 1.2, section 7.4), and an engine that knows the
# divisor may multiply by its reciprocal; IEEE 754 would be 1 here.
_DIV = 5 * _U
_LOG = 16 * _U


@dataclass(frozen=True, slots=True)
class Operator:
    """One row.

    Parameters
    ----------
    evaluate : (*inputs) -> output, in the dtype of the inputs
    error : (inputs, errors of the inputs, output) -> the most that a float32 engine may differ from ``output``; all
        float64, shapes as in ``evaluate``
    takes_infinity : of an infinity it makes what it makes of a large number, so that an overflow before it is harmless;
        an infinite error, which may stand for NaN, stays infinite in every row
    """

    name: str
    inputs: int
    evaluate: Callable[..., Array]
    error: Callable[[Sequence[F64], Sequence[F64], F64], F64]
    takes_infinity: bool = False


def with_overflow(value: F64, error: F64) -> F64:
    """Return ``error``, infinite where float32 cannot hold ``value``."""
    return np.where(np.abs(value) + error <= _LARGEST, error, np.inf)


def _sigmoid(x: Array) -> Array:
    # exp of a negative number only: it cannot overflow.
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small)).astype(x.dtype)


def _rounded(output: F64, carried: F64) -> F64:
    """Return ``carried`` and one rounding of a result that may be off by ``carried``."""
    return carried + _U * (np.abs(output) + carried) + _TINY


def _add_error(_: Sequence[F64], e: Sequence[F64], output: F64) -> F64:
    return _rounded(output, e[0] + e[1])


def _mul_error(x: Sequence[F64], e: Sequence[F64], output: F64) -> F64:
    return _rounded(output, np.abs(x[0]) * e[1] + np.abs(x[1]) * e[0] + e[0] * e[1])


def _div_error(x: Sequence[F64], e: Sequence[F64], output: F64) -> F64:
    # |a'/b' - a/b| <= (e_a + |a/b| e_b) / (|b| - e_b), where b' cannot be zero.
    room = np.abs(x[1]) - e[1]
    carried = np.where(room > 0, (e[0] + np.abs(output) * e[1]) / room, np.inf)
    return carried + _DIV * (np.abs(output) + carried) + _TINY


def _matmul_error(x: Sequence[F64], e: Sequence[F64], output: F64) -> F64:
    k = x[0].shape[-1]
    gamma = (k + 1) * _U / (1 - (k + 1) * _U)
    left, right = np.abs(x[0]) + e[0], np.abs(x[1]) + e[1]
    carried = e[0] @ right + np.abs(x[0]) @ e[1]
    total = left @ right
    bound: F64 = carried + gamma * total + 2 * k * _TINY + 0 * output
    # A part of a finite sum may overflow: to infinity, or to both infinities, whose sum is NaN. One answer is left only
    # where one sign does not overflow and the whole does.
    lesser = (total - np.abs(output)) / 2
    one_answer = (lesser <= _LARGEST) & (np.abs(output) > _LARGEST)
    return np.where((total > _LARGEST) & ~one_answer, np.inf, bound)


def _relu_error(_: Sequence[F64], e: Sequence[F64], output: F64) -> F64:
    return e[0] + 0 * output


def _sigmoid_error(_: Sequence[F64], e: Sequence[F64], output: F64) -> F64:
    # Its slope is at most 1/4.
    carried = np.where(np.isposinf(e[0]), np.inf, np.minimum(e[0] / 4, 1.0))
    return carried + _SIGMOID + 0 * output


def _log_error(x: Sequence[F64], e: Sequence[F64], output: F64) -> F64:
    room = x[0] - e[0]
    carried = np.where(room > 0, e[0] / room, np.where(e[0] == 0, 0.0, np.inf))
    return carried + _LOG * (np.abs(output) + carried) + _TINY


def _clip_error(x: Sequence[F64], e: Sequence[F64], output: F64) -> F64:
    low, high = x[1] - e[1], x[2] + e[2]
    up = np.minimum(np.maximum(x[0] + e[0], x[1]), high) - output
    down = output - np.maximum(np.minimum(x[0] - e[0], x[2]), low)
    return np.where(np.isposinf(e[0]), np.inf, np.maximum(np.maximum(up, down), 0.0))


def _clip(x: Array, low: Array, high: Array) -> Array:
    return np.minimum(np.maximum(x, low), high)


OPERATORS = (
    Operator("Add", 2, np.add, _add_error),
    Operator("Clip", 3, _clip, _clip_error, takes_infinity=True),
    Operator("Div", 2, np.divide, _div_error),
    Operator("Identity", 1, np.positive, _relu_error, takes_infinity=True),
    Operator("Log", 1, np.log, _log_error),
    Operator("MatMul", 2, np.matmul, _matmul_error),
    Operator("Mul", 2, np.multiply, _mul_error),
    Operator("Relu", 1, lambda x: np.maximum(x, 0).astype(x.dtype), _relu_error, takes_infinity=True),
    Operator("Sigmoid", 1, _sigmoid, _sigmoid_error, takes_infinity=True),
    Operator("Sub", 2, np.subtract, _add_error),
)
