"""What the error bounds are made of."""

import math

import numpy as np
import numpy.typing as npt

from dynamic_engines.model import Precision

F64 = npt.NDArray[np.float64]


def unit(precision: Precision) -> float:
    """Return u, the most that one rounding may move a value, relative to it."""
    return float(np.finfo(precision.dtype).eps) / 2


def smallest(precision: Precision) -> float:
    """Return the most that a tiny result may be off: a device may flush float32 denormals to zero."""
    limits = np.finfo(precision.dtype)
    return float(limits.smallest_normal if precision is Precision.FLOAT32 else limits.smallest_subnormal)


def upload_error(precision: Precision, *series: F64) -> float:
    """Return how far the values of ``series``, which fit ``precision``, move when they are sent to the device."""
    if precision is Precision.FLOAT64:
        return 0.0
    return max(float(np.abs(values - values.astype(np.float32)).max()) for values in series) + smallest(precision)


def gamma(n: float, u: float) -> float:
    """Return Higham's bound on the product of n roundings; where they may eat every digit there is none.

    References
    ----------
    .. [1] N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, lemma 3.1
    """
    return n * u / (1 - n * u) if n * u < 1 else math.inf
