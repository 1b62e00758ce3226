"""Tasks as arrays: an order that respects every need, the upward rank, and the critical path."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from dynamic_impact.planning.errors import CycleError

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dag:
    """Weighted tasks, numbered from 0, and who needs whom.

    Parameters
    ----------
    names : of the tasks, for a person
    seconds : float64[n], s, >= 0
    needs : for each task the numbers of those that must have ended before
    successors : the numbers of those that need a task, for each that some do
    order : all tasks, each after what it needs

    Raises
    ------
    CycleError : there is no such order; it names every member of every circle
    """

    names: Sequence[str]
    seconds: F64
    needs: Sequence[Sequence[int]]
    successors: dict[int, list[int]] = field(init=False)
    order: list[int] = field(init=False)

    def __post_init__(self) -> None:
        successors: dict[int, list[int]] = {}
        for task, needed in enumerate(self.needs):
            for before in needed:
                successors.setdefault(before, []).append(task)
        object.__setattr__(self, "successors", successors)
        object.__setattr__(self, "order", self._sorted())

    def _sorted(self) -> list[int]:
        waits = [len(needed) for needed in self.needs]
        ready = deque(task for task, count in enumerate(waits) if not count)
        order = []
        while ready:
            task = ready.popleft()
            order.append(task)
            for after in self.successors.get(task, ()):
                waits[after] -= 1
                if not waits[after]:
                    ready.append(after)
        if len(order) < len(self.names):
            raise CycleError(self._circles(task for task, count in enumerate(waits) if count))
        return order

    def _circles(self, stuck: Iterable[int]) -> Iterable[list[str]]:
        """Return the circles among ``stuck``, which also holds what only waits for one."""
        graph: nx.DiGraph[int] = nx.DiGraph((before, task) for task in stuck for before in self.needs[task])
        for members in nx.strongly_connected_components(graph):
            if len(members) > 1 or any(graph.has_edge(member, member) for member in members):
                yield sorted(self.names[member] for member in members)


def upward_rank(dag: Dag, costs: dict[tuple[int, int], float] | None = None) -> F64:
    """Return the length of the longest way from the start of each task to the end of all.

    Parameters
    ----------
    costs : s, what passes between two tasks that run on different machines, by (before, after); none by default

    Returns
    -------
    float64[n], s; a task's rank is its own seconds and the largest rank, with the cost of the way, of what needs it

    References
    ----------
    .. [1] H. Topcuoglu, S. Hariri, M.-Y. Wu, "Performance-effective and low-complexity task scheduling for
       heterogeneous computing", IEEE TPDS 13(3), 2002, eq. 6
    """
    rank: list[float] = dag.seconds.tolist()
    between = costs or {}
    for task in reversed(dag.order):
        if task not in dag.successors:
            continue
        if between:
            rank[task] += max(rank[after] + between.get((task, after), 0.0) for after in dag.successors[task])
        else:
            rank[task] += max(map(rank.__getitem__, dag.successors[task]))
    return np.asarray(rank, dtype=np.float64)


def critical_path(dag: Dag, rank: F64) -> list[int]:
    """Return the longest chain of needs, first to last; no number of workers is faster than it. Empty for no task."""
    if not len(rank):
        return []
    first = int(np.argmax(rank))
    path = [first]
    while path[-1] in dag.successors:
        path.append(max(dag.successors[path[-1]], key=lambda task: (rank[task], -task)))
    return path
