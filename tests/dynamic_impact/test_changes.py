"""What counts as the change, in every state that a clone can be in."""

from pathlib import Path

import pytest

from dynamic_base import ToolMissingError
from dynamic_impact.changes import Question, find_change
from dynamic_impact.errors import NoMergeBaseError, NotARepositoryError, UnknownRevisionError
from dynamic_impact.git import EMPTY_TREE, Git
from dynamic_impact.model import Change, FileChange, Status
from tests.dynamic_impact.repositories import Repository


def change(repository: Repository, since: str = "", *, everything: bool = False) -> Change:
    return find_change(Git(repository.root), repository.root, Question(since, everything))


def test_an_unborn_branch_is_all_new(repository: Repository) -> None:
    repository.write_all({"a.t": ""})
    found = change(repository)
    assert (found.base, found.head, found.everything) == ("", "", True)
    assert [file.path for file in found.files] == ["a.t", "pants.toml"]


def test_a_first_commit_is_all_new(repository: Repository) -> None:
    head = repository.commit({"a.t": ""})
    found = change(repository)
    assert (found.base, found.base_tree, found.head, found.everything) == ("", EMPTY_TREE, head, True)


def test_a_clean_default_branch_is_judged_by_its_last_commit(repository: Repository) -> None:
    base = repository.commit({"a.t": "", "b.t": ""})
    repository.commit({"b.t": "more\n"})
    found = change(repository)
    assert found.base == base
    assert found.files == (FileChange("b.t", Status.MODIFIED),)


def test_a_dirty_tree_counts_staged_unstaged_and_untracked_files_but_no_ignored_ones(repository: Repository) -> None:
    head = repository.commit({"a.t": "", "b.t": "", ".gitignore": "*.log\n"})
    repository.write_all({"a.t": "x\n", "new.t": "", "noise.log": ""})
    repository.git("add", "a.t")
    repository.write_all({"b.t": "y\n"})
    found = change(repository)
    assert found.base == head
    assert found.files == (
        FileChange("a.t", Status.MODIFIED),
        FileChange("b.t", Status.MODIFIED),
        FileChange("new.t", Status.ADDED),
    )


def test_a_branch_is_judged_against_its_merge_base(repository: Repository) -> None:
    base = repository.commit({"a.t": ""})
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.commit({"b.t": ""})
    repository.git("checkout", "--quiet", "main")
    repository.commit({"elsewhere.t": ""})
    repository.git("checkout", "--quiet", "feature")
    found = change(repository)
    assert found.base == base
    assert [file.path for file in found.files] == ["b.t"]


def test_a_detached_head_is_judged_like_a_branch(repository: Repository) -> None:
    base = repository.commit({"a.t": ""})
    repository.git("checkout", "--quiet", "--detach")
    repository.commit({"b.t": ""})
    assert change(repository).base == base
    assert [file.path for file in change(repository).files] == ["b.t"]


def test_a_rename_is_a_deletion_and_an_addition(repository: Repository) -> None:
    repository.commit({"old name.t": "the same long enough line\n" * 4})
    repository.git("mv", "old name.t", "neuer näme.t")
    assert change(repository).files == (
        FileChange("neuer näme.t", Status.ADDED, renamed="old name.t"),
        FileChange("old name.t", Status.DELETED, renamed="neuer näme.t"),
    )


@pytest.mark.parametrize("name", ["a b.t", "ünïcode.t", 'quo"te.t', "new\nline.t", "tab\t.t", "-dash.t", "#hash.t"])
def test_any_file_name_survives(repository: Repository, name: str) -> None:
    repository.commit({"a.t": ""})
    repository.write_all({name: ""})
    assert change(repository).files == (FileChange(name, Status.ADDED),)


def test_a_mode_change_is_a_change(repository: Repository) -> None:
    repository.commit({"a.t": ""})
    (repository.root / "a.t").chmod(0o755)
    assert change(repository).files == (FileChange("a.t", Status.MODIFIED),)


def test_an_unknown_revision_is_named(repository: Repository) -> None:
    repository.commit()
    with pytest.raises(UnknownRevisionError, match="'nowhere'"):
        change(repository, since="nowhere")


def test_a_revision_that_looks_like_an_option_is_no_option(repository: Repository) -> None:
    repository.commit()
    with pytest.raises(UnknownRevisionError):
        change(repository, since="--all")


def test_a_shallow_clone_says_how_to_deepen_it(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.t": ""})
    repository.commit({"b.t": ""})
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(tmp_path / "shallow"))
    with pytest.raises(NoMergeBaseError, match="git fetch --unshallow"):
        change(Repository(tmp_path / "shallow"))
    assert change(Repository(tmp_path / "shallow"), everything=True).everything


def test_unrelated_histories_have_no_merge_base(repository: Repository) -> None:
    repository.commit({"a.t": ""})
    repository.git("checkout", "--quiet", "--orphan", "island")
    repository.commit({"b.t": ""})
    with pytest.raises(NoMergeBaseError, match="no common ancestor"):
        change(repository)


def test_paths_are_relative_to_a_build_root_below_the_top(repository: Repository) -> None:
    repository.commit({"inner/pants.toml": "", "inner/a.t": "", "outer.t": ""})
    repository.write_all({"inner/a.t": "x\n", "outer.t": "x\n"})
    found = find_change(Git(repository.root / "inner"), repository.root / "inner", Question())
    assert [file.path for file in found.files] == ["a.t"]


def test_the_repository_is_only_read(repository: Repository) -> None:
    repository.commit({"a.t": ""})
    repository.write_all({"a.t": "x\n", "new.t": "y\n"})
    status = repository.git("status", "--porcelain")
    objects = sorted((repository.root / ".git" / "objects").rglob("*"))
    change(repository)
    assert repository.git("status", "--porcelain") == status
    assert sorted((repository.root / ".git" / "objects").rglob("*")) == objects


def test_a_hooks_variables_do_not_lead_elsewhere(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit({"a.t": ""})
    repository.write_all({"a.t": "x\n"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere"))
    found = find_change(Git(repository.root), repository.root, Question())
    assert [file.path for file in found.files] == ["a.t"]


def test_a_folder_without_git_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError, match="git init"):
        Git(tmp_path)
    with pytest.raises(NotARepositoryError, match="no folder"):
        Git(tmp_path / "missing")


def test_a_machine_without_git_is_told_so(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="cannot start git"):
        Git(repository.root)


def test_a_tree_is_exported_as_it_was(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.t": "old\n", "deep/b c.t": ""})
    tree = repository.git("rev-parse", "HEAD^{tree}")
    repository.commit({"a.t": "new\n"})
    Git(repository.root).export(tree, tmp_path / "out")
    assert (tmp_path / "out" / "a.t").read_text() == "old\n"
    assert (tmp_path / "out" / "deep" / "b c.t").is_file()
