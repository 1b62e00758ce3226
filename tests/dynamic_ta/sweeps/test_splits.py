"""Tests cover the bars, train bars keep away from them, and histories are those of the book."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import BarRange
from dynamic_ta.sweeps.splits import Scheme, Span, Split, combinatorial, purged_k_fold, walk_forward
from dynamic_ta.sweeps.splits.model import ranges_to_test, ranges_to_train


def bars(spans: tuple[Span, ...]) -> list[int]:
    return [bar for span in spans for bar in range(span.start, span.stop)]


def spans(*edges: tuple[int, int]) -> tuple[Span, ...]:
    return tuple(Span(start, stop) for start, stop in edges)


def test_a_rolling_walk() -> None:
    assert walk_forward(20, 8, 4, 1).splits == (
        Split(spans((0, 8)), spans((9, 13))),
        Split(spans((4, 12)), spans((13, 17))),
        Split(spans((8, 16)), spans((17, 20))),  # what is left
    )


def test_an_anchored_walk_keeps_all_of_the_past() -> None:
    assert [split.train for split in walk_forward(20, 8, 6, anchored=True).splits] == [
        spans((0, 8)),
        spans((0, 14)),
    ]


@settings(deadline=None)
@given(st.integers(2, 200), st.integers(1, 80), st.integers(1, 50), st.integers(0, 9), st.booleans())
def test_a_walk_tests_each_later_bar_once_and_trains_on_the_past(
    n_bars: int, train: int, test: int, gap: int, anchored: bool
) -> None:
    assume(train + gap < n_bars)
    scheme = walk_forward(n_bars, train, test, gap, anchored=anchored)
    assert bars(scheme.spans(0)) == list(range(train + gap, n_bars))
    for split in scheme.splits:
        assert bars(split.train)[-1] + gap < split.test[0].start
        assert len(bars(split.train)) >= train
        assert anchored or len(bars(split.train)) == train


def _far(split: Split, purge: int, embargo: int) -> bool:
    """Judge each pair of a train and a test bar, as snippets 7.1 and 7.2 of the book define."""
    return all(
        train + purge < test if train < test else train > test + purge + embargo
        for train in bars(split.train)
        for test in bars(split.test)
    )


@settings(deadline=None)
@given(st.integers(4, 40), st.integers(2, 6), st.integers(1, 3), st.integers(0, 4), st.integers(0, 4))
def test_folds_are_each_tested_and_train_bars_keep_away(
    n_bars: int, folds: int, tests: int, purge: int, embargo: int
) -> None:
    assume(folds <= n_bars and tests < folds)
    try:
        schemes = [combinatorial(n_bars, folds, tests, purge, embargo), purged_k_fold(n_bars, folds, purge, embargo)]
    except SweepInputError:
        assume(False)
    for scheme in schemes:
        for path in range(len(scheme.paths)):
            assert bars(scheme.spans(path)) == list(range(n_bars)), "a history tests each bar once, in order"
        used = [at for path in scheme.paths for at in path]
        every = [(n, k) for n, split in enumerate(scheme.splits) for k in range(len(split.test))]
        assert sorted(used) == every, "each test is in one history"
        for split in scheme.splits:
            assert _far(split, purge, embargo)
            kept = set(bars(split.train))
            for bar in set(range(n_bars)) - kept - set(bars(split.test)):
                alone = Split(spans((bar, bar + 1)), split.test)
                assert not _far(alone, purge, embargo), f"bar {bar} is left out without need"


def test_purge_and_embargo_by_hand() -> None:
    # Ten bars, five folds. The third, bars 4 and 5: bar 3 is purged, 6 too, and 7 is under the embargo.
    third = purged_k_fold(10, 5, purge=1, embargo=1).splits[2]
    assert third == Split(spans((0, 3), (8, 10)), spans((4, 6)))
    assert [fold.test[0] for fold in purged_k_fold(11, 3).splits] == list(spans((0, 4), (4, 8), (8, 11)))


def test_the_histories_of_six_folds_by_two_are_those_of_the_book() -> None:
    """López de Prado 2018, figures 12.1 and 12.2: 15 splits, 5 histories; S1 is the first split, G1 the first fold."""
    scheme = combinatorial(60, 6, 2)
    assert len(scheme.splits) == 15
    by_history = [[split + 1 for split, _ in path] for path in scheme.paths]
    assert by_history == [
        [1, 1, 2, 3, 4, 5],
        [2, 6, 6, 7, 8, 9],
        [3, 7, 10, 10, 11, 12],
        [4, 8, 11, 13, 13, 14],
        [5, 9, 12, 14, 15, 15],
    ]


@pytest.mark.parametrize(("folds", "tests"), [(6, 1), (6, 2), (5, 3), (10, 2)])
def test_there_are_as_many_splits_and_histories_as_the_formula_says(folds: int, tests: int) -> None:
    scheme = combinatorial(100, folds, tests)
    assert len(scheme.splits) == math.comb(folds, tests)
    assert len(scheme.paths) == math.comb(folds, tests) * tests // folds


def test_one_fold_at_a_time_is_k_fold() -> None:
    assert combinatorial(50, 5, 1, 2, 3) == purged_k_fold(50, 5, 2, 3)


def test_bars_before_a_range_are_read_but_those_of_a_test_are_not_for_training() -> None:
    split = Split(spans((0, 10), (25, 40)), spans((12, 20)))
    assert ranges_to_train(split, 100) == (BarRange(0, 0, 10), BarRange(20, 25, 40))
    assert ranges_to_train(split, 3) == (BarRange(0, 0, 10), BarRange(22, 25, 40))
    assert ranges_to_test(split, 100) == (BarRange(0, 12, 20),), "the past is known"
    assert ranges_to_test(split, 5) == (BarRange(7, 12, 20),)


@settings(deadline=None)
@given(st.integers(20, 90), st.integers(2, 6), st.integers(0, 5), st.integers(0, 30))
def test_context_never_reaches_into_a_test_from_a_train_range(
    n_bars: int, folds: int, purge: int, warm_up: int
) -> None:
    try:
        scheme: Scheme = combinatorial(n_bars, folds, max(1, folds // 2), purge)
    except SweepInputError:
        assume(False)
    for split in scheme.splits:
        tested = set(bars(split.test))
        for one, span in zip(ranges_to_train(split, warm_up), split.train, strict=True):
            assert (one.start, one.stop) == (span.start, span.stop)
            assert tested.isdisjoint(range(one.context, one.stop))
            assert one.start - one.context <= warm_up


@pytest.mark.parametrize(
    "make",
    [
        lambda: walk_forward(10, 0, 1),
        lambda: walk_forward(10, 5, 0),
        lambda: walk_forward(10, 5, 1, -1),
        lambda: walk_forward(10, 8, 1, 2),
        lambda: purged_k_fold(10, 1),
        lambda: purged_k_fold(10, 11),
        lambda: purged_k_fold(10, 2, -1),
        lambda: purged_k_fold(10, 2, 5),
        lambda: combinatorial(10, 3, 3),
        lambda: combinatorial(10, 3, 0),
        lambda: combinatorial(1000, 40, 20),
    ],
)
def test_what_cannot_be_split_is_refused_with_the_next_step(make: object) -> None:
    assert callable(make)
    with pytest.raises(SweepInputError) as caught:
        make()
    assert caught.value.hint


def test_the_tests_of_a_walk_meet_end_to_end() -> None:
    found = walk_forward(5031, 1000, 250, 5).spans(0)
    assert all(one.stop == other.start for one, other in pairwise(found))
