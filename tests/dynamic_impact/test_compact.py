"""The arrays say what networkx says: on random graphs, and for any name."""

import json
from collections.abc import Iterable
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_impact.compact import Names, Rows, search, to_bytes
from dynamic_impact.errors import PantsFailedError
from dynamic_impact.graph import FILE, build_graph, causes_of, join, owners_of, targets_from_peek
from dynamic_impact.model import Change, FileChange, Status, Target
from dynamic_impact.options import Options
from dynamic_impact.saved import SavedPants
from dynamic_impact.select import close

NODES = 14
Edges = set[tuple[int, int]]
EDGES = st.sets(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=50)
UNTIMED = settings(deadline=None, max_examples=60)
PLACES = st.sets(st.integers(0, NODES - 1), max_size=4)


def rows_of(edges: Edges) -> Rows:
    return Rows.of(([end for cause, end in sorted(edges) if cause == node] for node in range(NODES)), NODES)


def oracle(edges: Iterable[tuple[int, int]]) -> "nx.DiGraph[int]":
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(NODES))
    graph.add_edges_from(edges)
    return graph


@given(edges=EDGES, seeds=PLACES, spared=EDGES)
@UNTIMED
def test_a_search_reaches_what_networkx_reaches_by_shortest_paths(edges: Edges, seeds: set[int], spared: Edges) -> None:
    reach = search(rows_of(edges), seeds, spared)
    graph = oracle(edges - spared)
    expected = nx.multi_source_dijkstra_path_length(graph, seeds) if seeds else {}
    assert {node: int(d) - 1 for node, d in enumerate(reach.distances) if d > 0} == expected
    for node, distance in expected.items():
        before = [cause for cause in graph.predecessors(node) if expected.get(cause) == distance - 1]
        assert reach.parents[node] == (min(before) if distance else -1)
    assert [expected[node] for node in reach.nodes().tolist()] == sorted(expected.values())


def target(number: int, edges: Edges) -> Target:
    needs = tuple(f"t{cause:02}" for cause, end in sorted(edges) if end == number)
    sources, is_test = (f"{number}.py", "all.py"), number % 2 == 0
    return Target(f"t{number:02}", "python_test", sources, needs, str(number), is_test=is_test)


def dictionaries(targets: Iterable[Target]) -> "nx.DiGraph[str]":
    """Return the graph as plain networkx, a dictionary an edge."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for one in targets:
        graph.add_node(one.address, target=one)
        graph.add_edges_from(((FILE + source, one.address) for source in one.sources), why="is a source of")
        graph.add_edges_from(((cause, one.address) for cause in one.dependencies), why="is a dependency of")
    return graph


@given(edges=EDGES, here=PLACES)
@UNTIMED
def test_networkx_sees_the_graph_that_it_would_have_built(edges: Edges, here: set[int]) -> None:
    targets = [target(number, edges) for number in here]  # so that some dependencies are no targets
    graph, plain = build_graph(targets), dictionaries(targets)
    assert nx.utils.graphs_equal(graph, plain)
    assert {node: sorted(graph.predecessors(node)) for node in graph} == {
        node: sorted(plain.predecessors(node)) for node in plain
    }
    assert sorted(graph.in_edges(data="why")) == sorted(plain.in_edges(data="why"))
    for one in targets:
        files = {node for node in nx.ancestors(plain, one.address) if node.startswith(FILE)}
        assert causes_of(graph, one.address) == tuple(sorted(node.removeprefix(FILE) for node in files))
        assert nx.ancestors(graph, one.address) == nx.ancestors(plain, one.address)
    assert owners_of(graph, "all.py") == tuple(sorted(one.address for one in targets))
    assert owners_of(graph, "none.py") == causes_of(graph, "none") == ()


@given(one=EDGES, other=EDGES, base=PLACES, head=PLACES)
@UNTIMED
def test_a_joined_graph_is_what_networkx_composes(one: Edges, other: Edges, base: set[int], head: set[int]) -> None:
    before, after = [target(n, one) for n in base], [target(n, other) for n in head]
    joined = join(build_graph(before), build_graph(after))
    assert nx.utils.graphs_equal(joined, nx.compose(dictionaries(before), dictionaries(after)))


@given(one=EDGES, other=EDGES, base=PLACES, head=PLACES, gone=PLACES)
@UNTIMED
def test_the_closure_over_a_base_that_differs_is_what_networkx_reaches_over_both(
    one: Edges, other: Edges, base: set[int], head: set[int], gone: set[int]
) -> None:
    before, after = [target(n, one) for n in base], [target(n, other) for n in head]
    files = tuple(FileChange(f"{n}.py", Status.DELETED) for n in sorted(gone))
    change = Change("b", "0", "h", "1", files, "a test")
    closure = close(change, build_graph(after), build_graph(before), Options(()))
    both = nx.compose(dictionaries(before), dictionaries(after))
    seeds = {n for file in files if FILE + file.path in both for n in both.successors(FILE + file.path)}
    seeds |= {f"t{n:02}" for n in base ^ head}
    reached = set(seeds).union(*(nx.descendants(both, seed) for seed in seeds)) if seeds else set()
    assert {item.address for item in closure.affected} == reached & {one.address for one in after}
    for item in closure.affected:
        assert all(both.edges[step.source, step.target]["why"] == step.why for step in item.path[1:])


def test_a_copy_can_be_changed_and_the_graph_itself_cannot() -> None:
    graph = build_graph([target(1, {(0, 1)})])
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        graph.add_edge("t00", "t02")
    copy = graph.copy()
    copy.add_edge("t01", "t02")
    assert "t02" in copy
    assert "t02" not in graph


@given(names=st.sets(st.text(max_size=6) | st.just("\udcff"), max_size=12), prefix=st.text(max_size=2))
@UNTIMED
def test_any_name_is_found_and_no_other(names: set[str], prefix: str) -> None:
    table = Names.of([to_bytes(name) for name in sorted(names)])
    assert list(table) == sorted(names)
    assert [table.find(name) for name in sorted(names)] == list(range(len(names)))
    assert (prefix in table) == (prefix in names)
    assert table[:] == sorted(names)
    assert [table[place] for place in table.below(prefix)] == sorted(n for n in names if n.startswith(prefix))


def test_an_empty_graph_and_an_unknown_name_are_no_fault() -> None:
    graph = build_graph(())
    assert (list(graph), list(graph.edges), "a" in graph, graph.number_of_edges()) == ([], [], False, 0)
    assert targets_from_peek([]) == ()
    change = Change("b", "0", "h", "1", (FileChange("a.py", Status.MODIFIED),), "a test")
    assert close(change, graph, None, Options(())).unowned == ("a.py",)
    with pytest.raises(nx.NetworkXError, match="not in"):
        graph.successors("a")


def test_a_target_that_needs_itself_and_a_loop_through_an_unknown_one_end() -> None:
    peeked = [
        {"address": "a", "target_type": "python_test", "sources": ["a.py"], "dependencies": ["a", "gone", "b"]},
        {"address": "b", "target_type": "python_source", "dependencies": ["a"]},
    ]
    graph = build_graph(targets_from_peek(peeked))
    change = Change("b", "0", "h", "1", (FileChange("a.py", Status.MODIFIED),), "a test")
    assert [(item.address, item.distance) for item in close(change, graph, None, Options(())).affected] == [
        ("a", 1),
        ("b", 2),
    ]
    assert "gone" in graph


def test_an_address_that_occurs_twice_is_one_target_with_all_that_both_say() -> None:
    one = {"address": "a", "target_type": "python_source", "sources": ["a.py"], "dependencies": ["b"]}
    other = {**one, "target_type": "python_test", "sources": ["a2.py"], "dependencies": ["b", "c"]}
    (target,) = targets_from_peek([one, other])
    assert (target.sources, target.dependencies, target.is_test) == (("a.py", "a2.py"), ("b", "c"), True)
    apart = targets_from_peek([one, {**other, "address": "b"}])
    assert target.definition not in {alone.definition for alone in apart}
    assert targets_from_peek([one, one]) == targets_from_peek([one])


def test_a_name_that_is_no_utf8_is_a_name(tmp_path: Path) -> None:
    peeked = [{"address": "a\udcff", "target_type": "python_test", "sources": ["\udcff.py"]}]
    graph = build_graph(targets_from_peek(peeked))
    change = Change("b", "0", "h", "1", (FileChange("\udcff.py", Status.MODIFIED),), "a test")
    assert [item.address for item in close(change, graph, None, Options(())).affected] == ["a\udcff"]


@pytest.mark.parametrize(
    "text", ["[]", " [ ] \n", '[{"address":"a","target_type":"x"} ,\n {"address":"b","target_type":"x"}]\n']
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_saved_graph_is_read_one_by_one_as_json_reads_it_whole(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "peek.json").write_bytes(text.encode(encoding))
    assert SavedPants(tmp_path, tmp_path / "peek.json").peek(tmp_path, daemon=True) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[1",
        "[,]",
        "[{}",
        '[{"address":"a","target_type":"x"},]',
        "[] []",
        "[]]",
        '[{"address":1,"target_type":"x"}]',
    ],
)
def test_a_torn_saved_graph_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "peek.json").write_text(text, encoding="utf-8")
    with pytest.raises(PantsFailedError, match=r"peek\.json is no"):
        SavedPants(tmp_path, tmp_path / "peek.json").peek(tmp_path, daemon=True)
