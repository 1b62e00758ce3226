"""The picture of what a change can break: what it holds, what it survives, and how large it may grow."""

import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_impact.cli import impact_group
from dynamic_impact.graph import build_graph
from dynamic_impact.model import Change, FileChange, Selection, Status, Target
from dynamic_impact.options import Options
from dynamic_impact.pictures import draw, page
from dynamic_impact.pictures.boxes import Box, box
from dynamic_impact.pictures.layout import HEIGHT, lay_out
from dynamic_impact.pictures.svg import LIMIT, label
from dynamic_impact.pictures.tree import Kind, Node, split, tree_of, visible
from dynamic_impact.select import close
from tests.dynamic_impact.repositories import Repository

_SVG = {"s": "http://www.w3.org/2000/svg"}
_HOSTILE = (
    "src/<script>alert(1)</script>/a&b.py",
    "src/\"quoted'/x.py",
    "src/עברית/קובץ.py",
    "src/evil\u202egnp.exe",
    "src/bell\x07\x1b[31m.py",
    "src/no-utf8-\udce9.py",
    "src/@@DATA@@/]]>--></details></script>.py",
    "src/日本語/ファイル.py",
    f"src/{'very_long_' * 60}.py",
    "//:docs",
    "3rdparty/python:lock#numpy",
)


def target(address: str, *dependencies: str, test: bool = False) -> Target:
    kind = "python_test" if test else "python_source"
    return Target(address, kind, (address,), dependencies, "", is_test=test)


def selected(targets: Sequence[Target], *files: str) -> Selection:
    """Return what an edit of ``files`` can break among ``targets``."""
    change = Change("b", "b", "h", "h", tuple(FileChange(file, Status.MODIFIED) for file in files), "the merge base")
    closure = close(change, build_graph(targets), None, Options(()))
    tests = sum(one.is_test for one in targets)
    return Selection(
        change, closure.changed_targets, (), closure.affected, closure.fallbacks, (), tests, len(targets), {}
    )


def repository_of(number: int) -> list[Target]:
    """Return a graph of ``number`` targets in 20 folders; all hang on ``src/a/base.py``."""
    draw_one = random.Random(number)
    found = [target("src/a/base.py")]
    for index in range(number // 2):
        path = f"src/{'abcde'[index % 5]}/{'wxyz'[index % 4]}/m{index}.py"
        found.append(target(path, draw_one.choice(found[: index // 2 + 1]).address))
    for index in range(number - len(found)):
        used = draw_one.choice(found[: number // 2]).address
        found.append(target(f"tests/{split(used)[0]}/test_{index}.py", used, test=True))
    return found


def chain(length: int) -> list[Target]:
    names = [f"src/c{index}.py" for index in range(length)]
    links = [target(name, *names[index - 1 : index]) for index, name in enumerate(names) if index]
    return [target(names[0]), *links, target("tests/test_end.py", names[-1], test=True)]


def boxes_of(svg: bytes) -> Iterator[ElementTree.Element]:
    groups = ElementTree.fromstring(svg).iterfind(".//s:g", _SVG)
    return (group for group in groups if group.get("class", "").startswith("box"))


class Words(HTMLParser):
    """The text of a page by tag, and every address that it would ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[str] = []
        self.asked: list[str] = []
        self.scripts = 0
        self._in_item = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self._in_item = tag == "li" or (self._in_item and tag == "bdi")
        if self._in_item and tag == "li":
            self.items.append("")
        self.asked += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]

    def handle_data(self, data: str) -> None:
        if self._in_item:
            self.items[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._in_item = self._in_item and tag == "bdi"


def words_of(document: bytes) -> Words:
    words = Words()
    words.feed(document.decode())
    return words


def test_siblings_of_one_folder_share_a_box_that_counts_them() -> None:
    tests = [target(f"tests/a/test_{index}.py", "src/a.py", test=True) for index in range(14)]
    svg = draw(selected([target("src/a.py"), *tests], "src/a.py"))
    said = [[text.text for text in group.iterfind("s:text", _SVG)] for group in boxes_of(svg)]
    assert said == [["a.py", "src"], ["14 tests", "tests/a"]]


@pytest.mark.parametrize(("tests", "said"), [(2, ["test_0.py", "test_1.py"]), (3, ["3 tests"])])
def test_from_three_siblings_on_they_share_a_box(tests: int, said: list[str]) -> None:
    named = [target(f"tests/a/test_{index}.py", "src/a.py", test=True) for index in range(tests)]
    svg = draw(selected([target("src/a.py"), *named], "src/a.py"))
    assert [group.findtext("s:text[@class='name']", "", _SVG) for group in boxes_of(svg)] == ["a.py", *said]


def test_the_drawing_says_its_headline_in_the_open_and_to_a_screen_reader() -> None:
    root = ElementTree.fromstring(draw(selected(chain(3), "src/c0.py")))
    headline = "1 change can break 1 of 1 tests and 3 other targets"
    assert root.findtext("s:title", "", _SVG) == root.findtext("s:text[@class='title']", "", _SVG) == headline


def test_a_page_of_too_many_names_says_how_many_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["dynamic_impact.pictures.page"], "_LISTED", 100)
    items = words_of(page(selected(repository_of(300), "src/a/base.py"))).items
    left_out = [int(found[1]) for item in items if (found := re.match(r"and (\d+) more: the list has them", item))]
    assert len(items) - len(left_out) == 100
    assert sum(left_out) == 200


def test_a_box_names_its_members_and_a_line_its_reasons() -> None:
    svg = draw(selected([target("src/a.py"), target("tests/test_a.py", "src/a.py", test=True)], "src/a.py"))
    root = ElementTree.fromstring(svg)
    assert [group.findtext("s:title", "", _SVG) for group in boxes_of(svg)] == ["src/a.py", "tests/test_a.py"]
    line = root.find(".//s:path[@id='e1']/s:title", _SVG)
    assert line is not None
    assert line.text == "src/a.py is a dependency of tests/test_a.py"


def test_what_only_gathers_tests_is_left_out() -> None:
    folder = Target("tests:tests", "python_tests", (), ("tests/test_a.py",), "", is_test=False)
    nodes = tree_of(selected([target("tests/test_a.py", test=True), folder], "tests/test_a.py"))
    assert [node.name for node in nodes] == ["tests/test_a.py", "tests/test_a.py"]


def test_what_leads_to_no_test_shares_one_box_where_there_are_many() -> None:
    idle = [target(f"src/{index % 7}/{index}/i.py", "src/a.py") for index in range(300)]
    nodes = tree_of(selected([target("src/a.py"), *idle, target("tests/t.py", "src/a.py", test=True)], "src/a.py"))
    assert [(one.kind, one.idle, len(one.members)) for one in box(nodes, LIMIT)] == [
        (Kind.CAUSE, False, 1),
        (Kind.TEST, False, 1),
        (Kind.TARGET, True, 300),
    ]


@pytest.mark.parametrize("number", [3, 30, 300, 3000])
def test_each_node_is_in_just_one_box_and_the_boxes_are_few(number: int) -> None:
    nodes = tree_of(selected(repository_of(number), "src/a/base.py"))
    boxes = box(nodes, LIMIT)
    assert sorted(member for one in boxes for member in one.members) == list(range(len(nodes)))
    assert len(boxes) <= LIMIT


@settings(max_examples=60)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=120), st.integers(1, 12), st.randoms(use_true_random=False))
def test_any_tree_fits_any_limit_and_loses_no_node(parents: list[int], limit: int, dice: random.Random) -> None:
    nodes = [Node("src/root.py", Kind.CAUSE)]
    for number, parent in enumerate(parents):
        kind = dice.choice((Kind.TARGET, Kind.TARGET, Kind.TEST))
        nodes.append(Node(f"d{dice.randrange(3)}/e{dice.randrange(3)}/n{number}.py", kind, parent % len(nodes), "why"))
    boxes = box(nodes, limit)
    assert sorted(member for one in boxes for member in one.members) == list(range(len(nodes)))
    assert len(boxes) <= limit
    assert all(one.parent < place for place, one in enumerate(boxes))


def test_the_lines_are_a_tree_and_none_crosses_another() -> None:
    nodes = tree_of(selected(repository_of(300), "src/a/base.py"))
    boxes = box(nodes, LIMIT)
    places = lay_out(boxes, [label(one, nodes) for one in boxes]).places
    lines: nx.DiGraph[int] = nx.DiGraph((one.parent, place) for place, one in enumerate(boxes) if one.parent >= 0)
    assert nx.is_arborescence(lines)
    between: dict[int, list[tuple[int, int]]] = {}
    for source, end in lines.edges:
        between.setdefault(boxes[end].depth, []).append((places[source].y, places[end].y))
    for column in between.values():
        ends = sorted(column)
        assert all(one[1] <= other[1] for one, other in pairwise(ends) if one[0] < other[0])


def test_no_two_boxes_overlap() -> None:
    nodes = tree_of(selected(repository_of(300), "src/a/base.py"))
    boxes = box(nodes, LIMIT)
    layout = lay_out(boxes, [label(one, nodes) for one in boxes])
    columns: dict[int, list[int]] = {}
    for place in layout.places:
        columns.setdefault(place.x, []).append(place.y)
        assert place.x + place.width <= layout.width
        assert place.y + HEIGHT <= layout.height
    for rows in columns.values():
        rows.sort()
        assert all(low - high >= HEIGHT for high, low in pairwise(rows))


def test_a_long_chain_is_folded_and_keeps_both_ends() -> None:
    boxes = box(nodes := tree_of(selected(chain(2000), "src/c0.py")), LIMIT)
    assert [names(one, nodes)[0] for one in boxes] == ["src/c0.py", "src/c1.py", "tests/test_end.py"]
    assert sum(len(one.members) for one in boxes) == 2001


def names(one: Box, nodes: Sequence[Node]) -> list[str]:
    return [nodes[member].name for member in one.members]


def hostile_selection() -> Selection:
    first, *rest = _HOSTILE
    tests: Iterable[Target] = (target(f"{name}_test", name, test=True) for name in rest)
    return selected([target(first), *(target(name, first) for name in rest), *tests], first)


def test_hostile_names_leave_the_drawing_well_formed_and_readable() -> None:
    root = ElementTree.fromstring(draw(hostile_selection()))
    titles = [title.text for title in root.iterfind(".//s:g/s:title", _SVG)]
    for name in _HOSTILE[:3]:
        assert any(name in (title or "").splitlines() for title in titles)
    assert root.find(".//{*}script") is None


def test_hostile_names_add_no_script_to_the_page_and_stand_in_it_as_they_are() -> None:
    words = words_of(page(hostile_selection()))
    assert words.scripts == 2
    assert set(_HOSTILE[:3]) <= set(words.items)
    assert "src/@@DATA@@/]]>--></details></script>.py" in words.items


def test_a_sign_that_cannot_be_seen_is_written_out() -> None:
    assert visible("evil\u202egnp\x07\udce9") == "evil\\u202egnp\\u0007\\udce9"


def test_the_data_of_the_page_gives_the_way_of_each_name() -> None:
    document = page(selected(chain(4), "src/c0.py")).decode()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', document)
    assert found is not None
    data = json.loads(found[1])
    way, at = [], next(n for n, node in enumerate(data["nodes"]) if node[0] == "tests/test_end.py")
    while at >= 0:
        name, at, why, _ = data["nodes"][at]
        way.append((name, data["why"][why]))
    assert [name for name, _ in way] == ["tests/test_end.py", "src/c3.py", "src/c2.py", "src/c1.py", "src/c0.py"]
    assert {why for _, why in way[:-1]} == {"is a dependency of"}


def test_the_page_asks_the_network_for_nothing() -> None:
    document = page(hostile_selection())
    assert words_of(document).asked == []
    assert b"default-src 'none'" in document
    assert re.findall(rb"(?:url\(|@import|fetch\(|https?://(?!www\.w3\.org/2000/svg))", document) == []


def test_five_thousand_targets_make_a_page_of_less_than_two_megabytes() -> None:
    chosen = selected(repository_of(5000), "src/a/base.py")
    assert len(chosen.affected) == 5000
    assert len(page(chosen)) < 2_000_000
    assert len(draw(chosen)) < 300_000


def test_nothing_affected_is_a_picture_too() -> None:
    empty = selected([target("src/a.py")])
    assert list(boxes_of(draw(empty))) == []
    assert b"0 changes can break 0 of 0 tests" in page(empty)


def test_the_command_writes_both_files(repository: Repository, tmp_path: Path) -> None:
    peek = [
        {"address": "a.py", "target_type": "python_source", "sources": ["a.py"], "dependencies": []},
        {"address": "t.py", "target_type": "python_test", "sources": ["t.py"], "dependencies": ["a.py"]},
    ]
    repository.commit({"a.py": "", "t.py": ""})
    graph, svg, html = tmp_path / "peek.json", tmp_path / "a.svg", tmp_path / "a.html"
    graph.write_text(json.dumps(peek), encoding="utf-8")
    shared = ["--repo", str(repository.root), "--graph", str(graph), "--svg", str(svg), "--html", str(html)]
    for verb in (["select"], ["explain", "t.py"]):
        svg.unlink(missing_ok=True)
        done = CliRunner().invoke(impact_group, [*verb, *shared, "--files", "a.py"])
        assert done.exit_code == 0, done.output
        assert len(list(boxes_of(svg.read_bytes()))) == 2
        assert "<h1>1 change can break 1 of 1 tests" in html.read_text(encoding="utf-8")
