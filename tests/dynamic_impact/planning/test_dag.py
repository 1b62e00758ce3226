"""Order, rank and critical path, against the example of the HEFT paper."""

import numpy as np
import pytest

from dynamic_impact.planning.dag import Dag, critical_path, upward_rank
from dynamic_impact.planning.errors import CycleError

# Topcuoglu, Hariri, Wu 2002, figure 2: computation costs of n1 to n10 on P1 to P3, and communication costs.
_COSTS = [
    (14, 16, 9), (13, 19, 18), (11, 13, 19), (13, 8, 17), (12, 13, 10),
    (13, 16, 9), (7, 15, 11), (5, 11, 14), (18, 12, 20), (21, 7, 16),
]  # fmt: skip
_WAYS = {
    (1, 2): 18, (1, 3): 12, (1, 4): 9, (1, 5): 11, (1, 6): 14, (2, 8): 19, (2, 9): 16, (3, 7): 23, (4, 8): 27,
    (4, 9): 23, (5, 9): 13, (6, 8): 15, (7, 10): 17, (8, 10): 11, (9, 10): 13,
}  # fmt: skip
# The same paper, table 1.
_RANKS = [108.000, 77.000, 80.000, 80.000, 69.000, 63.333, 42.667, 35.667, 44.333, 14.667]


def dag(needs: dict[str, list[str]], seconds: dict[str, float] | None = None) -> Dag:
    names = list(needs)
    told = seconds or {}
    weights = np.array([told.get(name, 1.0) for name in names])
    return Dag(names, weights, [[names.index(before) for before in needs[name]] for name in names])


def test_the_upward_ranks_of_the_heft_paper_come_out() -> None:
    needs = [[before - 1 for before, after in _WAYS if after == task] for task in range(1, 11)]
    paper = Dag([f"n{task}" for task in range(1, 11)], np.array(_COSTS).mean(axis=1), needs)
    costs = {(before - 1, after - 1): float(cost) for (before, after), cost in _WAYS.items()}
    assert upward_rank(paper, costs) == pytest.approx(_RANKS, abs=5e-4)


def test_the_critical_path_is_the_longest_chain() -> None:
    made = dag({"env": [], "short": ["env"], "long": ["env"], "alone": []}, {"env": 2, "long": 5, "alone": 6})
    rank = upward_rank(made)
    assert rank.tolist() == [7, 1, 5, 6]
    assert [made.names[task] for task in critical_path(made, rank)] == ["env", "long"]


def test_nothing_has_no_critical_path() -> None:
    assert critical_path(dag({}), np.array([])) == []


def test_every_task_stands_after_what_it_needs() -> None:
    made = dag({"c": ["b", "a"], "b": ["a"], "a": []})
    assert [made.names[task] for task in made.order] == ["a", "b", "c"]


def test_a_cycle_names_every_member_and_no_bystander() -> None:
    needs = {"a": ["c"], "b": ["a"], "c": ["b"], "waits": ["a"], "free": []}
    with pytest.raises(CycleError, match="circle: a, b, c: cut"):
        dag(needs)


def test_two_cycles_and_a_task_that_needs_itself_are_all_named() -> None:
    with pytest.raises(CycleError) as caught:
        dag({"a": ["b"], "b": ["a"], "x": ["x"]})
    assert sorted(caught.value.cycles) == [("a", "b"), ("x",)]
