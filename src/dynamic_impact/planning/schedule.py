"""A schedule on paper: which worker starts what when, and in which order work is taken up."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dynamic_impact.planning.dag import F64, I64, Dag

_LIKELY = 0.5
# What it may cost to hear of a likely failure first, as a part of the makespan.
_TOLERANCE = 0.03


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each task starts and ends, on which worker.

    Parameters
    ----------
    start, finish : float64[n], s
    worker : int64[n]
    """

    start: F64
    finish: F64
    worker: I64

    @property
    def makespan_s(self) -> float:
        """The end of the last task, s."""
        return float(self.finish.max(initial=0.0))


def list_schedule(dag: Dag, order: Sequence[int], workers: int) -> Schedule:
    """Give each free worker the first task of ``order`` whose needs have ended.

    Parameters
    ----------
    order : tasks, most urgent first; it need not respect the needs, and what is not in it counts as done
    workers : int, >= 1, all alike

    Notes
    -----
    No worker is idle while a task is ready, so the makespan is at most (2 - 1/workers) times the shortest. [1]_
    O((n + needs) log n).

    References
    ----------
    .. [1] R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Appl. Math. 17(2), 1969
    """
    seconds = dag.seconds[list(order)].tolist()
    place = {task: position for position, task in enumerate(order)}
    waits = [sum(before in place for before in dag.needs[task]) for task in order]
    ready = [position for position, count in enumerate(waits) if not count]  # ascending, so a heap
    waiting = len(waits) - len(ready)
    start, finish, at = [0.0] * len(waits), [0.0] * len(waits), [0] * len(waits)
    idle = list(range(workers))
    running: list[tuple[float, int]] = []
    now = 0.0
    while waiting:
        while ready and idle:
            position = heapq.heappop(ready)
            at[position] = heapq.heappop(idle)
            start[position], finish[position] = now, now + seconds[position]
            heapq.heappush(running, (finish[position], position))
        now, ended = heapq.heappop(running)
        heapq.heappush(idle, at[ended])
        for after in dag.successors.get(order[ended], ()):
            if after in place:
                waits[place[after]] -= 1
                if not waits[place[after]]:
                    waiting -= 1
                    heapq.heappush(ready, place[after])
    free = [*((now, worker) for worker in idle), *((end, at[position]) for end, position in running)]
    heapq.heapify(free)
    for position in sorted(ready):  # nothing waits any more
        begins, worker = free[0]
        start[position], finish[position], at[position] = begins, begins + seconds[position], worker
        heapq.heapreplace(free, (finish[position], worker))
    made = Schedule(np.zeros(len(dag.names)), np.zeros(len(dag.names)), np.zeros(len(dag.names), dtype=np.int64))
    tasks = list(order)
    made.start[tasks], made.finish[tasks], made.worker[tasks] = start, finish, at
    return made


def order_of_work(dag: Dag, rank: F64, failure: F64, workers: int) -> list[int]:
    """Return all tasks, most urgent first, each after what it needs.

    Tasks that are more likely to fail than not, and what they need, come first, those with the most failure for a
    second at their head. That stands as long as it makes the schedule at most 3 % longer than the order by upward rank
    alone; beyond that the rank decides, and a likely failure goes first only among equals.

    Parameters
    ----------
    failure : float64[n] in [0, 1]
    """
    by_rank = np.lexsort((np.arange(len(rank)), -failure, -rank)).tolist()
    urgent = _urgency(dag, failure)
    if not urgent.any():
        return _respecting(dag, by_rank)
    first = np.lexsort((np.arange(len(rank)), -rank, -urgent)).tolist()
    plain, eager = (list_schedule(dag, order, workers).makespan_s for order in (by_rank, first))
    return _respecting(dag, first if eager <= plain * (1 + _TOLERANCE) else by_rank)


def _respecting(dag: Dag, order: Sequence[int]) -> list[int]:
    """Return ``order`` with each task after what it needs; only tasks that take no time can stand otherwise."""
    place = [0] * len(order)
    for position, task in enumerate(order):
        place[task] = position
    if all(place[before] < place[task] for task, needed in enumerate(dag.needs) for before in needed):
        return list(order)
    waits = [len(needed) for needed in dag.needs]
    ready = [position for position, task in enumerate(order) if not waits[task]]
    sorted_: list[int] = []
    while ready:
        task = order[heapq.heappop(ready)]
        sorted_.append(task)
        for after in dag.successors.get(task, ()):
            waits[after] -= 1
            if not waits[after]:
                heapq.heappush(ready, place[after])
    return sorted_


def _urgency(dag: Dag, failure: F64) -> F64:
    """Return failures for a second of each likely one, handed on to all that it needs; 0 for the others."""
    likely = failure >= _LIKELY
    urgent: list[float] = np.where(likely, failure / np.maximum(dag.seconds, 1e-3), 0.0).tolist()
    if not likely.any():
        return np.zeros(len(failure))
    for task in reversed(dag.order):
        for before in dag.needs[task]:
            urgent[before] = max(urgent[before], urgent[task])
    return np.asarray(urgent)
