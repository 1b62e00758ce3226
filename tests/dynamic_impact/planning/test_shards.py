"""Parting work: against every possible parting of small cases, and against a bound."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dynamic_impact.planning.bounds import machine_bound_s, shard_bound_s
from dynamic_impact.planning.pieces import Pieces
from dynamic_impact.planning.rebalance import rebalance
from dynamic_impact.planning.shards import longest_first, part, wrap


def pieces(seconds: list[float], kind: list[int], setups: tuple[tuple[int, ...], ...], setup_s: list[float]) -> Pieces:
    return Pieces(
        np.array(seconds, dtype=np.float64), np.array(kind, dtype=np.int64), setups, np.array(setup_s, dtype=np.float64)
    )


def load(work: Pieces, members: list[int]) -> float:
    """Return the time of one shard, told in the plainest way."""
    setups = {setup for member in members for setup in work.setups[work.kind[member]]}
    return sum(float(work.seconds[member]) for member in members) + sum(float(work.setup_s[setup]) for setup in setups)


def optimum(work: Pieces, shards: int) -> float:
    """Return the shortest longest shard over every parting."""
    count = len(work.seconds)
    return min(
        max(load(work, [member for member in range(count) if way[member] == shard]) for shard in range(shards))
        for way in product(range(shards), repeat=count)
    )


@st.composite
def cases(draw: st.DrawFn, most: int = 6, *, nested: bool = True) -> tuple[Pieces, int]:
    count = draw(st.integers(1, most))
    kinds = draw(st.integers(1, 3))
    seconds = draw(st.lists(st.integers(0, 20), min_size=count, max_size=count))
    kind = draw(st.lists(st.integers(0, kinds - 1), min_size=count, max_size=count))
    setups = tuple((each, kinds) if nested else (each,) for each in range(kinds))
    setup_s = draw(st.lists(st.integers(0, 10), min_size=kinds + 1, max_size=kinds + 1))
    return pieces(list(map(float, seconds)), kind, setups, list(map(float, setup_s))), draw(st.integers(1, 3))


@given(cases())
@settings(max_examples=60, deadline=None)
def test_the_bound_is_never_above_the_best_parting_nor_the_parting_below_it(case: tuple[Pieces, int]) -> None:
    work, shards = case
    best = optimum(work, shards)
    made = part(work, shards)
    longest = work.loads(made, shards).max()
    assert shard_bound_s(work, shards) <= best + 1e-6
    assert best - 1e-6 <= longest <= 2 * best + 1e-6


@given(cases())
@settings(max_examples=60, deadline=None)
def test_loads_are_the_pieces_and_each_setup_once(case: tuple[Pieces, int]) -> None:
    work, shards = case
    made = part(work, shards)
    assert ((made >= 0) & (made < shards)).all()
    plain = [load(work, np.flatnonzero(made == shard).tolist()) for shard in range(shards)]
    assert work.loads(made, shards) == pytest.approx(plain)


@example((pieces([0.0] * 20 + [1.0, 2.0], [0] * 20 + [1, 1], ((0,), (1,)), [2.0, 0.0, 0.0]), 2))
@example((pieces([0.0] * 20, [0] * 20, ((0,),), [2.0, 0.0]), 2))
@given(cases(most=40, nested=False))
@settings(max_examples=150, deadline=None)
def test_filling_by_the_bound_stays_within_twice_the_bound(case: tuple[Pieces, int]) -> None:
    work, shards = case
    bound = shard_bound_s(work, shards)
    assert work.loads(wrap(work, shards, bound), shards).max() <= 2 * bound + 1e-6


def test_small_random_cases_are_mostly_parted_in_the_best_way() -> None:
    rng = np.random.default_rng(7)
    ratios = []
    for _ in range(25):
        work = pieces(
            rng.integers(1, 20, 7).tolist(),
            rng.integers(0, 2, 7).tolist(),
            ((0,), (1,)),
            rng.integers(0, 9, 2).tolist(),
        )
        ratios.append(work.loads(part(work, 3), 3).max() / optimum(work, 3))
    assert np.mean(np.array(ratios) < 1 + 1e-9) >= 0.9
    assert max(ratios) <= 1.1


def test_a_setup_is_paid_once_where_its_tests_fit_on_one_shard() -> None:
    work = pieces([5.0, 5.0, 5.0, 5.0], [0, 1, 0, 1], ((0,), (1,)), [10.0, 10.0])
    made = part(work, 2)
    assert made[0] == made[2] != made[1] == made[3]
    assert work.loads(made, 2).tolist() == [20.0, 20.0]


def test_a_setup_is_paid_twice_where_that_is_shorter() -> None:
    work = pieces([30.0] * 4, [0] * 4, ((0,),), [5.0])
    assert work.loads(part(work, 2), 2).tolist() == [65.0, 65.0]


def test_the_same_work_is_parted_in_the_same_way_each_time() -> None:
    rng = np.random.default_rng(3)
    work = pieces(
        rng.lognormal(size=500).tolist(), rng.integers(0, 5, 500).tolist(), tuple((k,) for k in range(5)), [3.0] * 5
    )
    assert (part(work, 7) == part(work, 7)).all()


def test_nothing_to_part_is_no_shard() -> None:
    work = pieces([], [], ((),), [])
    assert len(part(work, 4)) == 0
    assert shard_bound_s(work, 4) == 0.0


def test_longest_first_counts_the_setup_that_a_shard_has_paid() -> None:
    # By hand: 10 to the first; 9 and its setup of 10 to the second; 8 ends at 18 on the first, at 27 on the second.
    work = pieces([10.0, 9.0, 8.0], [0, 1, 0], ((), (0,)), [10.0])
    assert longest_first(work, 2).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("seconds", "workers", "bound"),
    [
        ([10.0, 1.0], 2, 10.0),  # the longest
        ([4.0, 4.0, 4.0], 2, 8.0),  # two of three on one worker
        ([3.0] * 5, 2, 9.0),  # three of five
        ([6.0, 6.0, 6.0, 5.0, 5.0], 3, 11.0),  # two of the first four
        ([1.0] * 8, 4, 2.0),  # all over all
    ],
)
def test_the_bound_of_independent_tasks_is_as_worked_out_by_hand(
    seconds: list[float], workers: int, bound: float
) -> None:
    assert machine_bound_s(np.array(seconds), workers) == pytest.approx(bound)


def test_more_than_half_full_bins_raise_the_bound_above_work_over_workers() -> None:
    # Two of the three 0.6 share a worker, though all work over two workers is but 1.075.
    assert machine_bound_s(np.array([0.6, 0.6, 0.6, 0.35]), 2) == pytest.approx(1.2)


def test_pieces_of_one_kind_change_places_together_where_one_alone_would_pay_a_setup_more() -> None:
    kind = [0, 0, 1, 1, 2, 2, 3, 3]
    seconds = [5.0, 5.0, 4.0, 4.0, 2.0, 2.0, 1.0, 1.0]

    def end(group: Sequence[int]) -> float:
        return sum(seconds[piece] for piece in group) + 6.0 * len({kind[piece] for piece in group})

    start = [[0, 1, 2, 3], [4, 5, 6, 7]]  # 30 s and 18 s
    assert max(map(end, rebalance(start, end, 0.0))) == 28.0, "a piece that moves alone pays 6 s more"
    found = rebalance(start, end, 0.0, kind)
    assert sorted(piece for group in found for piece in group) == list(range(8))
    assert max(map(end, found)) == 24.0, "16 + 8 and 16 + 8: the best there is, since all together take 48 s"
