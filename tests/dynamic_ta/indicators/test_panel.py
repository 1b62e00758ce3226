"""Panels against the oracle, series by series and bit for bit: however the series are cut into lanes."""

import re
from dataclasses import replace

import numpy as np
import pytest

from dynamic_engines import Device
from dynamic_ta import INDICATORS, Indicator, IndicatorInputError, Lines, Panel, Settings
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.panel import cut
from tests.dynamic_ta.indicators.markets import COLUMNS, inputs, random

_PANELS = [row for row in INDICATORS if row.panel is not None]
_ROWS = [pytest.param(row, id=row.name) for row in _PANELS]
_SERIES, _BARS = 11, 333  # neither fills the last vector, nor the last block


def row_of(name: str) -> Indicator:
    return next(row for row in INDICATORS if row.name == name)


def stacked(markets: list[dict[str, F64]]) -> dict[str, F64]:
    return {name: np.stack([market[name] for market in markets]) for name in COLUMNS}


def ties(seed: int, bars: int) -> dict[str, F64]:
    """Return bars in eighths, so with many ties, of any order of high and low, which stand still for a while."""
    rng = np.random.default_rng(seed)
    still = (np.arange(bars) > bars // 2) & (np.arange(bars) < bars * 3 // 4)
    prices = {name: rng.integers(-9, 9, bars, endpoint=True) / 8 for name in COLUMNS}
    return {name: np.abs(line) if name == "volume" else np.where(still, 0.5, line) for name, line in prices.items()}


def markets(bars: int = _BARS) -> dict[str, F64]:
    """Return a panel of what an indicator may stumble over: ties, flat ones, jumps, and no volume."""
    walks = [random(bars, seed) for seed in range(5)]
    jump = {name: np.where(np.arange(bars) < bars // 2, line, 1e9 * line) for name, line in walks[0].items()}
    flat = {name: np.full(bars, 7.3) for name in COLUMNS}
    dry = {**walks[1], "volume": np.zeros(bars)}
    return stacked([*walks, jump, flat, dry, ties(1, bars), ties(2, bars), {name: 0 * flat[name] for name in COLUMNS}])


def check(panel: Panel, lines: Lines, settings: Settings) -> None:
    got = panel.compute(lines, settings)
    bars = lines[0].shape[-1]
    for at in range(lines[0].size // bars):
        want = panel.row.oracle(tuple(line.reshape(-1, bars)[at] for line in lines), settings)
        for name, line, wanted in zip(panel.row.outputs, got, want, strict=True):
            np.testing.assert_array_equal(line.reshape(-1, bars)[at], wanted, err_msg=f"{name} {settings} series {at}")


def drawn_settings(row: Indicator, seed: int) -> Settings:
    """Return settings, some beyond the 128 values that NumPy adds in one go, and some that contradict each other."""
    rng = np.random.default_rng(seed)
    return tuple(
        int(parameter.least + rng.integers(0, (3, 12, 50, 290)[seed % 4]))
        if isinstance(parameter.default, int)
        else float(rng.uniform(parameter.least, 2 * parameter.default))
        for parameter in row.parameters
    )


def refused_by_the_oracle(row: Indicator, lines: Lines, settings: Settings) -> str:
    """Return what the oracle says against the first series, if anything."""
    try:
        row.oracle(tuple(line[0] for line in lines), settings)
    except IndicatorInputError as error:
        return error.message
    return ""


@pytest.mark.parametrize("row", _ROWS)
def test_each_series_of_a_panel_has_the_oracles_bits(row: Indicator, device: Device) -> None:
    check(Panel.of(device, row), inputs(row, markets()), row.defaults)


@pytest.mark.parametrize("row", _ROWS)
def test_with_any_settings_it_has(row: Indicator, device: Device) -> None:
    panel, lines, judged = Panel.of(device, row), inputs(row, markets()), 0
    for seed in range(24):
        settings = drawn_settings(row, seed)
        refusal = refused_by_the_oracle(row, lines, settings)
        if refusal:
            with pytest.raises(IndicatorInputError, match=re.escape(f"series 0: {refusal}")):
                panel.compute(lines, settings)
            continue
        check(panel, lines, settings)
        judged += 1
    assert judged >= 4


def small(row: Indicator) -> Settings:
    """Return settings with which a lane soon forgets where it began."""
    return tuple(
        max(parameter.least, 2 + at) if isinstance(parameter.default, int) else parameter.default
        for at, parameter in enumerate(row.parameters)
    )


@pytest.mark.parametrize("row", _ROWS)
def test_a_series_that_is_cut_into_lanes_has_the_bits_of_one_walk(row: Indicator, device: Device) -> None:
    panel = Panel.of(device, row)
    for market in (random(6_007, seed=3), ties(3, 6_007)):
        check(panel, inputs(row, market), small(row))
        check(panel, inputs(row, market), row.defaults)


@pytest.mark.parametrize("row", _ROWS)
def test_a_lane_that_begins_too_late_is_found_out_and_walked_again(row: Indicator, device: Device) -> None:
    assert row.panel is not None
    if row.panel.settles(*row.defaults):
        hasty = replace(row, panel=replace(row.panel, settles=lambda *_: 1))
        check(Panel.of(device, hasty), inputs(row, random(6_007, seed=4)), row.defaults)


def test_few_series_are_cut_and_many_are_not() -> None:
    kernel = row_of("ema").panel
    assert kernel is not None
    alone = cut(kernel, (20,), 19, 1, 100_000, 16)
    assert (alone.tiles, alone.length, alone.seam) == (16, alone.lead + alone.stride, alone.lead)
    assert (alone.tiles - 1) * alone.stride + alone.lead < 100_000 <= alone.tiles * alone.stride + alone.lead
    assert cut(kernel, (20,), 19, 9, 100_000, 16).tiles == 1
    assert cut(kernel, (20,), 19, 1, 1_000, 16).tiles == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", _ROWS)
def test_a_series_that_the_oracle_refuses_is_named_with_its_bar(row: Indicator, bad: float, device: Device) -> None:
    lines = tuple(line.copy() for line in inputs(row, markets()))
    lines[-1][7, 200] = bad
    with pytest.raises(IndicatorInputError, match=f"series 7: {row.inputs[-1]} is {bad} at bar 200"):
        Panel.of(device, row).compute(lines, row.defaults)


def test_values_too_large_for_a_panel_are_the_oracles(device: Device) -> None:
    row = row_of("ema")
    close = markets()["close"]
    close[4] *= 1e200
    check(Panel.of(device, row), (close,), (20,))


def test_a_series_may_come_alone_and_results_may_go_where_the_last_ones_are(device: Device) -> None:
    panel = Panel.of(device, row_of("sma"))
    close = random(50)["close"]
    (first,) = out = panel.compute((close,), (5,))
    assert first.shape == (50,)
    assert panel.compute((2 * close,), (5,), out)[0] is first
    np.testing.assert_array_equal(first, row_of("sma").oracle((2 * close,), (5,))[0])


def test_arrays_that_do_not_fit_are_refused(device: Device) -> None:
    atr, close = Panel.of(device, row_of("atr")), np.ones((2, 50))
    with pytest.raises(IndicatorInputError, match="1 input lines, not 3"):
        atr.compute((close,), (14,))
    with pytest.raises(IndicatorInputError, match=r"low is \[50\], high \[2, 50\]"):
        atr.compute((close, close[0], close), (14,))
    with pytest.raises(IndicatorInputError, match="float32"):
        atr.compute((close, close.astype(np.float32), close), (14,))
    with pytest.raises(IndicatorInputError, match="out does not fit"):
        atr.compute((close, close, close), (14,), (np.empty((2, 49)),))
    with pytest.raises(IndicatorInputError, match="series 0: period 60 does not fit 50 bars"):
        atr.compute((close, close, close), (60,))


def test_a_panel_of_no_series_is_empty(device: Device) -> None:
    (line,) = Panel.of(device, row_of("sma")).compute((np.ones((0, 50)),), (5,))
    assert line.shape == (0, 50)
