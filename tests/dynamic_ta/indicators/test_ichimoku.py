"""Ichimoku's lines against a twin that walks its windows, TA-Lib's MIDPRICE, and by hand."""

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.ichimoku import ICHIMOKU, ichimoku, ichimoku_warm_up
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.judges import farthest
from tests.dynamic_ta.indicators.markets import inputs, random, real


def twin(
    high: F64, low: F64, close: F64, conversion: int, base: int, span: int, displacement: int
) -> tuple[F64, F64, F64, F64, F64]:
    """Return the lines bar by bar, each from the bars that it is made of."""

    def middle(bar: int, period: int) -> float:
        if bar < period - 1:
            return np.nan
        window = slice(bar - period + 1, bar + 1)
        return float(max(high[window]) + min(low[window])) / 2

    lines = np.full((5, close.size), np.nan)
    for bar in range(close.size):
        drawn = bar - displacement
        lines[0, bar], lines[1, bar] = middle(bar, conversion), middle(bar, base)
        if drawn >= 0:
            lines[2, bar] = (middle(drawn, conversion) + middle(drawn, base)) / 2
            lines[3, bar], lines[4, bar] = middle(drawn, span), close[drawn]
    return lines[0], lines[1], lines[2], lines[3], lines[4]


@pytest.mark.parametrize("chosen", [(9, 26, 52, 26), (9, 26, 52, 25), (2, 3, 4, 0), (50, 10, 5, 7)])
@pytest.mark.parametrize("market", [real("sp500"), real("nasdaq"), random(1009)], ids=["sp500", "nasdaq", "random"])
def test_the_middles_of_talib_agree_to_the_last_bit(market: dict[str, F64], chosen: tuple[int, int, int, int]) -> None:
    high, low, close = inputs(ICHIMOKU, market)
    fast, slow, slowest = (talib.MIDPRICE(high, low, period) for period in chosen[:3])
    bars = close.size - chosen[3]
    later = [np.concatenate([np.full(chosen[3], np.nan), line[:bars]]) for line in ((fast + slow) / 2, slowest, close)]
    assert farthest(ichimoku(high, low, close, *chosen), (fast, slow, *later)) == 0


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1e300, 1e300)] * 3), min_size=1, max_size=40), st.data())
def test_the_twin_agrees_and_each_line_has_its_warm_up(
    bars: list[tuple[float, float, float]], data: st.DataObject
) -> None:
    high, low, close = (np.array(line) for line in zip(*bars, strict=True))
    displacement = data.draw(st.integers(0, len(bars) - 1))
    periods = [data.draw(st.integers(1, len(bars) - displacement)) for _ in range(3)]
    chosen = periods[0], periods[1], periods[2], displacement
    lines = ichimoku(high, low, close, *chosen)
    assert farthest(lines, twin(high, low, close, *chosen)) == 0
    assert [int(np.isnan(line).sum()) for line in lines] == list(ichimoku_warm_up(*chosen))


def test_by_hand() -> None:
    # Highs 3 5 9 8, lows 1 3 5 2. Over 1 bar the middles are 2 4 7 5, over 2 bars 3 5 5.5, over 3 bars 5 5.5; the last
    # three lines come a bar later.
    high, low, close = np.array([[3.0, 5, 9, 8], [1.0, 3, 5, 2], [2.0, 4, 8, 3]])
    lines = ichimoku(high, low, close, 1, 2, 3, 1)
    nan = np.nan
    want = [[2, 4, 7, 5], [nan, 3, 6, 5.5], [nan, nan, 3.5, 6.5], [nan, nan, nan, 5], [nan, 2, 4, 8]]
    np.testing.assert_array_equal(lines, want)


def test_the_cloud_over_a_bar_was_known_a_displacement_before_and_no_close_to_come_is_read() -> None:
    high, low, close = inputs(ICHIMOKU, random(200))
    lines = ichimoku(high, low, close, 9, 26, 52, 26)
    for changed in range(200):
        later = [np.where(np.arange(200) >= changed, 2 * line, line) for line in (high, low, close)]
        others = ichimoku(later[0], later[1], later[2], 9, 26, 52, 26)
        for line, other, known in zip(lines, others, (0, 0, 26, 26, 26), strict=True):
            np.testing.assert_array_equal(line[: changed + known], other[: changed + known])


def test_a_flat_market_is_all_of_its_lines_and_huge_prices_beyond_the_limit_are_refused() -> None:
    flat = np.full(90, 0.1)
    for line, warm_up in zip(ichimoku(flat, flat, flat, 9, 26, 52, 26), (8, 25, 51, 77, 26), strict=True):
        assert set(line[warm_up:].tolist()) == {0.1}
    most = np.full(9, float(np.finfo(np.float64).max) / 2)
    assert ichimoku(most, most, most, 2, 3, 4, 2)[3][8] == most[8]
    with pytest.raises(IndicatorInputError, match=r"close is .* at bar 3, .* too large for float64"):
        ichimoku(most, most, np.where(np.arange(9) == 3, 1.1 * most, most), 2, 3, 4, 2)


@pytest.mark.parametrize(
    ("bars", "chosen", "message"),
    [
        (0, (1, 1, 1, 0), "displacement 0 does not fit 0 bars: give more bars"),
        (9, (1, 1, 1, 9), "displacement 9 does not fit 9 bars: use 0 <= displacement <= 8"),
        (9, (1, 1, 1, -1), "displacement -1 does not fit 9 bars"),
        (9, (0, 1, 1, 2), "conversion 0 does not fit 9 bars: use 1 <= conversion <= 7"),
        (9, (1, 8, 1, 2), "base 8 does not fit 9 bars: use 1 <= base <= 7"),
        (9, (1, 1, 8, 2), "span 8 does not fit 9 bars: use 1 <= span <= 7"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(bars: int, chosen: tuple[int, int, int, int], message: str) -> None:
    with pytest.raises(IndicatorInputError, match=message):
        ichimoku(np.ones(bars), np.ones(bars), np.ones(bars), *chosen)
