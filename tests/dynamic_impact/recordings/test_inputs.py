"""The digest of what a test stands on beside its Python blocks."""

import pytest

from dynamic_impact.graph import Graph, build_graph
from dynamic_impact.locks import parse_lock
from dynamic_impact.model import Target
from dynamic_impact.recordings.inputs import inputs_of, pins_of

LOCK = "parser==3.0\n    # via web\ntool==5.0\n    # via -r wanted.txt\nweb==1.0\n    # via -r wanted.txt\n"


def target(address: str, kind: str = "python_source", sources: str = "", needs: str = "", **rest: object) -> Target:
    definition = str(rest.get("definition", "same"))
    requirements = tuple(str(rest.get("requirements", "")).split())
    return Target(
        address, kind, tuple(sources.split()), tuple(needs.split()), definition, kind == "python_test", requirements
    )


def graph(**changed: Target) -> Graph:
    targets = {
        "lib": target("lib", sources="lib.py", needs="data app"),
        "data": target("data", "resource", "data.txt"),
        "app": target("app", sources="app.py", needs="lib web"),
        "test": target("test", "python_test", "test_lib.py", "lib"),
        "gen": target("gen", sources="gen.py"),
        "made": target("made", "adhoc_tool", "", "gen"),
        "built": target("built", "python_test", "test_built.py", "made"),
        "alone": target("alone", "python_test", "test_alone.py"),
        "direct": target("direct", "python_test", "test_direct.py", "lock"),
        "list": target("list", "_generator_sources_helper", "wanted.txt"),
        "lock": target("lock", "_lockfile", "py.lock"),
        "web": target("web", "python_requirement", "", "lock list", requirements="web"),
        "tool": target("tool", "python_requirement", "", "lock list", requirements="tool"),
        **changed,
    }
    return build_graph(targets.values())


def moved(
    before: Graph, after: Graph, edited: str = "", locks: tuple[str | None, str | None] = (LOCK, LOCK)
) -> set[str]:
    """Return the tests whose inputs differ between the two graphs, with ``edited`` another file then."""
    tests = ("test", "built", "alone", "direct")
    one, two = (
        inputs_of(
            here,
            tests,
            lambda path, held=then: f"{path} edited" if path == held else path,  # type: ignore[misc]
            "setting",
            pins_of(here, {"py.lock": None if lock is None else parse_lock(lock)}),
        )
        for here, then, lock in ((before, "", locks[0]), (after, edited, locks[1]))
    )
    assert set(one) == set(tests)
    return {test for test in tests if one[test] != two[test]}


def test_the_same_graph_gives_the_same_inputs_in_any_order() -> None:
    same = graph()
    other: Graph = build_graph(reversed([data["target"] for _, data in same.nodes(data=True) if "target" in data]))
    assert moved(same, other) == set()


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("lib.py", set()),
        ("app.py", set()),
        ("test_lib.py", set()),
        ("data.txt", {"test"}),
        ("gen.py", {"built"}),
        ("test_built.py", set()),
        ("wanted.txt", set()),
    ],
)
def test_the_content_of_a_file_counts_where_no_block_of_it_is_recorded(edited: str, expected: set[str]) -> None:
    assert moved(graph(), graph(), edited) == expected


def test_a_definition_and_a_path_count_for_all_above() -> None:
    assert moved(graph(), graph(lib=target("lib", sources="lib.py", needs="data app", definition="other"))) == {"test"}
    assert moved(graph(), graph(lib=target("lib", sources="lib.py more.py", needs="data app"))) == {"test"}
    assert moved(graph(), graph(app=target("app", sources="app.py", needs="web"))) == {"test"}, "in a cycle too"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (LOCK.replace("tool==5.0", "tool==6.0"), set()),
        (LOCK.replace("web==1.0", "web==2.0"), {"test"}),
        (LOCK.replace("parser==3.0", "parser==4.0"), {"test"}),
        ("# a comment\n" + LOCK, set()),
        (LOCK.replace("web==1.0", "other==1.0"), {"test"}),
        (None, {"test"}),
    ],
)
def test_a_lock_counts_by_the_pins_that_a_test_can_reach(new: str | None, expected: set[str]) -> None:
    assert moved(graph(), graph(), locks=(LOCK, new)) == expected


def test_a_lock_that_is_not_understood_counts_whole() -> None:
    assert moved(graph(), graph(), "py.lock", (None, None)) == {"test", "direct"}
    assert moved(graph(), graph(), "py.lock") == {"direct"}, (
        "and otherwise by its pins, but for who reads the lock itself"
    )


def test_a_setting_counts_for_every_test() -> None:
    here = graph()
    one, two = (inputs_of(here, ["alone"], str, setting, pins_of(here, {})) for setting in ("a", "b"))
    assert one != two
