"""The words of the error bounds."""

import math

import numpy as np

from dynamic_engines import Precision


def unit(precision: Precision) -> float:
    """Return u, the most that one rounding may move a value, relative to it."""
    return float(np.finfo(precision.dtype).eps) / 2


def gamma(n: float, u: float) -> float:
    """Return Higham's bound on the product of n roundings; where they may eat every digit there is none.

    References
    ----------
    .. [1] N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, lemma 3.1
    """
    return n * u / (1 - n * u) if n * u < 1 else math.inf
