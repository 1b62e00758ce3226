"""The closure: everything that a change can break, and the shortest path that shows why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from dynamic_impact.compact import Reach, search
from dynamic_impact.graph import Graph, join
from dynamic_impact.locks import LockEdit
from dynamic_impact.model import Affected, Change, Fallback, OptionEdit, Step, Target
from dynamic_impact.options import Options
from dynamic_impact.seeds import LockEdits, Seeds
from dynamic_impact.table import Targets


@dataclass(frozen=True, slots=True)
class Closure:
    """The targets that the change touches, those it can break, and what could not be judged finely."""

    changed_targets: tuple[str, ...]
    changed_requirements: tuple[tuple[str, str, str], ...]
    affected: tuple[Affected, ...]
    fallbacks: tuple[Fallback, ...]
    unowned: tuple[str, ...]
    changed_options: tuple[OptionEdit, ...]
    anew: Mapping[str, tuple[str, ...]]


def close(
    change: Change,
    head: Graph,
    base: Graph | None,
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
    seeds = Seeds()
    if unread:
        seeds.fallbacks.append(Fallback("the base", f"cannot be compared with ({unread}), which can hide a cause of"))
    seeds.add_locks(graph, locks)
    seeds.add_files(change, graph, options, locks, compared=base is not None)
    if base is not None:
        seeds.add_redefined(*_differing(base.targets, head.targets))
    seeds.widen(head.targets, change.reason if change.everything else "")
    find = graph.arcs.names.find
    began = {place: step for address, step in seeds.steps.items() if (place := find(address)) >= 0}
    spared = ((find(cause), find(dependent)) for cause, dependent in seeds.spared)
    reach = search(graph.arcs.dependents, began, (edge for edge in spared if min(edge) >= 0))
    edits = ((path, edit) for path, edit in locks.items() if isinstance(edit, LockEdit))
    return Closure(
        changed_targets=tuple(sorted(address for address in seeds.steps if address in head.targets)),
        changed_requirements=tuple((path, name, told) for path, edit in edits for name, told in edit.changed.items()),
        affected=tuple(_affected(graph, head, reach, began)),
        fallbacks=tuple(seeds.fallbacks),
        unowned=tuple(seeds.unowned),
        changed_options=tuple(edit for edit, _ in options.edits),
        anew={goal: tuple(head.targets) for goal in sorted(seeds.anew)},
    )


def _differing(base: Targets, head: Targets) -> tuple[dict[str, Target], dict[str, Target]]:
    """Return of both only the targets that the other lacks, or defines otherwise."""
    differing = {address for address, _ in set(base.described()) ^ set(head.described())}
    before = {address: base[address] for address in differing if address in base}
    return before, {address: head[address] for address in differing if address in head}


def _affected(graph: Graph, head: Graph, reach: Reach, began: Mapping[int, Step]) -> Iterator[Affected]:
    """Return the targets of ``head`` that were reached, tests first, then nearest first, then by name."""
    paths = _paths(graph, reach, began)
    table = head.targets
    nodes = table.nodes if graph.places is None else graph.places[table.nodes]
    found = np.flatnonzero(reach.distances[nodes] > 0)
    order = np.lexsort((found, reach.distances[nodes[found]], ~table.tests[found]))
    for row, node in zip(found[order].tolist(), nodes[found[order]].tolist(), strict=True):
        path = paths[node]
        yield Affected(path[-1].target, table.kinds[table.types[row]], bool(table.tests[row]), len(path), path)


def _paths(graph: Graph, reach: Reach, began: Mapping[int, Step]) -> dict[int, tuple[Step, ...]]:
    """Return the path to each node that was reached; a path begins with that of the node before."""
    paths: dict[int, tuple[Step, ...]] = {}
    nodes = reach.nodes()
    for node, parent in zip(nodes.tolist(), reach.parents[nodes].tolist(), strict=True):
        if parent < 0:
            paths[node] = (began[node],)
            continue
        before = paths[parent]
        paths[node] = (*before, Step(before[-1].target, graph.arcs.names[node], graph.why(parent)))
    return paths
