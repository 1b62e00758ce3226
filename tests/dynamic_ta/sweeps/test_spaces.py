"""The same search gives the same points, all of them allowed, none twice."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.spaces import SAMPLERS, Axis, Constraint, Listed, Search, Space, Spread, axis_of, constraint_of
from dynamic_ta.sweeps.spaces.constraint import RELATIONS, Term
from tests.dynamic_ta.sweeps.toys import points_of

CROSS = Space((axis_of("fast", "2:8:2"), axis_of("slow", "4,8")), (constraint_of("fast < slow"),))


@pytest.mark.parametrize(
    ("text", "values", "whole"),
    [
        ("2:8:3", (2, 5, 8), True),
        ("2:7:3", (2, 5), True),
        ("3:5", (3, 4, 5), True),
        ("7", (7,), True),
        ("0.1:0.5:0.1", (0.1, 0.2, 0.3, 0.4, 0.5), False),  # 0.1 + 0.1 + 0.1 in floats is 0.30000000000000004
        ("-1:1:0.5", (-1, -0.5, 0, 0.5, 1), False),
        ("5, 1, 2.5", (5, 1, 2.5), False),
        ("1e-3,1", (0.001, 1), False),
        ("2.0:4.0", (2, 3, 4), False),
    ],
)
def test_an_axis_is_what_it_says(text: str, values: tuple[float, ...], whole: bool) -> None:
    axis = axis_of("x", text)
    assert isinstance(axis, Listed)
    assert (axis.values, axis.whole) == (values, whole)


def test_log_steps_multiply_by_one_factor() -> None:
    axis = axis_of("x", "0.01:100:log5")
    assert isinstance(axis, Listed)
    assert axis.values == pytest.approx((0.01, 0.1, 1, 10, 100), rel=1e-12)
    assert (axis.values[0], axis.values[-1]) == (0.01, 100), "the ends are exact"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1,,2",
            "nan",
            "inf",
            "1:inf",
            "1:2:3:4",
            "0:1e9",
            "1,9007199254740993",
            "__import__('os')",
            "1:2:1e-9",
            "1:1e999999999",
            "1:2:1e-999999999",
            "1:1e400:log5",
            "1e400",
            "0..1e400",
            "\u0661:2",
        ),
        "",
        "a",
        "8:2",
        "1:2:0",
        "1:2:-1",
        "1,1",
        "1..1",
        "2..1",
        "0..1:log",
        "1.5..3:int",
        "0:1:log5",
        "1:2:log1",
    ],
)
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(SweepInputError) as caught:
        axis_of("x", text)
    assert caught.value.hint


def test_a_whole_number_between_two_is_each_as_often() -> None:
    values = axis_of("x", "1..4:int").at(np.arange(0, 1, 1 / 64))
    assert [int((values == k).sum()) for k in (1, 2, 3, 4)] == [16, 16, 16, 16]


def test_a_log_axis_has_half_its_draws_below_the_geometric_mean() -> None:
    values = axis_of("x", "0.01..100:log").at(np.arange(0, 1, 1 / 64))
    assert int((values < 1).sum()) == 32
    assert values.min() >= 0.01
    assert values.max() < 100


@pytest.mark.parametrize(
    ("text", "left", "relation", "right"),
    [
        ("fast < slow", (Term(1, "fast"),), "<", (Term(1, "slow"),)),
        ("2*fast + 5 <= slow", (Term(2, "fast"), Term(5)), "<=", (Term(1, "slow"),)),
        ("-a - b*0.5 != 1e2", (Term(-1, "a"), Term(-0.5, "b")), "!=", (Term(100),)),
        ("stop.k>=.5", (Term(1, "stop.k"),), ">=", (Term(0.5),)),
    ],
)
def test_a_constraint_is_read(text: str, left: tuple[Term], relation: str, right: tuple[Term]) -> None:
    assert constraint_of(text) == Constraint(left, relation, right)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fast",
        "a < b < c",
        "a * b < c",
        "a < ",
        "< b",
        "a b < c",
        "a ** 2 < b",
        "f(a) < b",
        "a < 2 3",
        "a = b",
        "2 * < b",
        "a + < b",
        "a < b; import os",
        "a < 1e400",
    ],
)
def test_what_is_no_constraint_is_refused(text: str) -> None:
    with pytest.raises(SweepInputError):
        constraint_of(text)


def _python(constraint: Constraint, row: dict[str, float]) -> bool:
    """Judge one point in plain Python."""
    left, right = (
        sum(term.factor * (row[term.name] if term.name else 1.0) for term in side)
        for side in (constraint.left, constraint.right)
    )
    return bool(eval("left" + constraint.relation + "right", {"left": left, "right": right}))


@settings(deadline=None)
@given(st.data())
def test_columns_satisfy_a_constraint_where_each_point_does(data: st.DataObject) -> None:
    number = st.integers(-4, 4).map(float)
    term = st.builds(Term, number, st.sampled_from(["a", "b", ""]))
    side = st.lists(term, min_size=1, max_size=3).map(tuple)
    constraint = data.draw(st.builds(Constraint, side, st.sampled_from(sorted(RELATIONS)), side))
    rows = data.draw(st.lists(st.tuples(number, number), min_size=1, max_size=8))
    columns = {"a": np.array([a for a, _ in rows]), "b": np.array([b for _, b in rows])}
    assert constraint.holds(columns).tolist() == [_python(constraint, {"a": a, "b": b}) for a, b in rows]


def test_a_grid_is_every_allowed_combination_in_order() -> None:
    points = points_of(CROSS)
    expected = [(f, s) for f, s in itertools.product((2, 4, 6, 8), (4, 8)) if f < s]
    assert [points.row(n) for n in range(len(points.values))] == expected
    assert all(isinstance(value, int) for value in points.row(0))


@settings(deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(1, 9))
def test_a_grid_in_blocks_is_a_grid_in_one(sizes: list[int], block: int) -> None:
    axes = tuple(Listed(f"p{n}", tuple(map(float, range(size)))) for n, size in enumerate(sizes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dynamic_ta.sweeps.spaces.grid._BLOCK", block)
        points = points_of(Space(axes))
    assert points.values.tolist() == [list(row) for row in itertools.product(*(axis.values for axis in axes))]


def test_a_grid_that_is_too_large_is_refused_at_once() -> None:
    axes = tuple(axis_of(f"p{n}", "1:1000") for n in range(4))
    with pytest.raises(SweepInputError, match="a grid of 1000000000000 points"):
        points_of(Space(axes))


def test_a_grid_without_a_point_or_over_a_loose_axis_is_refused() -> None:
    with pytest.raises(SweepInputError, match="no point satisfies"):
        points_of(Space((axis_of("a", "1:3"),), (constraint_of("a > 3"),)))
    with pytest.raises(SweepInputError, match="a has no list of values"):
        points_of(Space((axis_of("a", "1..3"),)))


def test_a_space_knows_its_names() -> None:
    with pytest.raises(SweepInputError, match="without an axis"):
        Space(())
    with pytest.raises(SweepInputError, match="two axes of one name"):
        Space((axis_of("a", "1"), axis_of("a", "2")))
    with pytest.raises(SweepInputError, match=r"names b.*the space has a"):
        Space((axis_of("a", "1"),), (constraint_of("a < b"),))
    with pytest.raises(SweepInputError, match="no name of a parameter"):
        axis_of("a b", "1")


def _axes() -> st.SearchStrategy[Axis]:
    listed = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=6, unique=True).map(tuple)
    low = st.integers(1, 50)
    spread = st.builds(
        lambda low, more, log, whole: Spread("x", low, low + more, log, whole), low, low, st.booleans(), st.booleans()
    )
    return st.builds(Listed, st.just("x"), listed) | spread


@pytest.mark.parametrize("sampler", ["random", "sobol"])
@settings(deadline=None, max_examples=40)
@given(axes=st.lists(_axes(), min_size=1, max_size=3), n=st.integers(1, 40), seed=st.integers(0, 2**32))
def test_samples_are_allowed_different_and_the_same_again(sampler: str, axes: list[Axis], n: int, seed: int) -> None:
    named = tuple(_named(axis, f"p{k}") for k, axis in enumerate(axes))
    space = Space(named, (constraint_of("p0 >= 0"),))
    try:
        points = points_of(space, sampler, n, seed)
    except SweepInputError:
        assume(False)
    assert len({tuple(row) for row in points.values.tolist()}) == n
    assert (points.values[:, 0] >= 0).all()
    for axis, column in zip(named, points.values.T, strict=True):
        if isinstance(axis, Listed):
            assert set(column.tolist()) <= set(axis.values)
        else:
            assert ((axis.low <= column) & (column <= axis.high)).all()
            assert not axis.whole or (column == np.floor(column)).all()
    assert points_of(space, sampler, n, seed).values.tobytes() == points.values.tobytes()
    fewer = points_of(space, sampler, max(1, n // 2), seed)
    assert fewer.values.tolist() == points.values[: max(1, n // 2)].tolist(), "more points begin with the fewer"


def _named(axis: Axis, name: str) -> Axis:
    if isinstance(axis, Listed):
        return Listed(name, axis.values, axis.whole)
    return Spread(name, axis.low, axis.high, axis.log, axis.whole)


@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_a_sampler_can_take_all_of_a_small_space_and_no_more(sampler: str) -> None:
    found = points_of(CROSS, sampler, 4, 1)
    assert sorted(map(tuple, found.values.tolist())) == [(2, 4), (2, 8), (4, 8), (6, 8)]
    with pytest.raises(SweepInputError, match="only 4 different points were met, not 5"):
        points_of(CROSS, sampler, 5, 1)
    with pytest.raises(SweepInputError, match="9 points of a space that has 8"):
        points_of(CROSS, sampler, 9, 1)


@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_another_seed_gives_other_points(sampler: str) -> None:
    space = Space((axis_of("a", "0..1"), axis_of("b", "0..1")))
    assert points_of(space, sampler, 8, 1).values.tolist() != points_of(space, sampler, 8, 2).values.tolist()


@pytest.mark.parametrize("seed", [0, 7])
def test_sobol_points_are_a_net(seed: int) -> None:
    """A (0, m, 2)-net: each dyadic box of area 2**-m holds one of the first 2**m points (Niederreiter 1987)."""
    m = 6
    points = points_of(Space((axis_of("a", "0..1"), axis_of("b", "0..1"))), "sobol", 1 << m, seed).values
    for k in range(m + 1):
        boxes = np.floor(points * (1 << k, 1 << (m - k))).astype(int)
        assert len({tuple(box) for box in boxes.tolist()}) == 1 << m, f"boxes of 2**-{k} by 2**-{m - k}"


def test_random_points_are_no_net() -> None:
    points = points_of(Space((axis_of("a", "0..1"), axis_of("b", "0..1"))), "random", 64, 0).values
    assert len({tuple(box) for box in np.floor(points * 8).astype(int).tolist()}) < 64


def test_the_digest_is_of_the_description() -> None:
    grid, random, _ = SAMPLERS
    one = Search(CROSS, random, 10, 1).digest
    assert Search(CROSS, random, 10, 1).digest == one
    others = (
        Search(CROSS, random, 10, 2),
        Search(CROSS, random, 11, 1),
        Search(CROSS, grid),
        Search(Space(CROSS.axes), random, 10, 1),
        Search(Space((axis_of("fast", "2:8:2"), axis_of("slow", "4,9")), CROSS.constraints), random, 10, 1),
    )
    assert len({one, *(search.digest for search in others)}) == 6


@pytest.mark.parametrize("n", [0, -1, 2**24 + 1])
def test_a_number_of_points_out_of_range_is_refused(n: int) -> None:
    with pytest.raises(SweepInputError, match="points"):
        points_of(CROSS, "random", n)


def test_every_sampler_has_its_row() -> None:
    check: Callable[[float], bool] = math.isfinite
    for sampler in SAMPLERS:
        points = Search(CROSS, sampler, 3, 0).points()
        assert points.names == CROSS.names
        assert all(map(check, points.values.ravel().tolist()))
