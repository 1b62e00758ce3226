"""Automatic block lengths against arch."""

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length

from dynamic_ta.validation import SampleError
from dynamic_ta.validation.block_length import block_lengths
from tests.dynamic_ta.validation.histories import autoregressive


@pytest.mark.parametrize("phi", [-0.6, 0.0, 0.3, 0.8, 0.95])
@pytest.mark.parametrize("periods", [400, 3000])
def test_lengths_are_those_of_arch(phi: float, periods: int) -> None:
    series = autoregressive(periods, phi, seed=periods)
    expected = optimal_block_length(series)
    found = block_lengths(series)
    assert found.stationary == pytest.approx(expected["stationary"].iloc[0], rel=1e-10)
    assert found.circular == pytest.approx(expected["circular"].iloc[0], rel=1e-10)


def test_more_memory_asks_for_longer_blocks() -> None:
    lengths = [block_lengths(autoregressive(2000, phi, 4)).stationary for phi in (0.0, 0.4, 0.8)]
    assert lengths == sorted(lengths)
    assert lengths[2] > 3 * lengths[0]


def test_the_unit_of_the_returns_does_not_matter() -> None:
    series = autoregressive(600, 0.5, 2)
    assert block_lengths(1e-6 * series).circular == pytest.approx(block_lengths(series).circular, rel=1e-9)


def test_a_length_is_at_most_three_times_the_root_or_a_third_of_the_periods() -> None:
    trend = np.linspace(-1.0, 1.0, 400)
    assert block_lengths(trend).stationary <= 60
    assert block_lengths(trend[:20]).stationary <= 7


def test_constant_returns_have_no_length() -> None:
    with pytest.raises(SampleError, match="never change: give returns of a strategy that traded"):
        block_lengths(np.full(50, 0.01))
