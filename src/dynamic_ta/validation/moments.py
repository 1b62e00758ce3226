"""Skewness, kurtosis, and how uncertain they make a Sharpe ratio."""

import math
from dataclasses import dataclass

from dynamic_ta.data.model import F64
from dynamic_ta.validation.errors import SampleError
from dynamic_ta.validation.inputs import check_varies


@dataclass(frozen=True, slots=True)
class Moments:
    """Of a return series.

    Parameters
    ----------
    sharpe : a period's mean / sample deviation, not annualised
    skewness : third central moment / deviation^3, of the population
    kurtosis : fourth central moment / deviation^4, of the population; 3 for a normal distribution
    periods : how many returns, at least 2
    """

    sharpe: float
    skewness: float
    kurtosis: float
    periods: int

    @property
    def sharpe_variance(self) -> float:
        """The variance of the estimated Sharpe ratio, times ``periods - 1`` (Mertens 2002; Lo 2002 for normal returns).

        Raises
        ------
        SampleError : it is not positive, as for returns with two values only
        """
        variance = 1 - self.skewness * self.sharpe + (self.kurtosis - 1) / 4 * self.sharpe**2
        if not variance > 0:
            raise SampleError("the Sharpe ratio has no variance", "give returns with more than two different values")
        return variance


def moments_of(returns: F64) -> Moments:
    """Return the moments of float64[n_periods], n_periods >= 2.

    Raises
    ------
    SampleError : constant returns
    """
    check_varies("the returns", returns)
    centred = returns - returns.mean()
    square = float((centred**2).mean())
    if not square > 0:
        raise SampleError("the returns hardly vary", "give returns as shares, 0.01 for one percent")
    deviation = math.sqrt(square * returns.size / (returns.size - 1))
    skewness = float((centred**3).mean()) / square**1.5
    return Moments(float(returns.mean()) / deviation, skewness, float((centred**4).mean()) / square**2, returns.size)
