"""Which bars are drawn, and rolling statistics by hand."""

import math
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.report.sampling import drawdown, kept_bars, rolling


def test_few_bars_are_all_drawn() -> None:
    assert kept_bars((np.arange(3200.0),)).tolist() == list(range(3200))


@settings(deadline=None, max_examples=25)
@given(st.integers(3201, 9000), st.integers(0, 1000))
def test_of_many_bars_the_extremes_of_every_line_stay(bars: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    lines = [random.normal(size=bars).cumsum(), random.normal(size=bars)]
    lines[1][random.random(bars) < 0.3] = np.nan
    kept = kept_bars(lines)
    assert kept.size <= 800 * 6
    assert (np.diff(kept) > 0).all()
    assert (kept[0], kept[-1]) == (0, bars - 1)
    for line in lines:
        assert {int(np.nanargmin(line)), int(np.nanargmax(line))} <= set(kept.tolist())


def test_a_line_without_values_is_no_obstacle() -> None:
    assert kept_bars((np.full(8000, np.nan),)).size == 1600


def test_a_drawdown_is_from_the_start_or_a_later_peak() -> None:
    assert drawdown(np.array([0.9, 1.2, 0.6, 1.5])).tolist() == pytest.approx([-0.1, 0.0, -0.5, 0.0])


def test_rolling_statistics_are_those_of_the_window() -> None:
    growth = np.array([1.1, 1.0, 1.3, 1.2, 1.25])
    returns = [1.1 / 1 - 1, 1.0 / 1.1 - 1, 1.3 / 1.0 - 1, 1.2 / 1.3 - 1, 1.25 / 1.2 - 1]
    ratio, volatility = rolling(growth, 3, 252.0, np.array([1, 2, 4]))
    assert math.isnan(ratio[0])
    assert math.isnan(volatility[0])
    for place, end in ((1, 3), (2, 5)):
        window = returns[end - 3 : end]
        assert volatility[place] == pytest.approx(math.sqrt(252) * stdev(window), rel=1e-12)
        assert ratio[place] == pytest.approx(math.sqrt(252) * fmean(window) / stdev(window), rel=1e-12)


def test_a_flat_window_has_no_ratio_and_a_lost_account_nothing() -> None:
    ratio, volatility = rolling(np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]), 2, 252.0, np.arange(6))
    assert volatility[:3].tolist()[1:] == [0.0, 0.0]
    assert np.isnan(ratio[:3]).all()
    assert np.isnan(volatility[4:]).all()
