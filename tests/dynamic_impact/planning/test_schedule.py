"""List scheduling, its bound, and where likely failures go."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_impact.planning.bounds import dag_bound_s
from dynamic_impact.planning.dag import Dag, upward_rank
from dynamic_impact.planning.schedule import list_schedule, order_of_work


@st.composite
def dags(draw: st.DrawFn) -> Dag:
    seconds = draw(st.lists(st.floats(0, 100), min_size=1, max_size=12))
    needs = [
        draw(st.lists(st.integers(0, task - 1), unique=True, max_size=3)) if task else []
        for task in range(len(seconds))
    ]
    return Dag([str(task) for task in range(len(seconds))], np.array(seconds), needs)


@given(dags(), st.integers(1, 5), st.randoms())
@settings(max_examples=100, deadline=None)
def test_any_list_schedule_respects_needs_and_workers_and_stays_within_grahams_bound(
    dag: Dag, workers: int, random: object
) -> None:
    order = list(range(len(dag.names)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis types it as object
    made = list_schedule(dag, order, workers)
    for task, needed in enumerate(dag.needs):
        assert all(made.finish[before] <= made.start[task] for before in needed)
    for worker in range(workers):
        mine = sorted((made.start[task], made.finish[task]) for task in order if made.worker[task] == worker)
        assert all(one[1] <= other[0] for one, other in pairwise(mine))
    assert made.finish - made.start == pytest.approx(dag.seconds)
    # Graham 1969: at most work / m + (1 - 1/m) * critical path, so within 2 - 1/m of the best.
    critical = upward_rank(dag).max()
    assert made.makespan_s <= dag.seconds.sum() / workers + (1 - 1 / workers) * critical + 1e-6
    assert made.makespan_s >= dag_bound_s(dag, upward_rank(dag), workers) - 1e-6


@given(dags(), st.integers(1, 4), st.data())
@settings(max_examples=100, deadline=None)
def test_the_order_of_work_holds_every_task_once_after_its_needs(dag: Dag, workers: int, data: st.DataObject) -> None:
    count = len(dag.names)
    failure = np.array(data.draw(st.lists(st.floats(0, 1), min_size=count, max_size=count)))
    order = order_of_work(dag, upward_rank(dag), failure, workers)
    assert sorted(order) == list(range(count))
    place = {task: position for position, task in enumerate(order)}
    assert all(place[before] < place[task] for task, needed in enumerate(dag.needs) for before in needed)


def _independent(*seconds: float) -> Dag:
    return Dag([str(task) for task in range(len(seconds))], np.array(seconds), [[] for _ in seconds])


def test_the_order_is_by_rank_where_nothing_is_likely_to_fail() -> None:
    dag = Dag(["env", "a", "b"], np.array([1.0, 2.0, 9.0]), [[], [0], []])
    assert order_of_work(dag, upward_rank(dag), np.zeros(3), 2) == [2, 0, 1]


def test_a_likely_failure_and_what_it_needs_go_first_where_that_costs_little() -> None:
    dag = Dag(["env", "fails", "a", "b"], np.array([1.0, 1.0, 50.0, 50.0]), [[], [0], [], []])
    order = order_of_work(dag, upward_rank(dag), np.array([0, 0.9, 0, 0]), 1)
    assert order == [0, 1, 2, 3]


def test_a_likely_failure_waits_where_going_first_would_cost_more_than_three_percent() -> None:
    # Worked by hand: by rank the workers end at 10 and 6; with both failures first, at 13 and 3.
    dag = _independent(3.0, 3.0, 10.0)
    assert order_of_work(dag, upward_rank(dag), np.array([0.9, 0.9, 0]), 2) == [2, 0, 1]


def test_among_equals_the_likelier_failure_goes_first() -> None:
    dag = _independent(5.0, 5.0, 5.0)
    assert order_of_work(dag, upward_rank(dag), np.array([0.1, 0.4, 0.2]), 1) == [1, 2, 0]


def test_no_task_is_no_time() -> None:
    assert list_schedule(_independent(), [], 3).makespan_s == 0.0
