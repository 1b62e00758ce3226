"""Which third-party environment a target needs, read off the graph: its requirements, and the locks that pin them."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from dynamic_base import digest
from dynamic_impact.graph import Graph
from dynamic_impact.model import Target

_LOCK = re.compile(r"^_lockfile$")
_THIRD_PARTY = re.compile(r"(_requirement|_artifact|_third_party_package)$")


@dataclass(frozen=True, slots=True)
class Environment:
    """Third-party packages that are made ready together.

    Parameters
    ----------
    locks : addresses of the locks that it is taken from, in order
    requirements : addresses of the requirement targets in it, in order
    packages : their normalised names, as far as the graph knows them
    """

    locks: tuple[str, ...]
    requirements: tuple[str, ...]
    packages: frozenset[str]

    @property
    def key(self) -> str:
        """A short name that only this set of requirements and locks has."""
        return digest([list(self.locks), list(self.requirements)])[:12]


def environments(graph: Graph, addresses: Iterable[str], *, whole_locks: bool = False) -> dict[str, Environment]:
    """Return the environment of each of ``addresses`` that needs one.

    Parameters
    ----------
    whole_locks : a lock is installed whole for each test, so that the requirements make no difference

    Notes
    -----
    O(nodes + edges) above ``addresses`` in the graph; each step joins two bit sets of as many bits as there are
    requirements and locks.
    """
    wanted = [address for address in addresses if address in graph]
    above = _above(graph, wanted)
    marks = sorted(node for node in above if _is_mark(graph, node))
    reached = reach(graph, above, marks)
    found: dict[int, Environment] = {}
    answer = {}
    for address in wanted:
        bits = reached[address]
        if bits and bits not in found:
            found[bits] = _environment(graph, [marks[bit] for bit in _bits(bits)], whole_locks=whole_locks)
        if bits and (found[bits].locks or found[bits].requirements):
            answer[address] = found[bits]
    return answer


def reach(graph: Graph, nodes: Iterable[str], marks: Sequence[str]) -> dict[str, int]:
    """Return for each of ``nodes`` which of ``marks`` lead to it, or are it, as bits; circles are allowed.

    ``nodes`` must hold every node above each of its own.
    """
    own = {mark: 1 << bit for bit, mark in enumerate(marks)}
    masks = {node: own.get(node, 0) for node in nodes}
    waits = {node: graph.in_degree(node) for node in masks}
    ready = deque(node for node, count in waits.items() if not count)
    while ready:
        node = ready.popleft()
        for after in _within(graph, node, masks):
            masks[after] |= masks[node]
            waits[after] -= 1
            if not waits[after]:
                ready.append(after)
    stuck = graph.subgraph([node for node, count in waits.items() if count])
    # networkx gives the components with those that nothing follows first, so this is from the causes on.
    for component in reversed(list(nx.strongly_connected_components(stuck))):
        joined = 0
        for node in component:
            joined |= masks[node]
            for before in graph.predecessors(node):
                joined |= masks[before]
        for node in component:
            masks[node] = joined
    return masks


def _within(graph: Graph, node: str, nodes: Mapping[str, int]) -> Iterator[str]:
    return (after for after in graph.successors(node) if after in nodes)


def _above(graph: Graph, addresses: Iterable[str]) -> set[str]:
    seen = set(addresses)
    queue = deque(seen)
    while queue:
        for before in graph.predecessors(queue.popleft()):
            if before not in seen:
                seen.add(before)
                queue.append(before)
    return seen


def _is_mark(graph: Graph, node: str) -> bool:
    target: Target | None = graph.nodes[node].get("target")
    return target is not None and bool(
        target.requirements or _LOCK.match(target.type) or _THIRD_PARTY.search(target.type)
    )


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _environment(graph: Graph, marks: Sequence[str], *, whole_locks: bool) -> Environment:
    targets: list[Target] = [graph.nodes[mark]["target"] for mark in marks]
    locks = tuple(target.address for target in targets if _LOCK.match(target.type))
    others = [target for target in targets if not _LOCK.match(target.type)]
    if whole_locks and locks:
        return Environment(locks, (), frozenset())
    packages = frozenset(name for target in others for name in target.requirements)
    return Environment(locks, tuple(target.address for target in others), packages)
