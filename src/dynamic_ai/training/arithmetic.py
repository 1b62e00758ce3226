"""Products, sums and the exponential whose bits do not depend on the machine.

BLAS sums in an order that depends on its threads and its kernels, and NumPy's ``exp`` on the processor's vectors. Here
there is only elementwise +, -, *, / and scaling by powers of two, which IEEE 754 rounds in one way, in a fixed order.
"""

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

# ln 2 in two parts; the first ends in 11 zero bits, so that k * _LN2_HIGH is exact for every |k| < 2**11.
_LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")
_LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")
_LN2 = float.fromhex("0x1.62e42fefa39efp-1")
_LOWEST, _HIGHEST = -708.0, 709.0
_TERMS = 13  # |r| <= ln 2 / 2: the first term left out is below 5e-18


def matmul(left: F64, right: F64) -> F64:
    """Return ``left @ right``, each element summed from the first term to the last.

    Parameters
    ----------
    left : float64[n, k]
    right : float64[k, m]

    Notes
    -----
    O(n k m) time in k vector steps; for the few columns of a small network about ten times slower than BLAS.
    """
    total: F64 = left[:, :1] * right[0]
    for k in range(1, right.shape[0]):
        total = total + left[:, k : k + 1] * right[k]
    return total


def sum_rows(values: F64) -> F64:
    """Return the sum over the first axis, by halves: the error grows with the logarithm of the rows."""
    while values.shape[0] > 1:
        half = values.shape[0] // 2
        paired = values[:half] + values[half : 2 * half]
        values = np.concatenate([paired, values[2 * half :]]) if values.shape[0] % 2 else paired
    total: F64 = values[0]
    return total


def exp(x: F64) -> F64:
    """Return e to the power of ``x``, held to [-708, 709], within 2 units in the last place.

    Notes
    -----
    x = k ln 2 + r with ln 2 in two parts, a Taylor polynomial of degree 13 for r, and an exact scaling by 2**k.

    References
    ----------
    .. [1] W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980, chapter 6 (the reduction)
    """
    held = np.minimum(np.maximum(x, _LOWEST), _HIGHEST)
    k = np.rint(held / _LN2)
    r = (held - k * _LN2_HIGH) - k * _LN2_LOW
    total = np.full_like(r, 1.0)
    for n in range(_TERMS, 0, -1):
        total = 1.0 + total * r / n
    return np.ldexp(total, k.astype(np.int32))


def sigmoid(z: F64) -> F64:
    """Return 1 / (1 + exp(-z))."""
    return 1.0 / (1.0 + exp(-z))
