"""The stochastic oscillator of the RSI, from the RSI and where the RSI stands still."""

import numpy as np
import pytest
import talib

from dynamic_ta import IndicatorInputError
from dynamic_ta.indicators.rsi import rsi
from dynamic_ta.indicators.stoch import stoch
from dynamic_ta.indicators.stochrsi import stochrsi
from tests.dynamic_ta.indicators.markets import random


def test_it_is_the_stochastic_oscillator_of_the_index() -> None:
    close = random(500)["close"]
    index = rsi(close, 14)[14:]
    place, mean = stoch(index, index, index, 5, 1, 3)
    fast, signal = stochrsi(close, 14, 5, 3)
    np.testing.assert_array_equal(fast[20:], place[6:])
    np.testing.assert_array_equal(signal[20:], mean[6:])


def test_while_the_close_stands_still_it_is_zero_though_the_index_is_rounded_at_each_bar() -> None:
    for seed in range(20):
        close = np.concatenate([random(100, seed)["close"], np.full(60, 100.0)])
        # Each of the last 30 values is of windows in which the index kept its value.
        for line, peer in zip(stochrsi(close, 14, 5, 3), talib.STOCHRSI(close, 14, 5, 3), strict=True):
            assert set(line[-30:].tolist()) == {0.0}
            assert np.abs(peer[-30:]).max() < 1e-12
        assert rsi(close, 14)[-1] == pytest.approx(rsi(close, 14)[-31])


@pytest.mark.parametrize(
    ("count", "periods", "name"),
    [(14, (14, 5, 3), "period"), (18, (14, 5, 3), "window"), (20, (14, 5, 3), "signal"), (30, (1, 5, 3), "period")],
)
def test_the_period_that_does_not_fit_is_named(count: int, periods: tuple[int, int, int], name: str) -> None:
    with pytest.raises(IndicatorInputError, match=rf"{name} \d+ does not fit {count} bars"):
        stochrsi(np.ones(count), *periods)
