"""Block bootstrap indices against an obvious twin, and their distribution."""

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.validation import SampleError, Settings, draws
from dynamic_ta.validation.block_length import block_lengths
from dynamic_ta.validation.draws import Plan
from tests.dynamic_ta.validation.histories import autoregressive


def drawn(plan: Plan, periods: int, width: int = 1) -> list[list[int]]:
    return [row for chunk in plan.chunks(periods, width) for row in chunk.tolist()]


@settings(deadline=None)
@given(st.booleans(), st.integers(2, 40), st.floats(1, 12), st.integers(1, 30), st.integers(0, 2**63 - 1))
def test_every_index_is_in_range_and_follows_the_one_before_or_begins_a_block(
    circular: bool, periods: int, length: float, resamples: int, seed: int
) -> None:
    rows = drawn(Plan(circular, length, resamples, seed), periods)
    assert [len(row) for row in rows] == [periods] * resamples
    assert all(0 <= index < periods for row in rows for index in row)
    if circular:
        whole = int(np.ceil(length))
        for row in rows:
            for at in range(1, periods):
                assert at % whole == 0 or row[at] == (row[at - 1] + 1) % periods


@pytest.mark.parametrize("circular", [False, True])
def test_the_size_of_a_chunk_changes_no_draw(circular: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(circular, 3.5, 50, 7)
    whole = drawn(plan, 31)
    monkeypatch.setattr(draws, "CHUNK", 70)
    assert [len(chunk) for chunk in plan.chunks(31)] == [2] * 25
    assert drawn(plan, 31) == whole
    assert drawn(plan, 31, width=5) == whole


def test_stationary_blocks_are_those_of_a_loop_over_the_same_random_numbers() -> None:
    periods, length = 57, 4.0
    starts, ends = (np.random.Generator(np.random.Philox(key=[11, key])) for key in (1, 2))
    first, uniform = starts.integers(0, periods, (20, periods)), ends.random((20, periods))
    slow = []
    for row in range(20):
        at = [int(first[row, 0])]
        for period in range(1, periods):
            begins = uniform[row, period] < 1 / length
            at.append(int(first[row, period]) if begins else (at[-1] + 1) % periods)
        slow.append(at)
    assert drawn(Plan(False, length, 20, 11), periods) == slow


@pytest.mark.parametrize("circular", [False, True])
def test_every_period_is_as_likely_as_another(circular: bool) -> None:
    counts = np.bincount(np.ravel(drawn(Plan(circular, 5.0, 4000, 3), 20)), minlength=20)
    # A period's count in a resample has a variance below 5 (blocks of 5 on average repeat it); 6 deviations of the sum.
    assert np.abs(counts - 4000).max() < 6 * np.sqrt(4000 * 5)


def test_stationary_blocks_have_the_mean_length_that_is_asked_for() -> None:
    rows = np.array(drawn(Plan(False, 8.0, 500, 5), 400))
    begins = (np.diff(rows, axis=1) % 400 != 1).sum()
    # Of 199,500 steps one in 8 begins a block, and one of 400 of those follows its neighbour by chance.
    assert abs(begins / 199_500 - (1 / 8) * (1 - 1 / 400)) < 0.003


def test_the_block_length_is_the_automatic_one_unless_one_is_set() -> None:
    series = autoregressive(500, 0.7, 1)
    automatic = Plan.of(Settings(), series).block_length
    assert automatic > 3
    assert Plan.of(Settings(block_length=2.5), series) == Plan(False, 2.5, 1000, 1)
    assert Plan.of(Settings(bootstrap="circular"), series).block_length > automatic


def test_another_seed_draws_others() -> None:
    assert drawn(Plan(False, 3.0, 5, 1), 30) != drawn(Plan(False, 3.0, 5, 2), 30)


# The lengths of blocks, against arch.


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
