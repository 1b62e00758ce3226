"""The test of paired times: exact where it can be looked up, quiet where nothing changed, and not deaf."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamic_engines.matrix.paired import Pace, holm, judge_paces, pairs_needed, sign_test

_ERROR = 0.01
_EFFECT = 0.05


@pytest.mark.parametrize(("beyond", "pairs", "p"), [(0, 5, 1.0), (5, 5, 1 / 32), (4, 5, 6 / 32), (9, 10, 11 / 1024)])
def test_the_sign_test_counts_the_throws_of_a_fair_coin(beyond: int, pairs: int, p: float) -> None:
    """By hand: of 2^5 throws one has five heads and five have four; of 2^10 one has ten and ten have nine."""
    assert sign_test(beyond, pairs) == p


def test_holm_rejects_in_steps_and_stops_at_the_first_that_holds() -> None:
    # The example of Holm's steps by hand: 0.01 <= 0.05/4, 0.015 <= 0.05/3, 0.03 > 0.05/2, and so 0.04 is not tried.
    assert holm([0.04, 0.01, 0.03, 0.015], 0.05) == [False, True, False, True]
    assert holm([], 0.05) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_lies_between_bonferroni_and_no_correction(p_values: list[float]) -> None:
    for p, rejected in zip(p_values, holm(p_values, _ERROR), strict=True):
        assert not rejected or p <= _ERROR
        assert rejected or p > _ERROR / len(p_values)


def test_with_the_pairs_that_are_needed_two_may_disagree() -> None:
    for cells in (1, 42, 500):
        pairs = pairs_needed(cells, _ERROR)
        assert sign_test(pairs - 2, pairs) <= _ERROR / cells < sign_test(pairs - 3, pairs - 1)


def noisy(rng: np.random.Generator, cells: int, pairs: int, slowdown: float) -> list[list[float]]:
    """Return ratios with heavy tails, as interrupted times have: Student's t of two degrees of freedom, in logs."""
    return np.exp(math.log(slowdown) + 0.05 * rng.standard_t(2, (cells, pairs))).tolist()  # type: ignore[no-any-return]


def alarms(slowdown: float, runs: int, cells: int) -> int:
    """Count the runs in which any cell is called slower."""
    rng, pairs = np.random.default_rng(1), pairs_needed(cells, _ERROR)
    found = (judge_paces(noisy(rng, cells, pairs, slowdown), _EFFECT, _ERROR) for _ in range(runs))
    return sum(any(cell.pace is Pace.SLOWER for cell in run) for run in found)


def test_programs_that_are_alike_or_slower_by_just_what_nobody_minds_are_rarely_called_slower() -> None:
    assert alarms(1.0, 1000, 10) == 0
    # At the bound itself the promise is tight: at most 1 % of runs. 10 are expected, 25 have a chance below 1e-4.
    assert alarms(1 + _EFFECT, 1000, 10) <= 25


def test_a_slowdown_of_a_quarter_is_found_in_all_that_noise() -> None:
    assert alarms(1.25, 100, 10) == 100


def test_a_cell_says_how_much_and_which_way() -> None:
    slower, faster, alike = judge_paces([[1.5] * 9, [0.5] * 9, [0.9, 1.2] * 4 + [1.0]], _EFFECT, _ERROR)
    assert (slower.pace, slower.ratio, slower.p_slower) == (Pace.SLOWER, 1.5, 2.0**-9)
    assert (faster.pace, faster.ratio) == (Pace.FASTER, 0.5)
    assert (alike.pace, alike.ratio) == (Pace.ALIKE, 1.0)


def test_a_sure_difference_below_the_least_effect_is_alike() -> None:
    (cell,) = judge_paces([[1.04] * 40], _EFFECT, _ERROR)
    assert cell.pace is Pace.ALIKE


def test_too_few_pairs_call_nothing_slower() -> None:
    (cell,) = judge_paces([[9.0] * 6], _EFFECT, _ERROR)
    assert cell.pace is Pace.ALIKE  # 2^-6 is above 1 %
