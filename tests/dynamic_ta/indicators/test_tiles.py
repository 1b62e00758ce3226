"""How a series is cut, against the promise that its bounds build on."""

from fractions import Fraction

import pytest

from dynamic_engines import Precision
from dynamic_ta.indicators.tiles import settle_bars, tiling


@pytest.mark.parametrize(("precision", "digits"), [(Precision.FLOAT32, 24), (Precision.FLOAT64, 53)])
@pytest.mark.parametrize("weight", [Fraction(1), Fraction(2, 3), Fraction(1, 2), Fraction(1, 14), Fraction(2, 201)])
def test_a_mean_settles_to_a_sixteenth_of_a_rounding_and_not_much_further(
    precision: Precision, digits: int, weight: Fraction
) -> None:
    bars = settle_bars(float(weight), precision)
    left = Fraction(1, 16 * 2**digits)
    assert (1 - weight) ** bars <= left
    assert bars == 1 or (1 - weight) ** (bars - 2) > left


@pytest.mark.parametrize("bars", [1, 255, 256, 257, 100_003])
@pytest.mark.parametrize("lookback", [1, 255, 257, 4000, 2**31])
def test_the_tiles_cover_every_bar_with_at_most_one_and_a_half_steps_a_bar(bars: int, lookback: int) -> None:
    cut = tiling(bars, lookback)
    assert (cut.items - 1) * cut.tile < bars <= cut.items * cut.tile
    assert cut.lookback in {lookback, bars}
    assert 2 * cut.lookback <= cut.tile
