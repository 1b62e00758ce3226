"""TEMA by its definition, and by what it is for."""

import numpy as np
import pytest

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.dema import dema
from dynamic_ta.indicators.ema import ema
from dynamic_ta.indicators.tema import tema
from tests.dynamic_ta.indicators.markets import random


def test_it_is_three_times_one_ema_less_three_times_the_next_plus_the_third() -> None:
    close = random(500)["close"]
    once = ema(close, 14)[13:]
    twice = ema(once, 14)[13:]
    thrice = ema(twice, 14)[13:]
    np.testing.assert_array_equal(tema(close, 14)[39:], 3 * once[26:] - 3 * twice[13:] + thrice)


def test_on_a_parabola_it_is_not_late_where_two_means_are() -> None:
    close = 50 + 0.001 * np.arange(800.0) ** 2
    np.testing.assert_allclose(tema(close, 20)[700:], close[700:], rtol=1e-11)
    assert np.abs(dema(close, 20) - close)[700:].min() > 0.1


@pytest.mark.parametrize(("bars", "period"), [(0, 1), (39, 14), (5, 0)])
def test_too_few_bars_are_refused(bars: int, period: int) -> None:
    with pytest.raises(IndicatorInputError, match=f"period {period} does not fit {bars} bars"):
        tema(np.ones(bars), period)
