"""What a change can break, on real git histories and on random graphs."""

from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamic_impact.errors import PantsFailedError
from dynamic_impact.graph import build_graph, targets_from_peek
from dynamic_impact.model import Change, FileChange, Status, Target
from dynamic_impact.options import Options
from dynamic_impact.select import close
from tests.dynamic_impact.repositories import OneRulePants, Repository, names, select


def test_an_edit_selects_what_depends_on_it_and_no_more(repository: Repository) -> None:
    repository.commit({"a.t": "", "b.t": "a.t\n", "test_b.t": "b.t\n", "test_c.t": ""})
    repository.write_all({"a.t": "\n"})
    selection = select(repository)
    assert names(selection) == ["test_b.t"]
    assert [(step.source, step.target) for step in selection.tests[0].path] == [
        ("file:a.t", "a.t"),
        ("a.t", "b.t"),
        ("b.t", "test_b.t"),
    ]
    assert (selection.tests_total, selection.targets_total) == (2, 4)


def test_a_deletion_selects_what_depended_on_the_deleted(repository: Repository) -> None:
    repository.commit({"a.t": "", "b.t": "a.t\n", "test_b.t": "b.t\n", "test_c.t": ""})
    (repository.root / "a.t").unlink()
    assert names(select(repository)) == ["test_b.t"]


def test_a_chain_through_two_deleted_files_is_followed(repository: Repository) -> None:
    repository.commit({"a.t": "", "b.t": "a.t\n", "test_b.t": "b.t\n", "test_c.t": ""})
    (repository.root / "a.t").unlink()
    (repository.root / "b.t").unlink()
    assert names(select(repository)) == ["test_b.t"]


def test_a_rename_selects_the_users_of_the_old_name_and_of_the_new_one(repository: Repository) -> None:
    repository.commit({"a.t": "\n" * 50, "test_old.t": "a.t\n", "test_new.t": "z.t\n", "test_c.t": ""})
    repository.git("mv", "a.t", "z.t")
    assert names(select(repository)) == ["test_new.t", "test_old.t"]


def test_a_base_that_pants_cannot_read_widens_to_everything_and_says_so(repository: Repository) -> None:
    class HeadOnlyPants(OneRulePants):
        def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
            if build_root != repository.root:
                raise PantsFailedError("Pants could not read it (SyntaxError)")
            return super().peek(build_root, daemon=daemon)

    repository.commit({"a.t": "", "test_a.t": "a.t\n", "test_b.t": ""})
    (repository.root / "a.t").unlink()
    selection = select(repository, HeadOnlyPants())
    assert names(selection) == ["test_a.t", "test_b.t"]
    assert "SyntaxError" in selection.fallbacks[0].why


def test_a_deleted_test_is_not_selected(repository: Repository) -> None:
    repository.commit({"a.t": "", "test_a.t": "a.t\n"})
    repository.write_all({"a.t": "\n"})
    (repository.root / "test_a.t").unlink()
    assert names(select(repository)) == []


def test_a_new_file_reads_the_base_only_where_it_could_shadow_another(repository: Repository) -> None:
    repository.commit({"x/a.t": "", "test_a.t": "x/a.t\n"})
    repository.write_all({"x/new.t": ""})
    pants = OneRulePants()
    select(repository, pants)
    assert pants.reads == [repository.root]
    repository.write_all({"y/x/a.t": ""})
    select(repository, pants)
    assert len(pants.reads) == 3


def test_a_tree_is_read_once(repository: Repository) -> None:
    repository.commit({"a.t": "", "test_a.t": "a.t\n"})
    repository.commit({"a.t": "\n"})
    pants = OneRulePants()
    select(repository, pants)
    select(repository, pants)
    assert len(pants.reads) == 1


@pytest.mark.parametrize("path", [".pants.rc", "pyproject.toml", "sub/setup.cfg", "tox.ini"])
def test_a_configuration_file_widens_to_everything_and_says_so(repository: Repository, path: str) -> None:
    repository.commit({"a.t": "", "test_a.t": "a.t\n", "test_b.t": ""})
    repository.write_all({path: "[GLOBAL]\n# changed\n"})
    selection = select(repository)
    assert names(selection) == ["test_a.t", "test_b.t"]
    assert [fallback.path for fallback in selection.fallbacks] == [path]


def test_a_file_that_pants_toml_names_widens(repository: Repository) -> None:
    toml = (
        '[GLOBAL]\npythonpath = ["%(buildroot)s/plugins"]\n[python.resolves]\ntool = "tool.lock"\nuser = "user.lock"\n'
    )
    repository.commit({"pants.toml": toml + '[ruff]\ninstall_from_resolve = "tool"\n', "test_a.t": ""})
    repository.write_all({"plugins/rules.py": ""})
    assert "[GLOBAL].pythonpath" in select(repository).fallbacks[0].why
    (repository.root / "plugins/rules.py").unlink()
    repository.write_all({"tool.lock": ""})
    assert "a lock that no target holds" in select(repository).fallbacks[0].why


def test_a_deleted_plugin_widens_too(repository: Repository) -> None:
    toml = '[GLOBAL]\npythonpath = ["%(buildroot)s/plugins"]\n'
    repository.commit({"pants.toml": toml, "plugins/rules.t": "", "test_a.t": ""})
    (repository.root / "plugins/rules.t").unlink()
    assert names(select(repository)) == ["test_a.t"]


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("python_test", {}, True),
        ("python_test", {"skip_tests": True}, False),
        ("python_tests", {"skip_tests": False}, False),
        ("python_test_utils", {}, False),
        ("experimental_test_shell_command", {"skip_tests": False}, True),
        ("go_package", {"skip_tests": False}, True),
        ("go_package", {"skip_tests": True}, False),
        ("docker_image", {}, False),
    ],
)
def test_what_the_test_goal_runs_is_a_test(kind: str, fields: dict[str, object], expected: bool) -> None:
    (target,) = targets_from_peek([{"address": "a", "target_type": kind, **fields}])
    assert target.is_test is expected


def test_a_file_without_an_owner_selects_nothing_and_is_named(repository: Repository) -> None:
    repository.commit({"a.t": "", "test_a.t": "a.t\n"})
    repository.write_all({"notes.md": ""})
    selection = select(repository)
    assert (names(selection), selection.unowned) == ([], ("notes.md",))


def test_everything_selects_everything(repository: Repository) -> None:
    repository.commit({"a.t": "", "test_a.t": "", "test_b.t": ""})
    assert names(select(repository, everything=True)) == ["test_a.t", "test_b.t"]


def test_a_cycle_ends(repository: Repository) -> None:
    repository.commit({"a.t": "b.t\n", "b.t": "a.t\n", "test_a.t": "b.t\n"})
    repository.write_all({"a.t": "b.t\n\n"})
    assert names(select(repository)) == ["test_a.t"]


def test_the_nearest_test_comes_first(repository: Repository) -> None:
    repository.commit({"a.t": "", "b.t": "a.t\n", "test_far.t": "b.t\n", "test_near.t": "a.t\n"})
    repository.write_all({"a.t": "\n"})
    assert [test.address for test in select(repository).tests] == ["test_near.t", "test_far.t"]


def _target(
    address: str, dependencies: tuple[str, ...] = (), definition: str = "", sources: tuple[str, ...] = ()
) -> Target:
    return Target(address, "python_test", sources, dependencies, definition, is_test=True)


def _change(*files: FileChange) -> Change:
    return Change("base", "t0", "head", "t1", files, "a test")


def test_a_target_defined_anew_selects_its_dependents_and_an_untouched_one_in_the_same_file_does_not() -> None:
    before = build_graph(
        [_target("x:a", definition="1"), _target("x:b", definition="1"), _target("y", ("x:a",)), _target("z", ("x:b",))]
    )
    after = build_graph(
        [_target("x:a", definition="2"), _target("x:b", definition="1"), _target("y", ("x:a",)), _target("z", ("x:b",))]
    )
    closure = close(_change(FileChange("x/BUILD", Status.MODIFIED)), after, before, Options(()))
    assert [item.address for item in closure.affected] == ["x:a", "y"]


def test_a_target_dropped_from_its_build_file_selects_its_dependents() -> None:
    before = build_graph([_target("x:a"), _target("y", ("x:a",)), _target("z")])
    after = build_graph([_target("y", ("x:a",)), _target("z")])
    closure = close(_change(FileChange("x/BUILD", Status.MODIFIED)), after, before, Options(()))
    assert [item.address for item in closure.affected] == ["y"]


def test_a_changed_submodule_touches_the_owners_of_what_lies_in_it() -> None:
    graph = build_graph([_target("a", sources=("vendor/lib/x.py",)), _target("b", sources=("vendor/other.py",))])
    closure = close(_change(FileChange("vendor/lib", Status.MODIFIED)), graph, None, Options(()))
    assert [item.address for item in closure.affected] == ["a"]


@given(
    edges=st.sets(
        st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda pair: pair[0] != pair[1]), max_size=40
    ),
    changed=st.sets(st.integers(0, 12), min_size=1, max_size=3),
)
def test_the_closure_is_what_networkx_can_reach_by_shortest_paths(
    edges: set[tuple[int, int]], changed: set[int]
) -> None:
    dependencies = {node: tuple(str(cause) for cause, dependent in edges if dependent == node) for node in range(13)}
    graph = build_graph(_target(str(node), dependencies[node], sources=(f"{node}.py",)) for node in range(13))
    closure = close(_change(*(FileChange(f"{node}.py", Status.MODIFIED) for node in changed)), graph, None, Options(()))
    lengths = nx.multi_source_dijkstra_path_length(graph, {f"file:{node}.py" for node in changed})
    expected = {node: length for node, length in lengths.items() if not node.startswith("file:")}
    assert {item.address: item.distance for item in closure.affected} == expected
    for item in closure.affected:
        assert item.path[-1].target == item.address
        assert all(graph.has_edge(step.source, step.target) for step in item.path)
        assert all(one.target == two.source for one, two in zip(item.path, item.path[1:], strict=False))


_LOCK = (
    "http==2.0\n    # via web\nidna==3.0\n    # via http\ntool==5.0\n    # via -r r.in\nweb==1.0\n    # via -r r.in\n"
)


class LockedPants(OneRulePants):
    """One resolve: ``py.lock`` pins what ``r.in`` lists, a line a requirement; a test names what it uses."""

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        listed = (build_root / "r.in").read_text(encoding="utf-8").split()
        lock = {"address": "//py.lock:_lock", "target_type": "_lockfile", "sources": ["py.lock"]}
        helper = {"address": "//r.in:r", "target_type": "_generator_sources_helper", "sources": ["r.in"]}
        wanted = [
            {
                "address": f"//:r#{line.partition('=')[0]}",
                "target_type": "python_requirement",
                "requirements": [line],
                "dependencies": ["//py.lock:_lock", "//r.in:r"],
            }
            for line in listed
        ]
        used = [self._user(path) for path in sorted(build_root.glob("test_*.t"))]
        return [lock, helper, *wanted, *used, *super().peek(build_root, daemon=daemon)[len(used) :]]

    def _user(self, path: Path) -> dict[str, Any]:
        names = path.read_text(encoding="utf-8").split()
        needs = [f"//:r#{name}" for name in names if name != "lock"] + (["//py.lock:_lock"] if "lock" in names else [])
        return {"address": path.name, "target_type": "python_test", "sources": [path.name], "dependencies": needs}


@pytest.fixture
def locked(repository: Repository) -> Repository:
    tests = {"test_web.t": "web", "test_tool.t": "tool", "test_lock.t": "lock", "test_none.t": ""}
    repository.commit({"py.lock": _LOCK, "r.in": "web==1.0\ntool==5.0\n", **tests})
    return repository


def test_one_changed_pin_selects_the_tests_that_stand_on_it_and_says_how(locked: Repository) -> None:
    locked.write_all({"py.lock": _LOCK.replace("idna==3.0", "idna==3.1")})
    selection = select(locked, LockedPants())
    # The test that depends on the lock itself may read anything in it.
    assert names(selection) == ["test_lock.t", "test_web.t"]
    assert selection.changed_requirements == (("py.lock", "idna", "3.0 to 3.1"),)
    assert selection.fallbacks == ()
    (step, *_) = next(test for test in selection.tests if test.address == "test_web.t").path
    assert (step.source, step.target) == ("file:py.lock", "//:r#web")
    assert step.why == "modified (web needs http needs idna 3.0 to 3.1), pins"


def test_a_line_of_a_list_of_requirements_selects_the_users_of_that_line(locked: Repository) -> None:
    locked.write_all({"r.in": "web==1.0\ntool==5.*\n"})
    assert names(select(locked, LockedPants())) == ["test_tool.t"]
    locked.write_all({"r.in": "# why\nweb==1.0\ntool==5.0\n".replace("# why\n", "\n")})
    assert names(select(locked, LockedPants())) == []


def test_a_dropped_requirement_selects_those_who_used_it(locked: Repository) -> None:
    locked.write_all({"r.in": "web==1.0\n", "py.lock": _LOCK.replace("tool==5.0\n    # via -r r.in\n", "")})
    assert names(select(locked, LockedPants())) == ["test_lock.t", "test_tool.t"]


@pytest.mark.parametrize("text", ["?", "web==1.0\nhttp==2.0\n", "web>=1  # via -r r.in\n"])
def test_a_lock_that_is_not_understood_selects_all_its_users_and_says_so(locked: Repository, text: str) -> None:
    locked.write_all({"py.lock": text})
    selection = select(locked, LockedPants())
    assert names(selection) == ["test_lock.t", "test_tool.t", "test_web.t"]
    (fallback,) = selection.fallbacks
    assert (fallback.path, fallback.everything) == ("py.lock", False)
    assert "cannot be compared pin by pin" in fallback.why


def test_a_requirement_that_the_lock_does_not_know_by_name_counts_as_changed(locked: Repository) -> None:
    locked.commit({"r.in": "web==1.0\ntool==5.0\nodd==1\n", "test_odd.t": "odd"})
    locked.write_all({"py.lock": _LOCK.replace("tool==5.0", "tool==5.1")})
    assert names(select(locked, LockedPants())) == ["test_lock.t", "test_odd.t", "test_tool.t"]


def test_a_new_lock_selects_all_its_users(locked: Repository) -> None:
    (locked.root / "py.lock").unlink()
    locked.commit()
    locked.write_all({"py.lock": _LOCK})
    assert names(select(locked, LockedPants(), "HEAD")) == ["test_lock.t", "test_tool.t", "test_web.t"]


@pytest.mark.parametrize(
    ("file", "value", "expected"),
    [
        ("pants.toml", "true", ["test_lock.t", "test_tool.t", "test_web.t"]),
        ("pants.ci.toml", "true", ["test_lock.t", "test_tool.t", "test_web.t"]),
        ("pants.toml", "false", ["test_lock.t", "test_tool.t"]),
    ],
)
def test_a_lock_that_each_test_is_given_whole_selects_all_its_users(
    locked: Repository, file: str, value: str, expected: list[str]
) -> None:
    locked.commit({file: f"[python]\nrun_against_entire_lockfile = {value}\n"})
    locked.write_all({"py.lock": _LOCK.replace("tool==5.0", "tool==5.1")})
    selection = select(locked, LockedPants(), "HEAD")
    assert names(selection) == expected
    assert any("run_against_entire_lockfile" in fallback.why for fallback in selection.fallbacks) == (value == "true")


def test_an_edited_environment_widens_since_targets_choose_it_by_name() -> None:
    before = build_graph([Target("//:env", "docker_environment", (), (), "1", is_test=False), _target("y")])
    after = build_graph([Target("//:env", "docker_environment", (), (), "2", is_test=False), _target("y")])
    closure = close(_change(FileChange("BUILD", Status.MODIFIED)), after, before, Options(()))
    assert [item.address for item in closure.affected] == ["y", "//:env"]


@pytest.mark.parametrize(
    "runnable", [":tool", "x:tool", "//x:tool", "./run.py:src", "x/run.py:src", "//:x", "y", "y:y"]
)
def test_the_program_that_a_tool_runs_is_a_dependency_of_it(runnable: str) -> None:
    known = ["x:tool", "x/run.py:src", "//:x", "y", "z"]
    documents: list[dict[str, Any]] = [
        {"address": "x:made", "target_type": "adhoc_tool", "runnable": runnable, "dependencies": ["z"]},
        *({"address": address, "target_type": "file"} for address in known),
    ]
    made = next(target for target in targets_from_peek(documents) if target.address == "x:made")
    (first, second) = made.dependencies
    assert (first, second in known) == ("z", True)


def test_a_requirement_written_by_hand_depends_on_the_lock_of_its_resolve() -> None:
    documents: list[dict[str, Any]] = [
        {"address": "x:web", "target_type": "python_requirement", "resolve": "one", "dependencies": []},
        {"address": "x:own", "target_type": "python_source", "resolve": "one", "dependencies": []},
        {"address": "locks:_one_lockfile", "target_type": "_lockfiles"},
        {"address": "locks/one.lock:_one_lockfile", "target_type": "_lockfile"},
    ]
    by_address = {target.address: target.dependencies for target in targets_from_peek(documents)}
    assert by_address["x:web"] == ("locks/one.lock:_one_lockfile",)
    assert by_address["x:own"] == ()
