"""What the error bounds are made of."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_engines import Precision
from dynamic_engines.rounding import gamma, smallest, unit, upload_error
from dynamic_ta.indicators.means import exponential_mean
from dynamic_ta.indicators.model import F64

__all__ = ["Extent", "extent_of", "gamma", "mean_error", "plain_mean_error", "smallest", "unit", "upload_error"]


@dataclass(frozen=True, slots=True)
class Extent:
    """What is known of a series and of its exponential mean.

    Parameters
    ----------
    largest : no value is larger in magnitude
    spread : the largest value less the smallest
    swing : no value is further from the mean before it, nor in the seed from another
    """

    largest: float
    spread: float
    swing: float

    def blurred(self, error: float) -> "Extent":
        """Return the same where each value may be off by ``error``."""
        return Extent(self.largest + error, self.spread + 2 * error, self.swing + 2 * error)


def extent_of(values: F64, period: int, weight: float) -> Extent:
    """Return the extent of ``values`` and of their mean."""
    mean = exponential_mean(values, period, weight)
    away = float(np.abs(values[period:] - mean[:-1]).max(initial=0.0))
    seed = float(np.ptp(values[:period]))
    return Extent(float(np.abs(values).max()), float(np.ptp(values)), max(away, seed))


def mean_error(extent: Extent, period: int, precision: Precision) -> float:
    """Return the most that a mean of ``kernels/common/mean.clh`` differs from the exact one of the same values.

    Parameters
    ----------
    period : bars, no weight is below 1 / period

    Notes
    -----
    Let m be the exact mean, h + l the carried one, E the bound, A the largest value, R the spread, D the swing, and
    a <= 1 an update's weight.

    1. A step s stands for a (x - h - l). Its roundings are the weight's (1 in steady state; 1 + 5 for 1 / (age + 1) in
       single, whose division is right to 2.5 ulp [1]_; 1 in double) and one each for - h, - l and the product. The
       first of these is relative to x - h, which is x - (h + l) to within |l| <= u |h|.
    2. h + s and its error are exact [2]_ where |s| <= |h|. Elsewhere h' - h is rounded, u |s|, and with it the error:
       below 2 u |s|. So c = 11 in single and 6 in double roundings of the step, |x - h - l| <= D + E, and in all
       a (gamma(c) (D + E) + 2 u^2 |h|). The errors' sum and the new pair are rounded by about 4 u^2 (A + E).
    3. An exact update shrinks an earlier error by 1 - a, so E <= (1 - a) E + a (gamma(c) (D + E) + 2 u^2 (A + E))
       + 4 u^2 (A + E). It holds for all bars if E (1 - gamma(c) - 8 u^2 / a) >= gamma(c) D + 8 u^2 A / a. The first
       value is taken exactly, and the seed is a mean whose weights are 1 / 1, 1 / 2, ..., so this covers it too.
    4. An update's 10 results and 2 operands may underflow, by ``smallest`` each; all bars together 1 / a times that.
    5. An item that starts in mid-series is off by (1 - a)^k R after k bars, which ``settle_bars`` keeps below u R / 16.
       Until then its steps are larger than D by that difference; their roundings shrink with it, and what is left of
       them is gamma(c) u R (a k + 1), with a k <= 41. D itself is known to ``plain_mean_error``. Both are below
       400 u^2 (A + R) + 8 u^2 A / a.

    References
    ----------
    .. [1] Khronos, The OpenCL Specification 1.2, 2012, section 7.4, relative error as ULPs
    .. [2] T. J. Dekker, A floating-point technique for extending the available precision, Numerische Mathematik 18,
       1971, section 4
    """
    u = unit(precision)
    steps = gamma(11 if precision is Precision.FLOAT32 else 6, u)
    squares = u * u * (16 * period + 400)
    slack = 1 - steps - squares
    if slack <= 0:
        return math.inf
    rounded = steps * extent.swing + squares * (extent.largest + extent.spread) + 12 * period * smallest(precision)
    return rounded / slack + u * extent.spread / 16


def plain_mean_error(extent: Extent, period: int) -> float:
    """Return the most that an exponential mean in plain float64, as the oracles compute it, differs from the exact one.

    Notes
    -----
    With the letters of ``mean_error``: the seed is a sum and a division, gamma(period) A. An update rounds a (x - m)
    three times and the new mean once, and shrinks what was before: 3 u D + u A / a in the end, where 1 / a <= period.
    """
    u = unit(Precision.FLOAT64)
    tiny = period * smallest(Precision.FLOAT64)
    return gamma(period + 1, u) * extent.largest + gamma(4, u) * extent.swing + tiny
