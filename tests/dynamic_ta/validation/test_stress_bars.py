"""Shocks to bars do what they say, and leave bars that are bars."""

from collections.abc import Callable

import numpy as np
import pytest

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.validation import SampleError
from dynamic_ta.validation.stress_bars import (
    bars_with_gap,
    bars_with_volatility,
    bars_with_worst_again,
    bars_without,
)

SHOCKS: tuple[Callable[[Bars], Bars], ...] = (
    lambda bars: bars_with_gap(bars, 30, 0.3),
    lambda bars: bars_with_volatility(bars, 3.0),
    lambda bars: bars_without(bars, 0.2, 4),
    lambda bars: bars_with_worst_again(bars, 9),
)


def made(bars: int = 60) -> Bars:
    random = np.random.default_rng(3)
    close: F64 = 100 * np.exp(np.cumsum(random.normal(0, 0.02, bars)))
    opened: F64 = close * np.exp(random.normal(0, 0.01, bars))
    high: F64 = np.maximum(opened, close) * np.exp(random.exponential(0.01, bars))
    low: F64 = np.minimum(opened, close) * np.exp(-random.exponential(0.01, bars))
    time = np.datetime64("2020-01-01", "us") + np.arange(bars) * np.timedelta64(1, "D")
    volume = np.arange(1, bars + 1, dtype=np.float64)
    return Bars("made", "0" * 64, time, opened, high, low, close, volume)


@pytest.mark.parametrize("shock", SHOCKS)
def test_shocked_bars_keep_the_rules_of_bars(shock: Callable[[Bars], Bars]) -> None:
    plain = made()
    before = plain.close.copy()
    bars = shock(plain)
    assert (np.diff(bars.time) > np.timedelta64(0, "us")).all()
    assert (bars.low <= np.minimum(bars.open, bars.close) * (1 + 1e-12)).all()
    assert (bars.high >= np.maximum(bars.open, bars.close) * (1 - 1e-12)).all()
    assert (bars.low > 0).all()
    assert not bars.close.flags.writeable
    assert len({array.size for array in (bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume)}) == 1
    assert plain.close.tolist() == before.tolist()


def test_a_gap_lowers_every_price_from_its_bar_on() -> None:
    plain, bars = made(), bars_with_gap(made(), 30, 0.25)
    assert bars.open[:30].tolist() == plain.open[:30].tolist()
    np.testing.assert_allclose(bars.low[30:] / plain.low[30:], 0.75, rtol=1e-12)


def test_volatility_multiplies_the_distance_of_returns_from_their_mean() -> None:
    plain, bars = (np.diff(np.log(bars.close)) for bars in (made(), bars_with_volatility(made(), 2.0)))
    np.testing.assert_allclose(bars - bars.mean(), 2 * (plain - plain.mean()), atol=1e-12)
    assert bars.mean() == pytest.approx(plain.mean(), abs=1e-12)


def test_dropped_bars_are_as_many_as_said_and_the_ends_stay() -> None:
    plain, bars = made(), bars_without(made(), 0.5, 1)
    assert bars.n_bars == 30
    assert set(bars.close.tolist()) <= set(plain.close.tolist())
    assert (bars.time[0], bars.time[-1]) == (plain.time[0], plain.time[-1])
    assert bars_without(made(), 0.5, 1).close.tolist() == bars.close.tolist()
    assert bars_without(made(), 0.5, 2).close.tolist() != bars.close.tolist()


def test_the_worst_fall_is_repeated_from_the_last_close() -> None:
    plain, bars = made(), bars_with_worst_again(made(), 9)
    falls = [plain.close[end] / plain.close[end - 9] for end in range(9, 60)]
    assert bars.n_bars == 69
    assert bars.close[-1] / plain.close[-1] == pytest.approx(min(falls), rel=1e-12)
    assert bars.time[60] - bars.time[59] == np.timedelta64(1, "D")


@pytest.mark.parametrize(
    "shock",
    [
        lambda bars: bars_with_gap(bars, 60, 0.1),
        lambda bars: bars_with_gap(bars, 3, 1.0),
        lambda bars: bars_without(bars, 1.0, 1),
        lambda bars: bars_with_worst_again(bars, 60),
    ],
)
def test_shocks_that_leave_no_bars_are_refused(shock: Callable[[Bars], Bars]) -> None:
    with pytest.raises(SampleError, match=r": give a "):
        shock(made())
