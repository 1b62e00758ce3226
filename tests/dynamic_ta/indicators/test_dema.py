"""DEMA by its definition, and by what it is for."""

import numpy as np
import pytest

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.dema import dema
from dynamic_ta.indicators.ema import ema
from tests.dynamic_ta.indicators.markets import random


def test_by_hand() -> None:
    # Period 2, weight 2/3. EMA: 3, 3 + 2/3 (9 - 3) = 7, 7 + 2/3 (1 - 7) = 3. Its EMA: 5, 5 + 2/3 (3 - 5) = 11/3.
    np.testing.assert_allclose(dema(np.array([2.0, 4, 9, 1]), 2), [np.nan, np.nan, 9, 7 / 3], rtol=1e-14)


def test_it_is_twice_the_ema_less_the_ema_of_the_ema() -> None:
    close = random(500)["close"]
    once = ema(close, 14)
    np.testing.assert_array_equal(dema(close, 14)[26:], 2 * once[26:] - ema(once[13:], 14)[13:])


def test_on_a_straight_line_it_is_not_late() -> None:
    close = 50 + 0.25 * np.arange(600.0)
    np.testing.assert_allclose(dema(close, 20)[500:], close[500:], rtol=1e-12)
    assert (close - ema(close, 20))[500:].min() > 1


@pytest.mark.parametrize(("bars", "period"), [(0, 1), (26, 14), (5, 0)])
def test_too_few_bars_are_refused(bars: int, period: int) -> None:
    with pytest.raises(IndicatorInputError, match=f"period {period} does not fit {bars} bars"):
        dema(np.ones(bars), period)
