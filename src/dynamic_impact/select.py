"""The closure: everything that a change can break, and the shortest path that shows why."""

from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType

from dynamic_impact.graph import Graph, join, targets_of
from dynamic_impact.locks import LockEdit
from dynamic_impact.model import Affected, Change, Fallback, Step
from dynamic_impact.options import Options
from dynamic_impact.seeds import LockEdits, Seeds


@dataclass(frozen=True, slots=True)
class Closure:
    """The targets that the change touches, those it can break, and what could not be judged finely."""

    changed_targets: tuple[str, ...]
    changed_requirements: tuple[tuple[str, str, str], ...]
    affected: tuple[Affected, ...]
    fallbacks: tuple[Fallback, ...]
    unowned: tuple[str, ...]


def close(
    change: Change,
    head: Graph,
    base: "Graph | None",
    options: Options,
    unread: str = "",
    locks: LockEdits = MappingProxyType({}),
) -> Closure:
    """Return the closure of ``change`` over the head's graph joined with the base's.

    Parameters
    ----------
    base : the base's graph where `needs_base` said so; None leaves it out
    options : what ``pants.toml`` names
    unread : why the base's graph is missing though it was needed; then everything counts as changed
    locks : what the edit of each of `locks_in` did, or why that is not known; then all its users count as changed

    Notes
    -----
    O(nodes + edges): one breadth-first search from all changes at once, so each path is a shortest one.
    """
    graph = join(base, head) if base is not None else head
    here = targets_of(head)
    seeds = Seeds()
    if unread:
        seeds.fallbacks.append(Fallback("the base", f"cannot be compared with ({unread}), which can hide a cause of"))
    seeds.add_locks(graph, locks)
    seeds.add_files(change, graph, options, compared=base is not None)
    if base is not None:
        seeds.add_redefined(targets_of(base), here)
    seeds.widen(here, change.reason if change.everything else "")
    parents = _search(graph, seeds.steps, seeds.spared)
    affected = (
        Affected(address, target.type, target.is_test, len(path), path)
        for address, target in here.items()
        if address in parents and (path := _path(parents, address))
    )
    edits = ((path, edit) for path, edit in locks.items() if isinstance(edit, LockEdit))
    return Closure(
        changed_targets=tuple(sorted(address for address in seeds.steps if address in here)),
        changed_requirements=tuple((path, name, told) for path, edit in edits for name, told in edit.changed.items()),
        affected=tuple(sorted(affected, key=lambda item: (not item.is_test, item.distance, item.address))),
        fallbacks=tuple(seeds.fallbacks),
        unowned=tuple(seeds.unowned),
    )


def _search(graph: Graph, seeds: Mapping[str, Step], spared: Set[tuple[str, str]]) -> dict[str, Step]:
    """Return, for each node that can be reached not over an edge of ``spared``, the last step of a shortest path."""
    parents = dict(seeds)
    queue = deque(sorted(parents))
    while queue:
        node = queue.popleft()
        for dependent in graph.successors(node) if node in graph else ():
            if dependent not in parents and (node, dependent) not in spared:
                parents[dependent] = Step(node, dependent, str(graph.edges[node, dependent]["why"]))
                queue.append(dependent)
    return parents


def _path(parents: Mapping[str, Step], address: str) -> tuple[Step, ...]:
    steps = [parents[address]]
    while (previous := parents.get(steps[-1].source)) is not None:
        steps.append(previous)
    return tuple(reversed(steps))
