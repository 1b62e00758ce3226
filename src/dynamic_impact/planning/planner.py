"""From tasks to a plan: their order, what may run on which runner, and how long that takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import networkx as nx
import numpy as np

from dynamic_impact.planning.bounds import dag_bound_s, shard_bound_s
from dynamic_impact.planning.dag import F64, I64, Dag, critical_path, upward_rank
from dynamic_impact.planning.model import Node, Plan, Runners, Shard
from dynamic_impact.planning.pieces import Pieces
from dynamic_impact.planning.rebalance import rebalance
from dynamic_impact.planning.risk import runner_times, samples_for
from dynamic_impact.planning.schedule import list_schedule, order_of_work
from dynamic_impact.planning.shards import part

_SEED = 20_261_124
_NEAR = 1.005
_REBALANCED = 1_000
_TRIED_TWICE = 5_000  # with more there is so much to fill gaps with that both ways are near the bound


@dataclass(slots=True)
class Planner:
    """Plans one set of tasks for any number of runners.

    Parameters
    ----------
    nodes : the tasks; ids that a task needs and that are not among them count as done, setups that no task needs are
        left out
    seed : of the draws

    Raises
    ------
    CycleError : tasks need each other in a circle
    """

    nodes: tuple[Node, ...]
    runners: Runners
    seed: int = _SEED
    dag: Dag = field(init=False)
    rank: F64 = field(init=False)
    p50_s: F64 = field(init=False)
    p95_s: F64 = field(init=False)
    bundles: list[tuple[int, ...]] = field(init=False)
    pieces: Pieces = field(init=False)
    _setups: tuple[int, ...] = field(init=False)
    _bounding: Pieces = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = _without_idle_setups(self.nodes)
        number = {node.id: place for place, node in enumerate(self.nodes)}
        # Most tests share their needs with many others: one tuple for each distinct set of them.
        known = {
            wanted: tuple(number[need] for need in wanted if need in number) for wanted in {n.needs for n in self.nodes}
        }
        needs = [known[node.needs] for node in self.nodes]
        self.p50_s = np.array([node.estimate.p50_s for node in self.nodes], dtype=np.float64)
        self.p95_s = np.array([node.estimate.p95_s for node in self.nodes], dtype=np.float64)
        self.dag = Dag([node.id for node in self.nodes], self.p50_s, needs)
        self.rank = upward_rank(self.dag)
        self._setups = tuple(place for place, node in enumerate(self.nodes) if node.is_setup)
        self.bundles = self._bundles()
        self.pieces = self._pieces(self.bundles)
        # Side by side, the tasks of a bundle take less than their sum: the bound then holds for each task alone.
        loose = self.runners.workers > 1 and any(len(bundle) > 1 for bundle in self.bundles)
        alone = [[task] for bundle in self.bundles for task in bundle]
        self._bounding = self._pieces(alone) if loose else self.pieces

    def plan(self, shards: int) -> Plan:
        """Return the plan for ``shards`` runners, or for as many as there is work for."""
        failure = np.array([node.failure for node in self.nodes])
        order = order_of_work(self.dag, self.rank, failure, shards * self.runners.workers)
        place = [0] * len(order)
        for position, task in enumerate(order):
            place[task] = position
        parted = [self._ordered(bundles, place) for bundles in self._part(shards, place)]
        rng = np.random.default_rng(self.seed)
        samples = samples_for([len(setups) + len(tasks) for setups, tasks in parted])
        made, ends = [], np.zeros((len(parted), samples))
        for row, (setups, tasks) in enumerate(parted):
            mine = sorted((*setups, *tasks), key=place.__getitem__)
            ends[row] = runner_times(self.dag, mine, self.runners.workers, self.p50_s, self.p95_s, samples, rng)
            made.append(Shard(tuple(tasks), tuple(setups), self._end(mine), float(np.quantile(ends[row], 0.95))))
        return self._assembled(shards, tuple(made), place, ends)

    def _assembled(self, shards: int, made: tuple[Shard, ...], place: Sequence[int], ends: F64) -> Plan:
        startup = self.runners.startup_s if made else 0.0
        longest = ends.max(axis=0, initial=0.0) + startup
        minutes = (ends + startup) / 60
        billed = np.ceil(minutes) if self.runners.whole_minutes else minutes
        bound = shard_bound_s(self._bounding, shards, self.runners.workers)
        if shards == 1:
            bound = max(bound, dag_bound_s(self.dag, self.rank, self.runners.workers))
        return Plan(
            nodes=self.nodes,
            rank=tuple(self.rank.tolist()),
            priority=tuple(place),
            critical_path=tuple(critical_path(self.dag, self.rank)),
            shards=made,
            runners=self.runners,
            expected_s=max((shard.expected_s for shard in made), default=0.0),
            bound_s=max(bound, float(self.rank.max(initial=0.0))),
            p50_s=float(np.quantile(longest, 0.5)),
            p95_s=float(np.quantile(longest, 0.95)),
            cost=float(billed.sum(axis=0).mean()) * self.runners.cost_per_minute,
        )

    def _bundles(self) -> list[tuple[int, ...]]:
        """Return the tasks, those that need each other together: one runner cannot wait for what another makes."""
        setups = set(self._setups)
        free = [task for task in range(len(self.nodes)) if task not in setups]
        tied = [(task, before) for task in free for before in self.dag.needs[task] if before not in setups]
        if not tied:
            return [(task,) for task in free]
        joined: nx.Graph[int] = nx.Graph(tied)
        groups = [tuple(sorted(group)) for group in nx.connected_components(joined)]
        return sorted([*groups, *((task,) for task in free if task not in joined)])

    def _pieces(self, bundles: Sequence[Sequence[int]]) -> Pieces:
        """Return ``bundles`` as pieces, each of the kind of the setups that it needs, theirs included."""
        column = {setup: place for place, setup in enumerate(self._setups)}
        above: dict[int, frozenset[int]] = {}
        for task in self.dag.order:
            needed = self.dag.needs[task]
            if task not in column and len(needed) == 1:
                above[task] = above[needed[0]]
                continue
            own = frozenset((column[task],)) if task in column else frozenset()
            above[task] = own.union(*(above[before] for before in needed))
        kinds: dict[frozenset[int], int] = {}
        kind = []
        for bundle in bundles:
            setups = above[bundle[0]] if len(bundle) == 1 else frozenset().union(*(above[task] for task in bundle))
            kind.append(kinds.setdefault(setups, len(kinds)))
        owner = np.repeat(np.arange(len(bundles)), [len(bundle) for bundle in bundles])
        members = np.array([task for bundle in bundles for task in bundle], dtype=np.int64)
        return Pieces(
            seconds=np.asarray(
                np.bincount(owner, weights=self.p50_s[members], minlength=len(bundles)), dtype=np.float64
            ),
            kind=np.array(kind, dtype=np.int64),
            setups=tuple(tuple(sorted(setups)) for setups in kinds),
            setup_s=self.p50_s[list(self._setups)],
            first=self._first(above),
        )

    def _first(self, above: Mapping[int, frozenset[int]]) -> tuple[int, ...]:
        """Return the setups that all else waits for: they need nothing, and everything needs them."""
        column = {setup: place for place, setup in enumerate(self._setups)}
        roots = frozenset(place for setup, place in column.items() if not self.dag.needs[setup])
        rest = {setups for task, setups in above.items() if column.get(task) not in roots}
        return tuple(sorted(roots.intersection(*rest))) if rest else ()

    def _part(self, shards: int, place: Sequence[int]) -> list[list[int]]:
        """Return the bundles of each shard that holds any, judged by the order in which they will be taken up."""
        workers = self.runners.workers
        ways = [part(self.pieces.spread(workers), shards)]
        if workers > 1 and shards > 1 and len(self.bundles) <= _TRIED_TWICE:
            ways.append(self._by_slots(shards))
        made = [self._grouped(way, shards) for way in ways]
        if len(made) == 1 or not self.bundles:
            return made[0]

        def end(bundles: Sequence[int]) -> float:
            setups, tasks = self._members(bundles)
            return self._end(sorted((*setups, *tasks), key=place.__getitem__))

        best = min(made, key=lambda groups: max(map(end, groups)))
        if len(self.bundles) > _REBALANCED:
            return best
        enough_s = max(shard_bound_s(self._bounding, shards, workers), float(self.rank.max()))
        return [group for group in rebalance(best, end, enough_s * _NEAR, self.pieces.kind.tolist()) if group]

    def _by_slots(self, shards: int) -> I64:
        """Return a parting among all workers of all shards, those with the same setups side by side on one shard."""
        workers = self.runners.workers
        slots = part(self.pieces, shards * workers)
        needs: list[set[int]] = [set() for _ in range(shards * workers)]
        for slot, kind in zip(slots.tolist(), self.pieces.kind.tolist(), strict=True):
            needs[slot].update(self.pieces.setups[kind])
        alike = sorted(range(shards * workers), key=lambda slot: (sorted(needs[slot]), slot))
        shard = np.empty(shards * workers, dtype=np.int64)
        shard[alike] = np.arange(shards * workers) // workers
        return np.asarray(shard[slots], dtype=np.int64)

    def _grouped(self, shard_of: I64, shards: int) -> list[list[int]]:
        groups: list[list[int]] = [[] for _ in range(shards)]
        for bundle, shard in enumerate(shard_of.tolist()):
            groups[shard].append(bundle)
        return [group for group in groups if group]

    def _members(self, bundles: Sequence[int]) -> tuple[list[int], list[int]]:
        kinds = np.unique(self.pieces.kind[list(bundles)]).tolist()
        setups = {self._setups[setup] for kind in kinds for setup in self.pieces.setups[kind]}
        return sorted(setups), [task for bundle in bundles for task in self.bundles[bundle]]

    def _ordered(self, bundles: Sequence[int], place: Sequence[int]) -> tuple[list[int], list[int]]:
        setups, tasks = self._members(bundles)
        by_place = place.__getitem__
        return sorted(setups, key=by_place), sorted(tasks, key=by_place)

    def _end(self, tasks: Sequence[int]) -> float:
        """Return when one runner is done with ``tasks``, s."""
        if self.runners.workers == 1:
            return float(self.p50_s[list(tasks)].sum())
        return list_schedule(self.dag, tasks, self.runners.workers).makespan_s


def _without_idle_setups(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    by_id = {node.id: node for node in nodes}
    wanted = [node for node in nodes if not node.is_setup]
    used: set[str] = set()
    while wanted:
        needs = set().union(*(node.needs for node in wanted)) - used
        used |= needs
        wanted = [by_id[need] for need in needs if need in by_id]
    return tuple(node for node in nodes if not node.is_setup or node.id in used)
