"""Pants' targets and their files as one networkx graph, whose edges point from a cause to what it can break.

The graph is a frozen view over arrays: networkx sees a `DiGraph`, the search sees compressed rows (docs/adr/0017).
"""

import hashlib
import json
import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from dynamic_impact.compact import Arcs, Ints, Rows, merge, search
from dynamic_impact.implied import Need, need_of, with_implied
from dynamic_impact.locks import name_of
from dynamic_impact.model import Target
from dynamic_impact.table import FILE, Targets, compact

__all__ = ["FILE", "Graph", "build_graph", "causes_of", "join", "owners_of", "targets_from_peek", "targets_of"]

_CONTENT_FIELDS = ("sources_fingerprint",)
_TEST_TYPE = re.compile(r"(^|_)test(_shell_command)?$")
_SOURCE, _DEPENDENCY = "is a source of", "is a dependency of"

if TYPE_CHECKING:
    _Base = nx.DiGraph[str]
else:  # the class takes no parameter while it runs
    _Base = nx.DiGraph


class Graph(_Base):
    """Nodes are addresses and ``file:`` paths; a target's node holds its ``target``, an edge its ``why``.

    One that is made here cannot be changed; `copy` gives an ordinary networkx graph that can.

    Attributes
    ----------
    arcs : the same as arrays, for the search
    targets : by address; of a joined graph the head's
    places : int32[n_head], of a joined graph the place here of each node of the head's; else None
    """

    arcs: Arcs
    targets: Targets
    places: Ints | None

    @staticmethod
    def over(arcs: Arcs, targets: Targets, base: Targets | None = None, places: Ints | None = None) -> "Graph":
        """Return the graph over ``arcs``; with ``base``, that of both."""
        graph = Graph()
        graph.arcs, graph.targets, graph.places = arcs, targets, places
        nx.freeze(graph)
        # As networkx itself makes a view of a graph: its three mappings are put in place of its dictionaries.
        both: Mapping[str, Target] = ChainMap(targets, base) if base else targets  # type: ignore[arg-type]  # only read
        graph._node = _Nodes(arcs, both)  # type: ignore[attr-defined]
        graph._succ = _Sides(arcs, forward=True)  # type: ignore[attr-defined]
        graph._pred = _Sides(arcs, forward=False)  # type: ignore[attr-defined]
        return graph

    def why(self, node: int) -> str:
        """Return what the edges of the node at this place say."""
        return _SOURCE if self.arcs.files[node] else _DEPENDENCY


@dataclass(frozen=True, slots=True, eq=False)
class _Nodes(Mapping[str, dict[str, Any]]):
    arcs: Arcs
    targets: Mapping[str, Target]

    def __getitem__(self, name: str) -> dict[str, Any]:
        if name not in self.arcs.names:
            raise KeyError(name)
        target = self.targets.get(name)
        return {} if target is None else {"target": target}

    def __contains__(self, name: object) -> bool:
        return name in self.arcs.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.arcs.names)

    def __len__(self) -> int:
        return len(self.arcs.names)


@dataclass(frozen=True, slots=True, eq=False)
class _Sides(Mapping[str, Mapping[str, dict[str, str]]]):
    arcs: Arcs
    forward: bool

    def __getitem__(self, name: str) -> "_Side":
        place = self.arcs.names.find(name)
        if place < 0:
            raise KeyError(name)
        return _Side(self.arcs, place, self.forward)

    def __contains__(self, name: object) -> bool:
        return name in self.arcs.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.arcs.names)

    def __len__(self) -> int:
        return len(self.arcs.names)


@dataclass(frozen=True, slots=True, eq=False)
class _Side(Mapping[str, dict[str, str]]):
    """The neighbours of one node on one side, each with the data of the edge."""

    arcs: Arcs
    place: int
    forward: bool

    def _row(self) -> Ints:
        rows: Rows = self.arcs.dependents if self.forward else self.arcs.causes
        return rows.row(self.place)

    def __getitem__(self, name: str) -> dict[str, str]:
        other = self.arcs.names.find(name)
        row = self._row()
        at = int(np.searchsorted(row, other))
        if other < 0 or at == len(row) or row[at] != other:
            raise KeyError(name)
        cause = self.place if self.forward else other
        return {"why": _SOURCE if self.arcs.files[cause] else _DEPENDENCY}

    def __iter__(self) -> Iterator[str]:
        return (self.arcs.names[place] for place in self._row().tolist())

    def __len__(self) -> int:
        return len(self._row())


def targets_from_peek(documents: Iterable[Mapping[str, Any]]) -> tuple[Target, ...]:
    """Return the targets of a ``pants peek`` document, in order of address; an unknown type is one like any other.

    An address that occurs twice (two documents put together) is one target with all that both say.
    """
    known: dict[str, str] = {}
    needs: list[Need] = []
    targets: list[Target] = []
    for document in documents:  # one by one: a million are never held at once
        targets.append(_target(document, known))
        if (need := need_of(document)) is not None:
            needs.append(need)
    targets.sort(key=_address)
    if any(one.address == two.address for one, two in pairwise(targets)):
        targets = [_unite(tuple(same)) for _, same in groupby(targets, key=_address)]
    return tuple(with_implied(targets, needs))


def _address(target: Target) -> str:
    return target.address


def _unite(same: tuple[Target, ...]) -> Target:
    first = same[0]
    if len(set(same)) == 1:
        return first
    return replace(
        first,
        type=max(target.type for target in same),
        sources=tuple(dict.fromkeys(source for target in same for source in target.sources)),
        dependencies=tuple(dict.fromkeys(name for target in same for name in target.dependencies)),
        definition=_fingerprint(sorted(target.definition for target in same)),
        is_test=any(target.is_test for target in same),
        requirements=tuple(dict.fromkeys(name for target in same for name in target.requirements)),
    )


def _target(document: Mapping[str, Any], known: dict[str, str]) -> Target:
    """Return one target; ``known`` holds each name once, however many targets repeat it."""
    kind = str(document["target_type"])
    return Target(
        address=_once(document["address"], known),
        type=_once(kind, known),
        sources=tuple(_once(name, known) for name in document.get("sources") or ()),
        dependencies=tuple(_once(name, known) for name in document.get("dependencies") or ()),
        definition=_fingerprint({name: value for name, value in document.items() if name not in _CONTENT_FIELDS}),
        is_test=_is_test(kind, document),
        requirements=tuple(filter(None, map(name_of, document.get("requirements") or ()))),
    )


def _once(name: object, known: dict[str, str]) -> str:
    text = str(name)
    return known.setdefault(text, text)


def _fingerprint(value: object) -> str:
    """Return what two definitions share only if they are the same.

    Not the canonical form: that is slow, and refuses a name that is no UTF-8. No other program compares these.
    """
    return hashlib.blake2b(json.dumps(value, sort_keys=True, default=repr).encode(), digest_size=16).hexdigest()


def _is_test(kind: str, document: Mapping[str, Any]) -> bool:
    """Say whether the ``test`` goal runs it: by its name, or, as a Go package, by a field that only such types have.

    A generator (``python_tests``) has the field too, and runs only as what it generates.
    """
    told = "test" in (document.get("goals") or ())  # later versions of Pants say it
    named = bool(_TEST_TYPE.search(kind)) or ("skip_tests" in document and not kind.endswith("_tests"))
    return (told or named) and not document.get("skip_tests")


def build_graph(targets: Iterable[Target]) -> Graph:
    """Return the change-impact graph of ``targets``, whose addresses are distinct.

    O(n log n) for n targets and edges. A dependency that is no target (its BUILD file went) still gets a node.
    """
    return Graph.over(*compact(sorted(targets, key=_address)))


def join(base: Graph, head: Graph) -> Graph:
    """Return both graphs as one, the head's word standing where they differ.

    A path through it shows what the change can break even where it runs over a file, a target or an edge that the
    change removed.
    """
    arcs, places = merge(base.arcs, head.arcs)
    return Graph.over(arcs, head.targets, base.targets, places)


def targets_of(graph: Graph) -> Mapping[str, Target]:
    """Return the targets of ``graph`` by address; of a joined one the head's."""
    return graph.targets


def owners_of(graph: Graph, path: str) -> tuple[str, ...]:
    """Return the targets that hold the file ``path``, in order."""
    place = graph.arcs.names.find(FILE + path)
    return tuple(graph.arcs.names[node] for node in graph.arcs.dependents.row(place).tolist()) if place >= 0 else ()


def causes_of(graph: Graph, target: str) -> tuple[str, ...]:
    """Return the files whose edit can break ``target``: all that a path leads from, in order."""
    place = graph.arcs.names.find(target)
    if place < 0:
        return ()
    found = (search(graph.arcs.causes, [place]).distances > 0) & graph.arcs.files
    return tuple(graph.arcs.names[node].removeprefix(FILE) for node in np.flatnonzero(found).tolist())
