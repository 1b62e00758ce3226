"""What the gates look at, in real small repositories."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from dynamic_base import TickingClock
from dynamic_delivery.gates.scope import Asked, Scoped, find_scope
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from dynamic_impact.errors import NotARepositoryError, PantsFailedError, UnknownRevisionError
from dynamic_impact.graph import targets_of
from dynamic_impact.model import Selection
from tests.dynamic_impact.repositories import OneRulePants, Repository, new_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """``b.t`` uses ``a.t``, ``c.t`` uses nothing, and ``notes.md`` is of no target."""
    made = new_repository(tmp_path / "my répo")
    made.commit({"a.t": "", "b.t": "a.t\n", "c.t": "", "notes.md": ""})
    return made


def _scope(
    repository: Repository, *, since: str = "", everything: bool = False, folder: str = ".", settings: str = "x"
) -> Scoped:
    root = repository.root / folder

    def select(question: Question) -> tuple[Selection, Mapping[str, tuple[str, ...]]]:
        engine = Engine(root, OneRulePants(), TickingClock(), "test")
        selection, graph = engine.select(question)
        return selection, {address: target.sources for address, target in targets_of(graph).items()}

    return find_scope(Asked(root, since, everything), {"ruff.x": settings}, TickingClock(), lambda _: None, select)


def _plain(repository: Repository, since: str = "") -> Scoped:
    def select(_: Question) -> tuple[Selection, Mapping[str, tuple[str, ...]]]:
        raise PantsFailedError("no Pants here", "install it")

    return find_scope(Asked(repository.root, since), {}, TickingClock(), lambda _: None, select)


def test_the_files_are_what_is_edited_and_what_that_can_break(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.write(**{"a.t": "x\n", "notes.md": "new\n"})
    scope = _scope(repository).scope
    assert scope.files == ("a.t", "b.t", "notes.md")
    assert scope.changed == ("a.t", "notes.md")
    assert (scope.base, scope.everything, scope.settings) == (base, False, {"ruff.x": "x"})


def test_what_is_taken_away_and_how_many_commits_there_are_is_told(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.commit({"c.t": "x\n"})
    repository.git("rm", "--quiet", "b.t")
    repository.git("commit", "--quiet", "--message", "less")
    (repository.root / "notes.md").unlink()
    scope = _scope(repository, since=base).scope
    assert (scope.files, scope.deleted, scope.commits) == (("c.t",), ("b.t", "notes.md"), 2)
    assert _scope(repository).scope.commits == 0


def test_without_the_graph_what_is_edited_is_looked_at_and_that_is_said(repository: Repository) -> None:
    repository.write(**{"a.t": "x\n"})
    scoped = _plain(repository)
    assert scoped.scope.files == scoped.scope.changed == ("a.t",)
    assert "no Pants here" in scoped.notes[0]


def test_a_repository_without_pants_is_looked_at_by_git_alone(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "--quiet")
    repository.commit({"a.py": ""})
    repository.write(**{"b.py": ""})
    scoped = find_scope(Asked(tmp_path), {}, TickingClock(), lambda _: None)
    assert scoped.scope.files == ("b.py",)
    assert "no pants.toml" in scoped.notes[0]


def test_everything_is_all_that_is_tracked_or_new_and_not_ignored(repository: Repository) -> None:
    repository.write(**{".gitignore": "hidden\n", "hidden": "", "fresh.t": ""})
    (repository.root / "c.t").unlink()
    scope = _scope(repository, everything=True).scope
    assert scope.files == (".gitignore", "a.t", "b.t", "fresh.t", "notes.md", "pants.toml")
    assert (scope.everything, scope.base) == (True, "")


def test_with_everything_the_base_is_the_last_commit(repository: Repository) -> None:
    assert _scope(repository, everything=True).base == repository.git("rev-parse", "HEAD")


def test_an_unborn_branch_is_wholly_new(tmp_path: Path) -> None:
    repository = new_repository(tmp_path)
    repository.write(**{"a.t": ""})
    scoped = _scope(repository)
    assert scoped.scope.everything
    assert (scoped.scope.files, scoped.base) == (("a.t", "pants.toml"), "")


def test_a_deleted_file_is_not_looked_at_but_what_used_it_is(repository: Repository) -> None:
    (repository.root / "a.t").unlink()
    assert _scope(repository).scope.files == ("b.t",)


@pytest.mark.parametrize("everything", [False, True])
def test_a_file_whose_name_is_no_utf8_is_told_and_not_passed_over(repository: Repository, everything: bool) -> None:
    (repository.root / os.fsdecode(b"bad\xff.py")).write_text("", encoding="utf-8")
    scoped = _scope(repository, everything=everything)
    assert scoped.unnamed == ("bad\\xff.py",)
    assert not any("bad" in path for path in scoped.scope.files)


def test_a_file_that_a_sparse_checkout_leaves_out_is_told_and_not_passed_over(repository: Repository) -> None:
    repository.commit({"sub/d.t": ""})
    repository.git("sparse-checkout", "set", "--no-cone", "/*", "!/sub/")
    (repository.root / "c.t").unlink()
    assert not (repository.root / "sub/d.t").exists()
    assert _scope(repository, everything=True).absent == ("sub/d.t",)


def test_a_link_to_a_folder_or_to_nothing_is_no_file_to_look_at_and_nothing_to_tell(repository: Repository) -> None:
    (repository.root / "to_folder").symlink_to(".")
    (repository.root / "to_nothing").symlink_to("gone")
    (repository.root / "to_file.t").symlink_to("a.t")
    scoped = _scope(repository)
    assert scoped.unnamed == ()
    assert {"to_folder", "to_nothing"}.isdisjoint(scoped.scope.files)
    assert "to_file.t" in scoped.scope.files


def test_a_renamed_file_is_known_by_its_old_name(repository: Repository) -> None:
    repository.commit({"long.t": "one\ntwo\nthree\nfour\n"})
    repository.git("mv", "long.t", "moved.t")
    assert _scope(repository).renames == {"moved.t": "long.t"}


@pytest.mark.parametrize("everything", [False, True])
def test_a_folder_below_stands_for_the_whole_repository(repository: Repository, everything: bool) -> None:
    repository.commit({"sub/d.t": ""})
    repository.write(**{"a.t": "x\n"})
    scope = _scope(repository, folder="sub", everything=everything).scope
    assert scope.root.resolve() == repository.root.resolve()
    assert "a.t" in scope.files


def test_an_unknown_revision_is_wrong_usage_with_and_without_the_graph(repository: Repository) -> None:
    with pytest.raises(UnknownRevisionError):
        _scope(repository, since="nowhere")
    with pytest.raises(UnknownRevisionError):
        _plain(repository, since="nowhere")


def test_a_folder_that_is_no_repository_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError):
        find_scope(Asked(tmp_path), {}, TickingClock(), lambda _: None)


def test_since_compares_with_where_the_branch_left(repository: Repository) -> None:
    start = repository.git("rev-parse", "HEAD")
    repository.commit({"a.t": "x\n"})
    repository.commit({"c.t": "x\n"})
    assert _scope(repository, since=start).scope.files == ("a.t", "b.t", "c.t")
    assert _scope(repository, since="HEAD~1").scope.files == ("c.t",)
