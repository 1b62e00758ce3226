"""Pants' targets and their files as one networkx graph, whose edges point from a cause to what it can break."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import networkx as nx

from dynamic_base import digest
from dynamic_impact.locks import name_of
from dynamic_impact.model import Target

FILE = "file:"
_CONTENT_FIELDS = ("sources_fingerprint",)
_TEST_TYPE = re.compile(r"(^|_)test(_shell_command)?$")

Graph: TypeAlias = "nx.DiGraph[str]"


def targets_from_peek(documents: Iterable[Mapping[str, Any]]) -> tuple[Target, ...]:
    """Return the targets of a ``pants peek`` document, in order of address; an unknown type is one like any other."""
    return tuple(sorted((_target(document) for document in documents), key=lambda target: target.address))


def _target(document: Mapping[str, Any]) -> Target:
    definition = {name: value for name, value in document.items() if name not in _CONTENT_FIELDS}
    kind = str(document["target_type"])
    return Target(
        address=str(document["address"]),
        type=kind,
        sources=tuple(document.get("sources") or ()),
        dependencies=tuple(document.get("dependencies") or ()),
        definition=digest(_without_floats(definition)),
        is_test=_is_test(kind, document),
        requirements=tuple(filter(None, map(name_of, document.get("requirements") or ()))),
    )


def _is_test(kind: str, document: Mapping[str, Any]) -> bool:
    """Say whether the ``test`` goal runs it: by its name, or, as a Go package, by a field that only such types have.

    A generator (``python_tests``) has the field too, and runs only as what it generates.
    """
    named = bool(_TEST_TYPE.search(kind)) or ("skip_tests" in document and not kind.endswith("_tests"))
    return named and not document.get("skip_tests")


def _without_floats(value: object) -> object:
    """Return ``value`` in the types that canonical JSON is sure of: a plugin's field may hold any number."""
    if isinstance(value, Mapping):
        return {str(key): _without_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_floats(item) for item in value]
    return value if value is None or isinstance(value, bool | str) else repr(value)


def build_graph(targets: Iterable[Target]) -> Graph:
    """Return the change-impact graph: nodes are addresses and ``file:`` paths, edges carry ``why``.

    O(targets + edges). A dependency that is no target of its own (its BUILD file went) still gets a node.
    """
    graph: Graph = nx.DiGraph()
    for target in targets:
        graph.add_node(target.address, target=target)
        for source in target.sources:
            graph.add_edge(FILE + source, target.address, why="is a source of")
        for dependency in target.dependencies:
            graph.add_edge(dependency, target.address, why="is a dependency of")
    return graph


def join(base: Graph, head: Graph) -> Graph:
    """Return both graphs as one, the head's word standing where they differ.

    A path through it shows what the change can break even where it runs over a file, a target or an edge that the
    change removed.
    """
    return nx.compose(base, head)


def targets_of(graph: Graph) -> dict[str, Target]:
    """Return the targets of ``graph`` by address."""
    return {node: data["target"] for node, data in graph.nodes(data=True) if "target" in data}


def causes_of(graph: Graph, target: str) -> tuple[str, ...]:
    """Return the files whose edit can break ``target``: all that a path leads from, in order."""
    return tuple(sorted(node.removeprefix(FILE) for node in nx.ancestors(graph, target) if node.startswith(FILE)))
