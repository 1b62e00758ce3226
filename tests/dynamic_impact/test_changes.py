"""What counts as the change, in every state that a clone can be in."""

import gc
import os
import tempfile
from pathlib import Path

import pytest

from dynamic_base import DynamicError, ToolMissingError
from dynamic_impact.changes import Question, find_change
from dynamic_impact.errors import NoMergeBaseError, NotARepositoryError, UnknownRevisionError
from dynamic_impact.git import EMPTY_TREE, Git
from dynamic_impact.model import Change, FileChange, Status
from tests.dynamic_impact.repositories import Repository, new_repository


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


def paths(repository: Repository, since: str = "") -> list[str]:
    return [file.path for file in change(repository, since).files]


@pytest.fixture
def with_module(repository: Repository, tmp_path: Path) -> Repository:
    """Return a clean repository with the submodule ``libs/m``, which holds a.t and b.t."""
    module = new_repository(tmp_path / "module")
    module.commit({"a.t": "", "b.t": "", ".gitignore": "*.log\n"})
    repository.commit({"own.t": ""})
    repository.git("submodule", "--quiet", "add", str(module.root), "libs/m")
    repository.commit()
    return repository


def test_what_lies_uncommitted_in_a_submodule_is_a_change_of_its_files(with_module: Repository) -> None:
    assert paths(with_module, "HEAD") == []
    with_module.write_all({"libs/m/a.t": "x\n", "libs/m/new.t": "new\n", "libs/m/noise.log": ""})
    (with_module.root / "libs/m/b.t").unlink()
    assert change(with_module, "HEAD").files == (
        FileChange("libs/m/a.t", Status.MODIFIED),
        FileChange("libs/m/b.t", Status.DELETED),
        FileChange("libs/m/new.t", Status.ADDED),
    )


def test_a_dirty_submodule_is_another_tree_than_a_clean_one(with_module: Repository) -> None:
    clean = change(with_module, "HEAD")
    assert clean.base_tree == clean.head_tree
    with_module.write_all({"libs/m/a.t": "x\n"})
    first = change(with_module, "HEAD")
    with_module.write_all({"libs/m/a.t": "y\n"})
    assert len({clean.head_tree, first.head_tree, change(with_module, "HEAD").head_tree}) == 3
    assert first.base_tree == clean.base_tree


def test_a_bumped_submodule_is_a_change_of_the_files_that_differ(with_module: Repository) -> None:
    Repository(with_module.root / "libs/m").commit({"a.t": "x\n"})
    assert paths(with_module, "HEAD") == ["libs/m/a.t"], "committed below, not yet above"
    with_module.commit()
    assert paths(with_module, "HEAD^") == ["libs/m/a.t"], "and committed above"


def test_a_bump_is_seen_though_git_was_told_to_ignore_it(with_module: Repository) -> None:
    with_module.git("config", "submodule.libs/m.ignore", "all")
    with_module.git("config", "diff.ignoreSubmodules", "all")
    Repository(with_module.root / "libs/m").commit({"a.t": "x\n"})
    assert paths(with_module, "HEAD") == ["libs/m/a.t"]
    with_module.git("submodule", "--quiet", "deinit", "--force", "libs/m")
    with_module.git("update-index", "--cacheinfo", f"160000,{'1' * 40},libs/m")
    assert paths(with_module, "HEAD") == ["libs/m"]


def test_a_submodule_that_is_not_checked_out_counts_by_its_commit(with_module: Repository) -> None:
    with_module.git("submodule", "--quiet", "deinit", "--force", "libs/m")
    assert paths(with_module, "HEAD") == []
    with_module.git("update-index", "--cacheinfo", f"160000,{'1' * 40},libs/m")
    assert paths(with_module, "HEAD") == ["libs/m"]


def test_the_files_of_a_submodule_are_read_and_exported_with_the_base(with_module: Repository, tmp_path: Path) -> None:
    with_module.write_all({"libs/m/a.t": "x\n"})
    git = Git(with_module.root)
    found = find_change(git, with_module.root, Question("HEAD"))
    assert git.read(found.base_tree, "libs/m/a.t") == b""
    git.export(found.base_tree, tmp_path / "out")
    assert (tmp_path / "out/libs/m/a.t").read_text() == ""
    assert (tmp_path / "out/own.t").is_file()


def test_a_submodule_in_a_submodule_is_looked_into(with_module: Repository, tmp_path: Path) -> None:
    inner = new_repository(tmp_path / "inner")
    inner.commit({"deep.t": ""})
    module = Repository(with_module.root / "libs/m")
    module.git("submodule", "--quiet", "add", str(inner.root), "in")
    module.commit()
    with_module.commit()
    assert paths(with_module, "HEAD") == []
    with_module.write_all({"libs/m/in/deep.t": "x\n"})
    assert paths(with_module, "HEAD") == ["libs/m/in/deep.t"]


def test_the_repository_and_its_submodules_are_only_read(with_module: Repository) -> None:
    with_module.write_all({"libs/m/a.t": "x\n", "own.t": "x\n"})
    before = sorted(path for path in (with_module.root / ".git").rglob("*") if "objects" in path.parts)
    staged = with_module.git("diff", "--cached", "--name-only"), with_module.git("-C", "libs/m", "diff", "--cached")
    change(with_module, "HEAD")
    assert sorted(path for path in (with_module.root / ".git").rglob("*") if "objects" in path.parts) == before
    assert (
        with_module.git("diff", "--cached", "--name-only"),
        with_module.git("-C", "libs/m", "diff", "--cached"),
    ) == (staged)


def test_a_file_is_changed_under_each_name_by_which_a_link_leads_to_it(repository: Repository) -> None:
    repository.commit({"real/a.t": "", "b.t": ""})
    (repository.root / "folder").symlink_to("real")
    (repository.root / "again").symlink_to("folder/a.t")
    (repository.root / "absolute").symlink_to(repository.root / "b.t")
    (repository.root / "out").symlink_to("/etc/hostname")
    (repository.root / "round").symlink_to(".")
    repository.commit()
    repository.write_all({"real/a.t": "x\n"})
    assert change(repository, "HEAD").files == (
        FileChange("again", Status.MODIFIED, via="real/a.t"),
        FileChange("folder/a.t", Status.MODIFIED, via="real/a.t"),
        FileChange("real/a.t", Status.MODIFIED),
    )
    repository.write_all({"real/a.t": "", "b.t": "x\n"})
    assert [file.path for file in change(repository, "HEAD").files] == ["absolute", "b.t"]


def test_a_link_that_leads_elsewhere_and_a_file_that_becomes_a_link_are_changes(repository: Repository) -> None:
    (repository.root / "link.t").symlink_to("a.t")
    repository.commit({"a.t": "", "b.t": "", "file.t": ""})
    (repository.root / "link.t").unlink()
    (repository.root / "link.t").symlink_to("b.t")
    (repository.root / "file.t").unlink()
    (repository.root / "file.t").symlink_to("a.t")
    found = change(repository, "HEAD").files
    assert found == (FileChange("file.t", Status.MODIFIED), FileChange("link.t", Status.MODIFIED))
    repository.commit()
    (repository.root / "file.t").unlink()
    repository.write_all({"file.t": ""})
    assert change(repository, "HEAD").files == (FileChange("file.t", Status.MODIFIED),)


def test_a_rename_that_changes_only_case_is_a_rename(repository: Repository) -> None:
    repository.commit({"name.t": "the same long enough line\n" * 4})
    repository.git("mv", "name.t", "Name.t")
    assert [(file.path, file.status) for file in change(repository).files] == [
        ("Name.t", Status.ADDED),
        ("name.t", Status.DELETED),
    ]


def test_a_name_that_is_no_utf_8_is_spelled_so_that_it_can_be_printed(repository: Repository) -> None:
    repository.commit({"a.t": ""})
    (repository.root / os.fsdecode(b"caf\xe9.t")).write_text("", encoding="utf-8")
    repository.write_all({"ünï.t": "x"})
    assert paths(repository, "HEAD") == ["caf\\xe9.t", "ünï.t"]


def test_a_file_that_git_was_told_to_take_as_unchanged_is_looked_at(repository: Repository) -> None:
    repository.commit({"a.t": "", "b.t": "", "c.t": ""})
    repository.git("update-index", "--assume-unchanged", "a.t")
    repository.git("update-index", "--skip-worktree", "b.t", "c.t")
    repository.write_all({"a.t": "x\n", "b.t": "x\n"})
    (repository.root / "c.t").unlink()  # as outside a sparse checkout
    assert paths(repository) == ["a.t", "b.t"]


def test_an_edit_in_the_same_moment_as_the_commit_is_seen(repository: Repository) -> None:
    repository.git("config", "core.trustctime", "false")
    repository.git("config", "core.checkStat", "minimal")
    file, index = repository.root / "a.t", repository.root / ".git" / "index"
    for text in ("one\n", "two\n"):
        repository.write_all({"a.t": text})
        os.utime(file, (1_000_000_000, 1_000_000_000))
        if text == "one\n":
            repository.commit()
    os.utime(index, (1_000_000_000, 1_000_000_000))
    assert paths(repository, "HEAD") == ["a.t"]


def test_a_further_edit_of_a_staged_file_counts_and_a_staged_edit_taken_back_does_not(repository: Repository) -> None:
    repository.commit({"a.t": "", "b.t": ""})
    repository.write_all({"a.t": "x\n", "b.t": "x\n"})
    repository.git("add", ".")
    repository.write_all({"a.t": "y\n", "b.t": ""})
    assert paths(repository) == ["a.t"]


def test_a_merge_on_the_default_branch_is_judged_by_all_that_it_brought(repository: Repository) -> None:
    base = repository.commit({"a.t": ""})
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.commit({"b.t": ""})
    repository.commit({"c.t": ""})
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--no-edit", "feature")
    assert change(repository).base == base
    assert paths(repository) == ["b.t", "c.t"]


def test_conflicts_of_a_merge_count_as_the_files_are(repository: Repository) -> None:
    repository.commit({"a.t": "", "b.t": ""})
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.commit({"a.t": "one\n"})
    repository.git("checkout", "--quiet", "main")
    repository.commit({"a.t": "two\n"})
    with pytest.raises(AssertionError):
        repository.git("merge", "--quiet", "feature")
    assert [file.path for file in change(repository, "HEAD").files] == ["a.t"]


def test_a_worktree_is_judged_by_its_own_files(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.t": ""})
    repository.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Repository(tmp_path / "side")
    repository.write_all({"a.t": "x\n"})
    side.write_all({"b.t": ""})
    assert paths(side) == ["b.t"]
    assert change(repository, "HEAD").files == (FileChange("a.t", Status.MODIFIED),)


def test_a_bare_repository_says_to_name_a_clone_with_files(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.t": ""})
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    with pytest.raises(NotARepositoryError, match="not a bare one"):
        Git(tmp_path / "bare.git")


def test_a_repository_of_another_owner_says_how_to_trust_it(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(NotARepositoryError, match=r"safe\.directory"):
        Git(repository.root)


def test_a_corrupt_index_is_no_traceback_and_is_left_as_it_is(repository: Repository) -> None:
    repository.commit({"a.t": ""})
    index = repository.root / ".git" / "index"
    index.write_bytes(index.read_bytes()[:20])
    with pytest.raises(DynamicError, match="index file"):
        change(repository)
    assert len(index.read_bytes()) == 20


def test_a_repository_in_a_folder_with_quotes_is_read(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / 'say "\\hi"')
    repository.commit({"a.t": ""})
    repository.write_all({"a.t": "x\n"})
    assert paths(repository) == ["a.t"]


def test_no_scratch_folder_outlives_its_use(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    repository.commit({"a.t": ""})
    change(repository)
    gc.collect()
    assert list(tmp_path.glob("dynamic-git-*")) == []
