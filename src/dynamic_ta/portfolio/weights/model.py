"""What every way to weigh assets has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64
from dynamic_ta.portfolio.market import Market

Sides = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class WeightTerms:
    """What the rows may read.

    Parameters
    ----------
    lookback : bars of returns that a volatility is taken over, at least 2
    fixed : a weight for each asset's name
    """

    lookback: int = 63
    fixed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weighting:
    """One row of the table; the command line, the tests and the docs use it.

    Parameters
    ----------
    name : as on the command line
    compute : (market, int8[n_bars, n_assets] sides, terms) -> float64[n_bars, n_assets]; row t from bars <= t only
    """

    name: str
    title: str
    compute: Callable[[Market, Sides, WeightTerms], F64]
