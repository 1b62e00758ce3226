"""No value of any indicator depends on a bar that comes after it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dynamic_engines import Device, Precision
from dynamic_ta import INDICATORS, Indicator, Lines, Settings
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.sma import SMA, sma
from tests.dynamic_ta.indicators.markets import COLUMNS, inputs, random

_ROWS = [pytest.param(row, id=row.name) for row in INDICATORS]
_KERNELS = [pytest.param(row, id=row.name) for row in INDICATORS if row.kernel is not None]
_BARS = 260

Compute = Callable[[Lines], Lines]


def other_future(lines: Lines, seen: int, seed: int) -> Lines:
    """Return ``lines`` whose bars from ``seen`` on are others, some of them thousands of times as large."""
    rng = np.random.default_rng(seed)
    scale = rng.choice([0.001, 0.5, 1.5, 3000.0], size=(len(lines), lines[0].size))
    later = np.arange(lines[0].size) >= seen
    return tuple(np.where(later, factor * line, line) for factor, line in zip(scale, lines, strict=True))


def check(compute: Compute, lines: Lines, seen: int, seed: int) -> None:
    """Hold the values at the first ``seen`` bars to be the same, to the last bit, whatever comes after them."""
    for line, other in zip(compute(lines), compute(other_future(lines, seen, seed)), strict=True):
        np.testing.assert_array_equal(line[:seen], other[:seen])


def drawn_settings(row: Indicator, rng: np.random.Generator) -> Settings:
    """Return settings of which later periods are longer, since some rows ask for that."""
    longer = iter(np.sort(rng.choice(8, size=len(row.parameters), replace=False)).tolist())
    return tuple(
        int(parameter.least + next(longer))
        if isinstance(parameter.default, int)
        else float(rng.uniform(parameter.least, parameter.default))
        for parameter in row.parameters
    )


@pytest.mark.parametrize("row", _ROWS)
def test_another_future_leaves_every_value_before_it(row: Indicator) -> None:
    lines = inputs(row, random(_BARS, seed=3))
    for seen in (*range(1, _BARS, 7), _BARS - 1):
        check(partial(row.oracle, settings=row.defaults), lines, seen, seen)


@pytest.mark.parametrize("row", _ROWS)
def test_a_series_that_ends_earlier_has_the_same_values_up_to_there(row: Indicator) -> None:
    lines = inputs(row, random(_BARS, seed=4))
    whole = row.oracle(lines, row.defaults)
    for bars in range(max(row.warm_up(row.defaults)) + 1, _BARS, 5):
        for line, want in zip(row.oracle(tuple(part[:bars] for part in lines), row.defaults), whole, strict=True):
            np.testing.assert_array_equal(line, want[:bars])


@pytest.mark.parametrize("row", _ROWS)
def test_neither_settings_nor_ties_change_that(row: Indicator) -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        market = dict(zip(COLUMNS, rng.integers(1, 12, size=(len(COLUMNS), 60)).astype(np.float64), strict=True))
        lines, chosen = inputs(row, market), drawn_settings(row, rng)
        check(partial(row.oracle, settings=chosen), lines, int(rng.integers(1, 60)), seed)


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("row", _KERNELS)
def test_a_device_reads_no_later_bar_either(device: Device, row: Indicator, precision: Precision) -> None:
    lines = inputs(row, random(1100, seed=5))
    compute = partial(row.on_device, device, settings=row.defaults, precision=precision)
    for seen in (60, 255, 256, 257, 700, 1024):
        check(compute, lines, seen, seen)


@pytest.mark.parametrize("ahead", [1, 5])
def test_one_that_looks_ahead_is_caught(ahead: int) -> None:
    def early(close: F64, period: int) -> F64:
        return np.concatenate([sma(close, period)[ahead:], np.full(ahead, np.nan)])

    row = replace(SMA, compute=early)
    lines = inputs(row, random(_BARS, seed=3))
    with pytest.raises(AssertionError, match="Arrays are not equal"):
        check(partial(row.oracle, settings=(20,)), lines, 100, 1)


def test_one_that_uses_the_whole_series_is_caught() -> None:
    """Scaled by a maximum that is still to come: a usual mistake."""

    def scaled(close: F64, period: int) -> F64:
        return sma(close, period) / float(close.max())

    lines = inputs(SMA, random(_BARS, seed=3))
    with pytest.raises(AssertionError, match="Arrays are not equal"):
        check(partial(replace(SMA, compute=scaled).oracle, settings=(20,)), lines, 100, 1)
