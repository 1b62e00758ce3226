"""How long the blocks of a bootstrap should be."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.validation.inputs import check_varies

_LEAST_RUN = 5


@dataclass(frozen=True, slots=True)
class BlockLengths:
    """Periods, for blocks of geometric and of one length; below 1 for a series without memory."""

    stationary: float
    circular: float


def block_lengths(series: F64) -> BlockLengths:
    """Return the block lengths with the least mean squared error of the variance of the mean.

    Parameters
    ----------
    series : float64[n_periods], finite, not constant, n_periods >= 20

    Returns
    -------
    BlockLengths, at most min(3 sqrt(n), n / 3) rounded up

    Raises
    ------
    SampleError : a constant series

    Notes
    -----
    (2 g^2 / d)^(1/3) n^(1/3) with g = sum h(k/M) |k| R(k), d = c (sum h(k/M) R(k))^2, c = 2 or 4/3 [2]_, the flat-top
    window h, and R the autocovariance. M is twice the first lag from which max(5, log10 n) autocorrelations are within
    2 sqrt(log10(n) / n). That first lag, and the bounds, are those of A. Patton's program, which R's np and Python's
    arch follow too. The autocorrelation at lag k is R(k) / R(0), as in [1]_; arch divides by the variances of the parts
    that overlap, and so finds another M for one short series in four (30 periods), and for one in 100 at 400 periods.
    O(n sqrt(n)).

    References
    ----------
    .. [1] D. N. Politis and H. White, Automatic block-length selection for the dependent bootstrap, Econometric
       Reviews 23, 2004
    .. [2] A. Patton, D. N. Politis and H. White, Correction to [1], Econometric Reviews 28, 2009
    """
    check_varies("the returns", series)
    periods = series.size
    run = max(_LEAST_RUN, int(math.log10(periods)))
    most_lag = min(math.ceil(math.sqrt(periods)) + run, periods - 1)
    centred = series - series.mean()
    covariance = np.array([centred[lag:] @ centred[: periods - lag] / periods for lag in range(most_lag + 1)])
    window = min(2 * _first_quiet_lag(covariance, run, periods), most_lag)
    lag = np.arange(1, window + 1)
    weight = np.minimum(1, 2 * (1 - lag / window))
    spread = 2 * float(weight * lag @ covariance[1 : window + 1])
    variance = float(covariance[0] + 2 * weight @ covariance[1 : window + 1])
    most = math.ceil(min(3 * math.sqrt(periods), periods / 3))
    # A variance of 0 asks for endless blocks; a spread of 0 as well as of noise for none.
    ratio = 2 * spread**2 * periods / variance**2 if variance else math.inf
    return BlockLengths(min((ratio / 2) ** (1 / 3), most), min((ratio * 3 / 4) ** (1 / 3), most))


def _first_quiet_lag(covariance: F64, run: int, periods: int) -> int:
    """Return the first lag that begins ``run`` small autocorrelations; the last lag where there is none."""
    small = np.abs(covariance) < 2 * math.sqrt(math.log10(periods) / periods) * covariance[0]
    for lag in range(1, small.size - run + 1):
        if small[lag : lag + run].all():
            return lag
    return int(small.size - 1)
