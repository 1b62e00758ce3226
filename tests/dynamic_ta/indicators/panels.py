"""What holds of a panel of any row, as functions of the row: some rows are judged at each run, all in the slow one."""

import re
from dataclasses import replace

import numpy as np
import pytest

from dynamic_engines import Device
from dynamic_ta import INDICATORS, Indicator, IndicatorInputError, Lines, Panel, Settings
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.markets import COLUMNS, inputs, random

_BARS = 333  # neither fills the last vector, nor the last block


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


def small(row: Indicator) -> Settings:
    """Return settings with which a lane soon forgets where it began."""
    return tuple(
        max(parameter.least, 2 + at) if isinstance(parameter.default, int) else parameter.default
        for at, parameter in enumerate(row.parameters)
    )


def has_the_oracles_bits(row: Indicator, device: Device) -> None:
    """Judge each series, whatever the device's memory held before: NaN too."""
    check(Panel.of(device, row), inputs(row, markets()), row.defaults)
    with device.like(fill=0xFF) as filled:
        check(Panel.of(filled, row), inputs(row, markets()), row.defaults)


def has_them_with_any_settings(row: Indicator, device: Device) -> None:
    """Judge settings of all sizes, and what the oracle refuses."""
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


def cut_into_lanes_has_them(row: Indicator, device: Device) -> None:
    """Judge a series that is cut."""
    panel = Panel.of(device, row)
    for market in (random(6_007, seed=3), ties(3, 6_007)):
        check(panel, inputs(row, market), small(row))
        check(panel, inputs(row, market), row.defaults)


def begun_too_late_is_found_out(row: Indicator, device: Device) -> None:
    """Let lanes begin too late for their means to settle."""
    assert row.panel is not None
    if row.panel.settles(*row.defaults):
        hasty = replace(row, panel=replace(row.panel, settles=lambda *_: 1))
        check(Panel.of(device, hasty), inputs(row, random(6_007, seed=4)), row.defaults)


def names_what_is_refused(row: Indicator, bad: float, device: Device) -> None:
    """Put what is no number into a series."""
    lines = tuple(line.copy() for line in inputs(row, markets()))
    lines[-1][7, 200] = bad
    with pytest.raises(IndicatorInputError, match=f"series 7: {row.inputs[-1]} is {bad} at bar 200"):
        Panel.of(device, row).compute(lines, row.defaults)
