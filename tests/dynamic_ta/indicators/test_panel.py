"""Panels against the oracle, series by series and bit for bit: however the series are cut into lanes."""

from dataclasses import replace

import numpy as np
import pytest

from dynamic_engines import Device
from dynamic_ta import INDICATORS, Indicator, IndicatorInputError, Panel
from dynamic_ta.indicators.panel import cut
from tests.dynamic_ta.indicators import panels
from tests.dynamic_ta.indicators.markets import inputs, random
from tests.dynamic_ta.indicators.panels import check, markets, row_of

# Means in a row, a window, a result that may be refused, a volume, and what never forgets; test_panel_large.py has all.
_ROWS = [pytest.param(row, id=row.name) for row in INDICATORS if row.name in ("macd", "obv", "roc", "sma", "vwap")]


@pytest.mark.parametrize("row", _ROWS)
def test_each_series_of_a_panel_has_the_oracles_bits(row: Indicator, device: Device) -> None:
    panels.has_the_oracles_bits(row, device)


@pytest.mark.parametrize("row", _ROWS)
def test_with_any_settings_it_has(row: Indicator, device: Device) -> None:
    panels.has_them_with_any_settings(row, device)


@pytest.mark.parametrize("row", _ROWS)
def test_a_series_that_is_cut_into_lanes_has_the_bits_of_one_walk(row: Indicator, device: Device) -> None:
    panels.cut_into_lanes_has_them(row, device)


@pytest.mark.parametrize("row", _ROWS)
def test_a_lane_that_begins_too_late_is_found_out_and_walked_again(row: Indicator, device: Device) -> None:
    panels.begun_too_late_is_found_out(row, device)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", _ROWS)
def test_a_series_that_the_oracle_refuses_is_named_with_its_bar(row: Indicator, bad: float, device: Device) -> None:
    panels.names_what_is_refused(row, bad, device)


def test_few_series_are_cut_and_many_are_not() -> None:
    kernel = row_of("ema").panel
    assert kernel is not None
    alone = cut(kernel, (20,), 19, 1, 100_000, 16)
    assert (alone.tiles, alone.length, alone.seam) == (16, alone.lead + alone.stride, alone.lead)
    assert (alone.tiles - 1) * alone.stride + alone.lead < 100_000 <= alone.tiles * alone.stride + alone.lead
    assert cut(kernel, (20,), 19, 9, 100_000, 16).tiles == 1
    assert cut(kernel, (20,), 19, 1, 1_000, 16).tiles == 1


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


def test_results_do_not_go_where_something_else_is(device: Device) -> None:
    close, fixed = np.ones((2, 50)), np.empty((2, 50))
    fixed.flags.writeable = False
    sma, macd = Panel.of(device, row_of("sma")), Panel.of(device, row_of("macd"))
    with pytest.raises(IndicatorInputError, match="out overlaps an input"):
        sma.compute((close,), (5,), (close,))
    with pytest.raises(IndicatorInputError, match="two of out overlap"):
        macd.compute((close,), (12, 26, 9), (np.empty((2, 50)),) + 2 * (np.empty((2, 50)),))
    with pytest.raises(IndicatorInputError, match="out does not fit"):
        sma.compute((close,), (5,), (fixed,))


@pytest.mark.parametrize("name", ["macd", "sma"])
def test_in_a_gpus_sizes_the_bits_are_the_same(name: str, device: Device) -> None:
    row = row_of(name)
    with device.like("gpu") as gpu:
        check(Panel.of(gpu, row), inputs(row, markets()), row.defaults)
        check(Panel.of(gpu, row), inputs(row, random(6_007, seed=3)), row.defaults)


def test_a_row_without_a_panel_kernel_says_so(device: Device) -> None:
    with pytest.raises(IndicatorInputError, match="sma has no panel kernel"):
        Panel.of(device, replace(row_of("sma"), panel=None))


def test_a_panel_of_no_series_is_empty(device: Device) -> None:
    (line,) = Panel.of(device, row_of("sma")).compute((np.ones((0, 50)),), (5,))
    assert line.shape == (0, 50)
