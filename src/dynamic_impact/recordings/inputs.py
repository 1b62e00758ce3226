"""What a test stands on and a recording does not show call by call, as one digest of each test.

That is, of all that leads to the test in the graph: the definitions of the targets, the content of each file that is no
Python source, and the pins of each requirement with all that they need. Of Python sources just the paths: which of
their blocks count is recorded. Where a target of another kind stands between, something may be built from the sources
below it, in a process that nobody records: there their content counts too.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

import networkx as nx

from dynamic_base import digest
from dynamic_impact.graph import FILE, Graph
from dynamic_impact.locks import Lock
from dynamic_impact.model import Target

_PYTHON = frozenset(("python_source", "python_sources", "python_test", "python_tests", "python_test_utils"))
# They hand on what they hold as it is, and build nothing from it.
_PLAIN = _PYTHON | frozenset(
    (
        "",
        "_generator_sources_helper",
        "_lockfile",
        "_lockfiles",
        "file",
        "files",
        "pants_requirements",
        "pipenv_requirements",
        "poetry_requirements",
        "python_requirement",
        "python_requirements",
        "relocated_files",
        "resource",
        "resources",
        "target",
    )
)


_DATA = frozenset(("file", "files", "resource", "resources"))
# The standard library's code in C opens these by itself, and the system its libraries.
_OPENED_UNSEEN = (".pem", ".crt", ".cer", ".key", ".der", ".so", ".dylib", ".dll", ".pyd")


class Inputs(NamedTuple):
    """The two digests of one test's inputs; they never meet."""

    with_data: str
    without_data: str


@dataclass(frozen=True, slots=True)
class Pins:
    """What of the locks counts for each requirement target.

    Parameters
    ----------
    of : digest of the pins of a requirement target's packages, and of all that they need, by address
    cut : edges that need not be followed, since `of` says more exactly what they bring
    """

    of: Mapping[str, str] = field(default_factory=dict)
    cut: Set[tuple[str, str]] = frozenset()


def pins_of(graph: Graph, locks: Mapping[str, Lock | None]) -> Pins:
    """Return the pins of each requirement target.

    Parameters
    ----------
    locks : by path; None is one that is not understood, which counts whole
    """
    of: dict[str, str] = {}
    cut: set[tuple[str, str]] = set()
    for node in graph:
        target = graph.nodes[node].get("target")
        if target is None or not target.requirements:
            continue
        for before in graph.predecessors(node):
            kind = _type(graph, before)
            if kind == "_generator_sources_helper":  # a list of requirements: the definition holds the line
                cut.add((before, node))
            elif kind.startswith("_lockfile"):
                read = [locks.get(path.removeprefix(FILE)) for path in graph.predecessors(before)]
                if (found := _pins(target, read)) is not None:
                    of[node] = found
                    cut.add((before, node))
    return Pins(of, cut)


def _pins(target: Target, locks: Iterable[Lock | None]) -> str | None:
    held: list[list[object]] = []
    for lock in locks:
        if lock is None or not all(name in lock for name in target.requirements):
            return None
        names = deque(target.requirements)
        seen = set(names)
        while names:
            for needed in lock[names.popleft()].needs - seen:
                if needed not in lock:
                    return None
                seen.add(needed)
                names.append(needed)
        held.append([[name, lock[name].version, lock[name].content, sorted(lock[name].needs)] for name in sorted(seen)])
    return digest(held) if held else None


def inputs_of(
    graph: Graph, tests: Iterable[str], blob: Callable[[str], str], setting: str, pins: Pins
) -> dict[str, Inputs]:
    """Return the digests of the inputs of each of ``tests``.

    Parameters
    ----------
    blob : gives the name of a file's content, by its path
    setting : what else steers every result

    Notes
    -----
    O(nodes + edges) for all tests together: the digest of a node is made of those of the nodes that lead to it; the
    members of a cycle share one.
    """
    wanted = [test for test in tests if test in graph]
    below = graph.subgraph(_ancestors(graph, wanted, pins.cut)).copy()
    below.remove_edges_from(pins.cut)
    cycles = nx.condensation(below)
    with_data: dict[int, str] = {}
    without: dict[int, str] = {}
    full: dict[int, str] = {}
    for cycle in nx.topological_sort(cycles):
        members = sorted(cycles.nodes[cycle]["members"])
        before = list(cycles.predecessors(cycle))
        states = [_state(graph, node, blob, pins) for node in members]
        kinds = {_type(graph, node) for node in members}
        full[cycle] = digest([states, sorted(full[one] for one in before)])
        if not kinds <= _PLAIN:
            with_data[cycle] = without[cycle] = full[cycle]
            continue
        with_data[cycle] = digest([[state[:-1] for state in states], sorted(with_data[one] for one in before)])
        if "relocated_files" in kinds:  # the test reads them by another path
            without[cycle] = with_data[cycle]
        else:
            without[cycle] = digest([[state[:-2] for state in states], sorted(without[one] for one in before)])
    home = cycles.graph["mapping"]
    return {
        test: Inputs(digest([setting, with_data[home[test]]]), digest([setting, "without data", without[home[test]]]))
        for test in wanted
    }


def _state(graph: Graph, node: str, blob: Callable[[str], str], pins: Pins) -> list[str]:
    """Return what ``node`` is by itself, what of it counts as data, and what only if something is built from it."""
    if not node.startswith(FILE):
        target = graph.nodes[node].get("target")
        return [node, target.definition if target else "", pins.of.get(node, ""), "", ""]
    path = node.removeprefix(FILE)
    owners = {_type(graph, owner) for owner in graph.successors(node)}
    if path.endswith(".py") and owners <= _PYTHON:
        return [node, "", "", "", blob(path)]
    if owners and owners <= _DATA and not path.endswith((".py", *_OPENED_UNSEEN)):
        return [node, "", "", blob(path), ""]
    return [node, blob(path), "", "", ""]


def _ancestors(graph: Graph, nodes: Iterable[str], cut: Set[tuple[str, str]]) -> set[str]:
    found = set(nodes)
    queue = deque(found)
    while queue:
        node = queue.popleft()
        for before in graph.predecessors(node):
            if before not in found and (before, node) not in cut:
                found.add(before)
                queue.append(before)
    return found


def _type(graph: Graph, node: str) -> str:
    target = graph.nodes[node].get("target")
    return target.type if target else ""
