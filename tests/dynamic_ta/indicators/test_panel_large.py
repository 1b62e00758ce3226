"""Panels of every row against the oracle; to compile them takes half a second each."""

import numpy as np
import pytest

from dynamic_engines import Device
from dynamic_ta import INDICATORS, Indicator
from tests.dynamic_ta.indicators import panels

_ROWS = [pytest.param(row, id=row.name) for row in INDICATORS if row.panel is not None]


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
