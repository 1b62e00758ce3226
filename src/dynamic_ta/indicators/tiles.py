"""How a series is cut into tiles, one work item each."""

import math
from dataclasses import dataclass

from dynamic_engines import Precision
from dynamic_ta.indicators.rounding import unit

TILE_BARS = 256


@dataclass(frozen=True, slots=True)
class Tiling:
    """What ``kernels/common/tile.clh`` is given.

    Parameters
    ----------
    tile : bars that an item writes
    lookback : bars that it reads before them
    items : int, the number of tiles
    """

    tile: int
    lookback: int
    items: int


def tiling(bars: int, lookback: int) -> Tiling:
    """Return tiles that are at least twice ``lookback``: at most 1.5 steps a bar, whatever the indicator."""
    lookback = min(lookback, bars)
    tile = max(TILE_BARS, 2 * lookback)
    return Tiling(tile, lookback, -(-bars // tile))


def settle_bars(weight: float, precision: Precision) -> int:
    """Return after how many bars an exponential mean has forgotten where it started, to 1/16 of a rounding.

    Notes
    -----
    Two runs of ``mean += weight * (x - mean)`` over the same values differ by (1 - weight)^k of their first difference
    after k bars. The k returned makes that less than u / 16: about 19 / weight bars in float32, 40 / weight in float64.
    """
    if weight >= 1:
        return 1
    return math.ceil(math.log(unit(precision) / 16) / math.log1p(-weight)) + 1


def forget_bars(weight: float) -> int:
    """Return after how many bars two float64 means that began differently are expected to have the same bits.

    Notes
    -----
    About 40 / weight bars bring them within a rounding of each other. From there each bar joins them with a chance of
    ``weight``: what is left of one rounding, 1 - weight, is rounded to 0 or to 1. After 24 / weight bars more they
    differ in one case of e^24. It is an expectation, not a bound: whoever uses it compares the bits.
    """
    return settle_bars(weight, Precision.FLOAT64) + math.ceil(24 / weight)
