"""The tasks of a selection, and the environments that they share, read off the graph."""

import json
from pathlib import Path

import pytest

from dynamic_impact.graph import Graph, build_graph
from dynamic_impact.model import Affected, Change, Selection, Step, Target
from dynamic_impact.planning.environments import environments, reach
from dynamic_impact.planning.errors import CycleError
from dynamic_impact.planning.model import Estimate, Node, Runners
from dynamic_impact.planning.planner import Planner
from dynamic_impact.planning.recorded import Setups, read_setups
from dynamic_impact.planning.tasks import Known, Need, tasks_of

NOTHING = Known({}, {}, "m")


def target(address: str, kind: str, *dependencies: str, requirements: tuple[str, ...] = ()) -> Target:
    sources = ("3rdparty/a.lock",) if kind == "_lockfile" else ()
    return Target(address, kind, sources, dependencies, address, kind.endswith("_test"), requirements)


def graph() -> Graph:
    """Return tests over two libraries in a circle, of which one needs numpy and the other numpy and click."""
    return build_graph(
        [
            target("lock", "_lockfile"),
            target("r#numpy", "python_requirement", "lock", requirements=("numpy",)),
            target("r#click", "python_requirement", "lock", requirements=("click",)),
            target("lib/x", "python_source", "lib/y", "r#numpy"),
            target("lib/y", "python_source", "lib/x"),
            target("lib/z", "python_source", "lib/y", "r#click"),
            target("t/x", "python_test", "lib/x"),
            target("t/y", "python_test", "lib/y"),
            target("t/z", "python_test", "lib/z"),
            target("t/bare", "python_test"),
            target("pack", "pex_binary", "lib/z"),
            target("image", "docker_image", "pack"),
        ]
    )


def selection(graph: Graph, *addresses: str) -> Selection:
    def affected(address: str) -> Affected:
        known: Target = graph.nodes[address]["target"]
        return Affected(address, known.type, known.is_test, 1, (Step("file:x", address, "why"),))

    change = Change("b", "bt", "h", "ht", (), "a test")
    return Selection(change, ("lib/x",), (), tuple(map(affected, addresses)), (), (), 4, 12, {})


def by_subject(nodes: tuple[Node, ...]) -> dict[str, Node]:
    return {node.subject: node for node in nodes}


def test_tests_that_reach_the_same_requirements_share_one_environment_even_through_a_circle() -> None:
    found = environments(graph(), ["t/x", "t/y", "t/z", "t/bare"])
    assert found["t/x"] == found["t/y"] != found["t/z"]
    assert found["t/x"].packages == {"numpy"}
    assert found["t/z"].packages == {"numpy", "click"}
    assert found["t/z"].locks == ("lock",)
    assert "t/bare" not in found


def test_a_lock_that_is_installed_whole_makes_one_environment() -> None:
    found = environments(graph(), ["t/x", "t/z"], whole_locks=True)
    assert found["t/x"] == found["t/z"]
    assert found["t/x"].requirements == ()


def test_marks_reach_what_networkx_says() -> None:
    import networkx as nx

    work = graph()
    marks = ["r#click", "lib/y", "lock"]
    found = reach(work, work, marks)
    for node in work:
        expected = {mark for mark in marks if mark == node or nx.has_path(work, mark, node)}
        assert {mark for bit, mark in enumerate(marks) if found[node] >> bit & 1} == expected


def test_a_test_needs_its_environment_which_needs_the_lock() -> None:
    work = graph()
    nodes = by_subject(tasks_of(selection(work, "t/x", "t/y", "t/bare"), work, ["test"], NOTHING))
    environment, lock = nodes["environment of numpy"], nodes["install 3rdparty/a.lock"]
    assert nodes["t/x"].needs == nodes["t/y"].needs == (environment.id,)
    assert environment.needs == (lock.id,)
    assert nodes["t/bare"].needs == ()
    assert len(nodes) == 5
    assert lock.is_setup
    assert lock.addresses == ()


def test_a_warm_runner_pays_nothing_for_setups() -> None:
    work = graph()
    nodes = by_subject(tasks_of(selection(work, "t/x"), work, ["test"], Known({}, {}, "m", setups=None)))
    assert nodes["install 3rdparty/a.lock"].estimate.p95_s == 0.0


def test_lint_is_one_task_over_what_changed_and_another_goal_one_over_what_is_affected() -> None:
    work = graph()
    nodes = tasks_of(selection(work, "t/x", "lib/x"), work, ["lint", "check", "anything"], NOTHING)
    assert {node.goal: node.addresses for node in nodes} == {
        "lint": ("lib/x",),
        "check": ("t/x", "lib/x"),
        "anything": ("t/x", "lib/x"),
    }
    assert all(node.estimate.source == "prior" for node in nodes)


def test_a_package_needs_what_it_packs_and_both_go_to_one_runner() -> None:
    work = graph()
    nodes = tasks_of(selection(work, "image", "pack", "lib/z"), work, ["package"], NOTHING)
    found = by_subject(nodes)
    assert "package:pack" in found["image"].needs
    assert "lib/z" not in found
    planner = Planner(nodes, Runners())
    assert sorted(nodes[task].subject for task in planner.bundles[0]) == ["image", "pack"]
    assert len(planner.plan(2).shards) == 1


def test_packages_that_pack_each_other_are_named() -> None:
    work = build_graph([target("a", "pex_binary", "b"), target("b", "docker_image", "a")])
    with pytest.raises(CycleError, match="package:a, package:b"):
        Planner(tasks_of(selection(work, "a", "b"), work, ["package"], NOTHING), Runners())


def test_a_resource_is_needed_by_the_tests_that_the_pattern_names() -> None:
    work = graph()
    known = Known({}, {}, "m", needs=(Need("GPU", 1, "t/x*"),))
    nodes = by_subject(tasks_of(selection(work, "t/x", "t/y"), work, ["test"], known))
    assert nodes["t/x"].resources == {"GPU": 1}
    assert nodes["t/y"].resources == {}


def test_nothing_selected_is_no_task() -> None:
    work = graph()
    empty = Selection(Change("", "", "", "", (), ""), (), (), (), (), (), 0, 0, {})
    assert tasks_of(empty, work, ["test", "lint", "check", "package"], NOTHING) == ()


def test_setups_are_read_from_what_pants_recorded_and_torn_lines_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / ".dynamic" / "durations"
    folder.mkdir(parents=True)
    lines = [
        {"description": "Installing 3rdparty/a.lock for the resolve `default`", "duration_s": 40.0},
        {
            "description": "Extracting 2 requirements to build requirements.pex from default_lockfile.pex: "
            'click==8.5.1, numpy==2.4.6; sys_platform == "linux"',
            "duration_s": 2.5,
        },
        {"description": "Run Pytest for t/x", "duration_s": 9.0},
        {"description": "Installing 3rdparty/a.lock for the resolve `default`", "duration_s": -1},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "a.jsonl").write_text(text + '{"description": "Installing 3rdp', encoding="utf-8")
    found = read_setups(tmp_path)
    assert found.lock("3rdparty/a.lock") == Estimate(40.0, 60.0, "history")
    assert found.lock("3rdparty/other.lock").source == "siblings"
    assert found.extraction(frozenset({"click", "numpy"})) == Estimate(2.5, 3.75, "history")
    assert Setups().extraction(frozenset({"click"})).source == "prior"
