"""From a selection to tasks: each goal over its targets, and the setups that several of them share."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from types import MappingProxyType

from dynamic_impact.graph import Graph, targets_of
from dynamic_impact.model import Observation, Selection
from dynamic_impact.planning.durations import estimate
from dynamic_impact.planning.environments import Environment, environments, reach
from dynamic_impact.planning.model import SETUP, Estimate, Node
from dynamic_impact.planning.recorded import Setups

_PACKAGED = re.compile(
    r"(_binary|_distribution|_image|_archive|_artifact_package|_deploy_jar|_war|_package|_layer)$|^archive$"
)
_NONE: Estimate = Estimate(0.0, 0.0, "prior")
# Seconds of a goal that nothing is on record of, by goal: lint, check and others are one call of Pants for all targets.
_GOAL_S = MappingProxyType({"lint": 5.0, "check": 15.0, "package": 20.0, "scan": 30.0})
_OTHER_S = 10.0
_SPREAD = 2.0
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Need:
    """What a worker must have to run the tasks whose subject matches ``pattern`` (``*`` crosses folders)."""

    resource: str
    amount: int
    pattern: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the change itself.

    Parameters
    ----------
    past : results by address, oldest first
    failure : address -> how likely it fails, in [0, 1]
    machine : the class of machine to plan for
    setups : what setups took; None where every environment is in the runners' cache, and takes nothing
    whole_locks : a lock is installed whole for each test
    """

    past: Mapping[str, Sequence[Observation]]
    failure: Mapping[str, float]
    machine: str
    setups: Setups | None = field(default_factory=Setups)
    whole_locks: bool = False
    needs: tuple[Need, ...] = ()


def tasks_of(selection: Selection, graph: Graph, goals: Sequence[str], known: Known) -> tuple[Node, ...]:
    """Return the tasks of ``goals`` for ``selection``, setups first.

    A test is a task of its own, and so is a target to package, which needs those that it packs. Every other goal is one
    task over all its targets, as Pants runs it: ``lint`` over what changed, any other over what is affected.
    """
    nodes: list[Node] = []
    for goal in dict.fromkeys(goals):
        nodes.extend(_MAKERS.get(goal, _together)(goal, selection, graph, known))
    single = [node.subject for node in nodes if node.goal in _MAKERS and node.goal != "lint"]
    setups, needed = _setups(graph, single, known)
    tasks = (replace(node, needs=(*needed.get(node.subject, ()), *node.needs)) for node in nodes)
    return (*setups, *(replace(task, resources=_resources(task.subject, known.needs)) for task in tasks))


def _tests(goal: str, selection: Selection, graph: Graph, known: Known) -> list[Node]:
    types = {address: target.type for address, target in targets_of(graph).items() if target.is_test}
    types.update((test.address, test.type) for test in selection.tests)
    estimates = estimate(types, known.past, known.machine)
    return [
        _node(goal, test.address, estimates[test.address], known.failure.get(test.address, 0.0))
        for test in selection.tests
    ]


def _packages(goal: str, selection: Selection, graph: Graph, known: Known) -> list[Node]:
    del known
    packed = [item.address for item in selection.affected if _PACKAGED.search(item.type)]
    within = _packed_within(graph, packed)
    return [
        replace(_node(goal, address, _prior(goal)), needs=tuple(f"{goal}:{other}" for other in within[address]))
        for address in packed
    ]


def _lint(goal: str, selection: Selection, graph: Graph, known: Known) -> list[Node]:
    del graph, known
    addresses = selection.changed_targets
    return [replace(_node(goal, "changed targets", _prior(goal)), addresses=addresses)] if addresses else []


def _together(goal: str, selection: Selection, graph: Graph, known: Known) -> list[Node]:
    del graph, known
    addresses = tuple(item.address for item in selection.affected)
    return [replace(_node(goal, "affected targets", _prior(goal)), addresses=addresses)] if addresses else []


_Maker = Callable[[str, Selection, Graph, Known], list[Node]]
_MAKERS: Mapping[str, _Maker] = MappingProxyType({"test": _tests, "package": _packages, "lint": _lint})


def _node(goal: str, subject: str, duration: Estimate, failure: float = 0.0) -> Node:
    return Node(f"{goal}:{subject}", goal, subject, (subject,), (), duration, failure)


def _prior(goal: str) -> Estimate:
    seconds = _GOAL_S.get(goal, _OTHER_S)
    return Estimate(seconds, seconds * _SPREAD, "prior")


def _packed_within(graph: Graph, packed: Sequence[str]) -> dict[str, list[str]]:
    """Return which others of ``packed`` each of them holds, directly or through what it depends on."""
    if not packed:
        return {}
    masks = reach(graph, graph, packed)
    return {
        address: [other for bit, other in enumerate(packed) if masks[address] >> bit & 1 and other != address]
        for address in packed
    }


def _setups(graph: Graph, subjects: Sequence[str], known: Known) -> tuple[list[Node], dict[str, tuple[str, ...]]]:
    """Return the setups that ``subjects`` share, and the ids that each of them needs."""
    found = environments(graph, subjects, whole_locks=known.whole_locks)
    nodes: dict[str, Node] = {}
    needed = {}
    for subject, environment in found.items():
        locks = [_lock(address, graph, known) for address in environment.locks]
        nodes.update((lock.id, lock) for lock in locks)
        needed[subject] = tuple(lock.id for lock in locks)
        if environment.requirements:
            packages = _extraction(environment, needed[subject], known)
            nodes[packages.id] = packages
            needed[subject] = (packages.id,)
    return list(nodes.values()), needed


def _lock(address: str, graph: Graph, known: Known) -> Node:
    path = next(iter(graph.nodes[address]["target"].sources), address)
    duration = known.setups.lock(path) if known.setups else _NONE
    return Node(f"{SETUP}:{path}", SETUP, f"install {path}", (), (), duration)


def _extraction(environment: Environment, locks: tuple[str, ...], known: Known) -> Node:
    duration = known.setups.extraction(environment.packages) if known.setups else _NONE
    names = sorted(environment.packages) or list(environment.requirements)
    told = "environment of " + ", ".join(names[:_NAMED])
    told += f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return Node(f"{SETUP}:{environment.key}", SETUP, told, (), locks, duration)


def _resources(subject: str, needs: Sequence[Need]) -> Mapping[str, int]:
    return {need.resource: need.amount for need in needs if fnmatchcase(subject, need.pattern)}
