"""What is kept while a sweep runs does not depend on the order or the size of the chunks."""

import math
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import Chunk, Done
from dynamic_ta.sweeps.reduce import Columns, Goal, HeatMap, TopK
from dynamic_ta.sweeps.spaces import Space, axis_of
from tests.dynamic_ta.sweeps.toys import points_of

STATISTICS = ("first", "score")
POINTS = points_of(Space((axis_of("x", "1:3"), axis_of("y", "0.5,1.5"), axis_of("z", "7,8"))))
_SCORES = st.lists(st.sampled_from([-1.5, 0.0, 1.0, 2.0, math.nan, -math.inf]), min_size=24, max_size=24)


@settings(deadline=None)
@given(_SCORES, st.lists(st.integers(0, 24), max_size=5), st.randoms(), st.integers(0, 26), st.booleans())
def test_the_best_rows_and_the_map_are_those_of_the_whole(
    scores: list[float], edges: list[int], random: Random, count: int, more: bool
) -> None:
    """Two targets of twelve points; rows compared with a sort of everything, cells with a loop over everything."""
    values = np.array([[float(row), score] for row, score in enumerate(scores)])
    cuts = sorted({0, 24, *edges})
    chunks = [Chunk(start, stop) for start, stop in pairwise(cuts)]
    random.shuffle(chunks)
    goal = Goal("score", more)
    top, heat = TopK(goal, STATISTICS, count), HeatMap(goal, STATISTICS, POINTS, "x", "y")
    columns = Columns(24, STATISTICS)
    for chunk in chunks:
        done = Done(chunk, values[chunk.start : chunk.stop])
        for sink in (top, heat, columns):
            sink.take(done)
    assert columns.values.tobytes() == values.tobytes()
    lost = -math.inf if more else math.inf
    ranked = sorted((-s if more else s, row) for row, s in enumerate(scores) if not math.isnan(s) and s != lost)
    assert [row for row, _ in top.rows()] == [row for _, row in ranked[:count]]
    assert all(told == tuple(values[row]) for row, told in top.rows())
    for i, y in enumerate(heat.y):
        for j, x in enumerate(heat.x):
            cell = [s for row, s in enumerate(scores) if tuple(POINTS.values[row % 12, :2]) == (x, y)]
            known = [s for s in cell if not math.isnan(s) and s != lost]
            best = (max(known) if more else min(known)) if known else math.nan
            np.testing.assert_equal(heat.best[i, j], best)
            assert heat.rows[i, j] == len(cell) == 4


def test_what_there_is_not_is_named_with_what_there_is() -> None:
    with pytest.raises(SweepInputError, match="no statistic luck: take one of first, score"):
        TopK(Goal("luck"), STATISTICS, 1)
    with pytest.raises(SweepInputError, match="no parameter w: take one of x, y, z"):
        HeatMap(Goal("score"), STATISTICS, POINTS, "x", "w")


def test_the_best_rows_take_no_more_room_than_they_are() -> None:
    top = TopK(Goal("score"), STATISTICS, 3)
    for start in range(0, 100_000, 1000):
        rows = np.arange(start, start + 1000.0)
        top.take(Done(Chunk(start, start + 1000), np.stack((rows, rows), axis=1)))
        assert len(top._heap) <= 3
    assert [row for row, _ in top.rows()] == [99_999, 99_998, 99_997]
