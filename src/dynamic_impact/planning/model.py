"""The values that the steps of planning hand each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SETUP = "setup"


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long something takes.

    Parameters
    ----------
    p50_s, p95_s : float, s, 0 <= p50_s <= p95_s, finite
    source : where that comes from: "history", "siblings" (its folder), "type", "all" (of history), "prior" (a constant)
    """

    p50_s: float
    p95_s: float
    source: str


@dataclass(frozen=True, slots=True)
class Node:
    """One task of the DAG.

    Parameters
    ----------
    id : ``goal:subject``
    goal : a goal of Pants, or "setup", which Pants does by itself for the first task that needs it
    addresses : what the goal is run over; none for a setup
    needs : ids of the tasks that must have ended before
    failure : float in [0, 1], how likely it fails
    resources : what a worker must have, as ``{"GPU": 1}``
    """

    id: str
    goal: str
    subject: str
    addresses: tuple[str, ...]
    needs: tuple[str, ...]
    estimate: Estimate
    failure: float = 0.0
    resources: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_setup(self) -> bool:
        """Say whether Pants does it by itself."""
        return self.goal == SETUP


@dataclass(frozen=True, slots=True)
class Runners:
    """The machines to plan for.

    Parameters
    ----------
    workers : int, >= 1, tasks that one runner runs at once
    startup_s : float, s, from its order to its first task
    cost_per_minute : float, in any currency
    whole_minutes : bool, each runner is billed for full minutes
    most : int, the most runners that may be taken
    """

    workers: int = 1
    startup_s: float = 0.0
    cost_per_minute: float = 0.0
    whole_minutes: bool = False
    most: int = 256


@dataclass(frozen=True, slots=True)
class Shard:
    """What one runner does.

    Parameters
    ----------
    tasks : numbers of its tasks in the order to start them, setups left out
    setups : numbers of the setups that it pays for
    expected_s : float, s, its end when each task takes its P50; without startup
    p95_s : float, s, its end in 95 % of the draws; without startup
    """

    tasks: tuple[int, ...]
    setups: tuple[int, ...]
    expected_s: float
    p95_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Work parted among runners, and how good that is.

    Parameters
    ----------
    nodes : all tasks
    rank : s, upward rank of each
    priority : place of each in the order of work, 0 first
    critical_path : numbers of the tasks of the longest chain
    expected_s : float, s, the longest shard's end when each task takes its P50; without startup
    bound_s : float, s, what no parting among as many runners can go below
    p50_s, p95_s : float, s, quantiles of the longest shard's end over the draws, with startup
    cost : float, mean over the draws, all runners
    """

    nodes: tuple[Node, ...]
    rank: tuple[float, ...]
    priority: tuple[int, ...]
    critical_path: tuple[int, ...]
    shards: tuple[Shard, ...]
    runners: Runners
    expected_s: float
    bound_s: float
    p50_s: float
    p95_s: float
    cost: float

    @property
    def ratio(self) -> float:
        """Makespan over its lower bound; 1 is the best there is, and what nothing at all takes."""
        return self.expected_s / self.bound_s if self.bound_s > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Budget:
    """The time that a run may take from its order to its verdict, s: in half of the runs, and in 19 of 20."""

    p50_s: float
    p95_s: float


@dataclass(frozen=True, slots=True)
class Try:
    """One number of runners and what it gives."""

    runners: int
    p50_s: float
    p95_s: float
    cost: float
    holds: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of runners that a budget leads to.

    Parameters
    ----------
    plan : the cheapest that holds, else the fastest tried
    tries : each number of runners tried, in order
    alone : numbers of the tasks that are over the budget on a runner of their own
    """

    plan: Plan
    tries: tuple[Try, ...]
    alone: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Say whether the plan holds the budget."""
        return any(tried.holds for tried in self.tries)
