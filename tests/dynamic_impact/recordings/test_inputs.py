"""The digest of what a test stands on beside its Python blocks."""

import pytest

from dynamic_impact.graph import Graph, build_graph
from dynamic_impact.locks import parse_lock
from dynamic_impact.model import Target
from dynamic_impact.recordings.inputs import Inputs, inputs_of, pins_of

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


def inputs(here: Graph, edited: str = "") -> Inputs:
    """Return those of ``test``, with the file ``edited`` another one."""

    def blob(path: str) -> str:
        return f"{path} edited" if path == edited else path

    return inputs_of(here, ["test"], blob, "setting", pins_of(here, {}))["test"]


@pytest.mark.parametrize(
    ("kind", "path", "with_data", "without_data"),
    [
        ("resource", "data.txt", True, False),
        ("file", "data.txt", True, False),
        ("resource", "root.pem", True, True),  # the standard library's code in C opens it
        ("resource", "more.py", True, True),
        ("relocated_files", "data.txt", True, True),
        ("_lockfile", "data.txt", True, True),
        ("a_plugins_own", "data.txt", True, True),
    ],
)
def test_the_content_of_data_is_in_one_digest_and_out_of_the_other(
    kind: str, path: str, with_data: bool, without_data: bool
) -> None:
    here = graph(data=target("data", kind, path))
    one, two = inputs(here), inputs(here, path)
    assert one.with_data != one.without_data
    assert (one.with_data != two.with_data) is with_data
    assert (one.without_data != two.without_data) is without_data


def test_data_that_is_moved_below_another_path_counts_for_a_test_above() -> None:
    here = graph(data=target("data", "relocated_files", "", "held"), held=target("held", "file", "data.txt"))
    assert inputs(here).without_data != inputs(here, "data.txt").without_data


def test_a_path_that_comes_or_goes_counts_without_its_content() -> None:
    more = graph(data=target("data", "resource", "data.txt more.txt"))
    assert inputs(graph()).without_data != inputs(more).without_data
