"""Pants is asked only where a kept graph could be wrong, and the answer is that of a fresh reading."""

import os
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import TickingClock
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from dynamic_impact.git import Git
from dynamic_impact.model import Selection
from dynamic_impact.options import read_options
from dynamic_impact.reading import edited, infers_by_path
from tests.dynamic_impact.repositories import OneRulePants, Repository, names, select

_TYPES = {".cfg": "resource", ".proto": "protobuf_source", ".lock": "_lockfile", ".odd": "plugin_thing"}


class TypedPants(OneRulePants):
    """As its parent, and files of other kinds are targets of other types."""

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        others = (path for path in sorted(build_root.rglob("*")) if path.suffix in _TYPES or path.name == "__init__.py")
        return [*super().peek(build_root, daemon=daemon), *(self._other(build_root, path) for path in others)]

    def _other(self, build_root: Path, path: Path) -> dict[str, Any]:
        name = path.relative_to(build_root).as_posix()
        return {"address": name, "target_type": _TYPES.get(path.suffix, "python_source"), "sources": [name]}


FILES = {
    "a.t": "",
    "b.t": "a.t\n",
    "c.t": "",
    "test_b.t": "b.t\n",
    "test_c.t": "c.t\n",
    "data.cfg": "1",
    "api.proto": "1",
    "py.lock": "1",
    "x.odd": "1",
    "notes.md": "1",
    "table.csv": "1",
    "BUILD": "",
    "p/__init__.py": "",
    "q/__init__.py": "x = 1\n",
}


@pytest.fixture
def read(repository: Repository) -> tuple[Repository, TypedPants]:
    """Return a repository whose clean tree has been read, and the Pants that read it."""
    repository.commit(FILES)
    repository.commit({"c.t": "\n"})
    pants = TypedPants()
    select(repository, pants)
    assert len(pants.reads) == 1
    return repository, pants


@pytest.mark.parametrize(
    "edit",
    [
        {"a.t": "\n"},
        {"a.t": "c.t\n"},
        {"a.t": "\n", "c.t": "a.t\n", "test_b.t": ""},
        {"data.cfg": "2"},
        {"notes.md": "2"},
        {"q/__init__.py": "x = 2\n"},
        {"p/__init__.py": "\n \n"},
    ],
    ids=str,
)
def test_an_edit_of_content_asks_no_pants(read: tuple[Repository, TypedPants], edit: dict[str, str]) -> None:
    repository, pants = read
    repository.write_all(edit)
    selection = select(repository, pants)
    assert len(pants.reads) == 1
    assert selection.graphs["head"] == "near"
    assert _told(selection) == _told(_afresh(repository))


@pytest.mark.parametrize(
    "edit",
    [
        {"new.t": ""},
        {"a.t": None},
        {"BUILD": "x"},
        {"pants.toml": "[GLOBAL]\n\n"},
        {".gitignore": "*.log"},
        {"api.proto": "2"},
        {"py.lock": "2"},
        {"x.odd": "2"},
        {"table.csv": "2"},
        {"p/__init__.py": "x = 1\n"},
        {"q/__init__.py": ""},
        {"a.t": "\n", "x.odd": "2"},
    ],
    ids=str,
)
def test_an_edit_that_can_change_what_others_depend_on_asks_pants(
    read: tuple[Repository, TypedPants], edit: dict[str, str | None]
) -> None:
    repository, pants = read
    _write(repository, edit)
    assert select(repository, pants).graphs["head"] == "read"
    assert pants.reads.count(repository.root) == 2


def test_a_changed_mode_asks_pants(read: tuple[Repository, TypedPants]) -> None:
    repository, pants = read
    (repository.root / "a.t").chmod(0o755)
    assert select(repository, pants).graphs["head"] == "read"


def test_an_edit_behind_a_link_asks_pants(repository: Repository) -> None:
    repository.write_all({"d/a.t": "", "test_b.t": ""})
    (repository.root / "linked").symlink_to("d")
    repository.commit()
    repository.commit({"test_b.t": "\n"})
    pants = TypedPants()
    select(repository, pants)
    repository.write_all({"d/a.t": "\n"})
    assert select(repository, pants).graphs["head"] == "read"
    repository.write_all({"d/a.t": "", "test_b.t": "\n\n"})
    assert select(repository, pants).graphs["head"] == "near"


@pytest.mark.parametrize(
    ("toml", "pyproject", "by_path"),
    [
        ('backend_packages = ["pants.backend.python"]', "", True),
        ('backend_packages = ["pants.backend.experimental.python.framework.django"]', "", False),
        ('backend_packages = ["own"]', "", False),
        ('backend_packages.add = ["own"]', "", False),
        ("backend_packages = \"+['own']\"", "", False),
        ('plugins = ["strange==1"]', "", False),
        ('backend_packages = ["own"]', '[tool.dynamic.impact]\ninfer_by_path = ["own"]', True),
        ('backend_packages = ["own"]', "[tool.dynamic]\nimpact = 1", False),
        ('backend_packages = ["own"]', "not toml", False),
    ],
)
def test_a_plugin_is_taken_to_open_other_files_unless_the_repository_says_that_it_does_not(
    tmp_path: Path, toml: str, pyproject: str, by_path: bool
) -> None:
    (tmp_path / "pants.toml").write_text(f"[GLOBAL]\n{toml}\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    assert infers_by_path(tmp_path, read_options(tmp_path)) is by_path


@pytest.mark.parametrize("toml", ['build_patterns = ["BUILD", "a.*"]', 'build_file_prelude_globs = ["a.t"]'])
def test_a_file_that_an_option_names_asks_pants(repository: Repository, toml: str) -> None:
    repository.commit({**FILES, "pants.toml": f"[GLOBAL]\n{toml}\n"})
    repository.commit({"c.t": "\n"})
    pants = TypedPants()
    select(repository, pants)
    repository.write_all({"a.t": "\n"})
    assert select(repository, pants).graphs["head"] == "read"


@pytest.mark.parametrize("name", ["PANTS_BACKEND_PACKAGES", "PANTS_CONFIG_FILES", "PANTS_PLUGINS"])
def test_a_backend_named_outside_the_tree_is_taken_to_open_other_files(
    read: tuple[Repository, TypedPants], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    repository, pants = read
    repository.write_all({"a.t": "\n"})
    monkeypatch.setenv(name, "x")
    assert select(repository, pants).graphs["head"] == "read"


def test_options_that_git_ignores_are_part_of_the_key(read: tuple[Repository, TypedPants]) -> None:
    repository, pants = read
    (repository.root / ".git" / "info" / "exclude").write_text(".pants.rc\n", encoding="utf-8")
    repository.write_all({".pants.rc": "[GLOBAL]\n"})
    assert select(repository, pants).graphs == {"head": "read"}
    assert select(repository, pants).graphs == {"head": "kept"}
    repository.write_all({"a.t": "\n"})
    assert select(repository, pants).graphs == {"head": "read"}


def test_what_was_edited_since_and_committed_is_no_beginning_so_its_old_dependencies_are_not_trusted(
    repository: Repository,
) -> None:
    """The trap: `f` comes to use `g`, which the kept graph does not know; once committed, `f` is no longer a change."""
    repository.commit({"f.t": "", "g.t": "", "test_f.t": "f.t\n"})
    repository.commit({"g.t": "\n"})
    pants = TypedPants()
    select(repository, pants)
    repository.write_all({"f.t": "g.t\n"})
    assert select(repository, pants).graphs["head"] == "near"
    repository.write_all({"g.t": "\n\n"})
    both = select(repository, pants)
    assert (both.graphs["head"], names(both)) == ("near", ["test_f.t"])
    repository.write_all({"g.t": "\n"})
    repository.commit()
    repository.write_all({"g.t": "\n\n"})
    after = select(repository, pants, since="HEAD")
    assert (after.graphs["head"], names(after)) == ("read", ["test_f.t"])


def test_files_that_are_named_are_judged_by_a_graph_that_differs_in_them_alone(
    read: tuple[Repository, TypedPants],
) -> None:
    repository, pants = read
    repository.write_all({"b.t": ""})
    engine = _engine(repository, pants)
    assert engine.select(Question(files=("b.t", "a.t")))[0].graphs["head"] == "near"
    assert engine.select(Question(files=("a.t",)))[0].graphs["head"] == "read"


def test_a_graph_that_served_another_tree_is_not_kept_for_it(read: tuple[Repository, TypedPants]) -> None:
    repository, pants = read
    folder = _engine(repository, pants).snapshots.folder
    kept = sorted(folder.iterdir())
    repository.write_all({"a.t": "c.t\n"})
    select(repository, pants)
    assert sorted(folder.iterdir()) == kept


def test_the_bases_graph_is_served_in_the_same_way(read: tuple[Repository, TypedPants]) -> None:
    repository, pants = read
    repository.write_all({"b.t": "\n", "BUILD": "x"})
    (repository.root / "a.t").unlink()
    repository.git("checkout", "--quiet", "-b", "more")
    assert select(repository, pants).graphs == {"head": "read", "base": "kept"}
    # The base with `b` as it was two commits ago: only the content of a file of the change differs.
    repository.git("stash", "--quiet")
    repository.commit({"b.t": "a.t\n\n"})
    repository.write_all({"b.t": "\n", "BUILD": "x"})
    (repository.root / "a.t").unlink()
    reads = len(pants.reads)
    selection = select(repository, pants, since="HEAD")
    assert (selection.graphs, len(pants.reads)) == ({"head": "kept", "base": "near"}, reads)
    assert _told(selection) == _told(_afresh(repository, since="HEAD"))


def test_what_is_edited_while_pants_reads_is_not_kept_under_the_tree_before(repository: Repository) -> None:
    class Interrupted(TypedPants):
        def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
            found = super().peek(build_root, daemon=daemon)
            repository.write_all({"a.t": "c.t\n"})
            return found

    repository.commit(FILES)
    repository.commit({"c.t": "\n"})
    assert select(repository, Interrupted()).graphs == {"head": "read"}
    repository.write_all({"a.t": ""})
    assert select(repository, TypedPants()).graphs == {"head": "read"}


def test_a_state_folder_that_cannot_be_used_only_costs_time(repository: Repository) -> None:
    repository.commit({"a.t": "", "test_a.t": "a.t\n", ".dynamic": "a file"})
    repository.write_all({"a.t": "\n"})
    pants = TypedPants()
    for _ in range(2):
        selection = select(repository, pants)
        assert (names(selection), selection.graphs) == (["test_a.t"], {"head": "read"})


def test_below_a_build_root_only_edits_in_it_are_harmless(repository: Repository) -> None:
    root = repository.root / "inner"
    repository.commit({"inner/pants.toml": "", "inner/a.t": "", "inner/test_a.t": "a.t\n", "outer.t": ""})
    repository.commit({"inner/test_a.t": "a.t\n\n"})
    pants = TypedPants()

    def how() -> str:
        return Engine(root, pants, TickingClock(), "test").select(Question())[0].graphs["head"]

    assert how() == "read"
    repository.write_all({"inner/a.t": "\n"})
    assert how() == "near"
    repository.write_all({"outer.t": "\n"})
    assert how() == "read"


def test_an_edit_of_the_same_length_in_the_second_of_the_last_commit_is_seen(repository: Repository) -> None:
    repository.git("config", "core.trustctime", "false")
    repository.write_all({"a.t": "1", "test_a.t": "a.t\n"})
    index = repository.root / ".git" / "index"
    os.utime(repository.root / "a.t", (1000, 1000))
    repository.commit()
    for path in (index, repository.root / "a.t"):
        os.utime(path, (1000, 1000))
    (repository.root / "a.t").write_text("2", encoding="utf-8")
    os.utime(repository.root / "a.t", (1000, 1000))
    assert names(select(repository, since="HEAD")) == ["test_a.t"]


@pytest.mark.parametrize("seed", range(2))
def test_over_a_random_history_the_answer_is_that_of_a_fresh_reading(repository: Repository, seed: int) -> None:
    dice = random.Random(seed)
    sources = [f"{letter}.t" for letter in "abcde"] + ["test_1.t", "test_2.t"]

    def text() -> str:
        return "".join(f"{name}\n" for name in dice.sample(sources[:5], dice.randint(0, 2))) + "\n" * dice.randint(0, 9)

    repository.commit({**dict.fromkeys(sources, ""), "x.odd": ""})
    repository.commit({"a.t": text()})
    pants = TypedPants()
    hows = []
    for _ in range(12):
        edit: dict[str, str | None] = {name: text() for name in dice.sample(sources, dice.randint(1, 2))}
        if dice.random() < 0.15:
            edit[dice.choice(sources)] = None
        _write(repository, edit)
        if dice.random() < 0.3:
            repository.commit()
        since = dice.choice(["", "HEAD", "HEAD~1"])
        selection = select(repository, pants, since)
        hows.append(selection.graphs["head"])
        assert _told(selection) == _told(_afresh(repository, since))
    assert "near" in hows


def _write(repository: Repository, files: dict[str, str | None]) -> None:
    for name, text in files.items():
        if text is None:
            (repository.root / name).unlink(missing_ok=True)
        else:
            repository.write_all({name: text})


def _engine(repository: Repository, pants: OneRulePants, setting: str = "test") -> Engine:
    return Engine(repository.root, pants, TickingClock(), setting)


def _afresh(repository: Repository, since: str = "") -> Selection:
    """Return what an engine says that has kept nothing."""
    engine = _engine(repository, TypedPants(), "afresh")
    shutil.rmtree(engine.snapshots.folder.parent / "afresh", ignore_errors=True)
    for path in engine.snapshots.folder.glob("*-afresh.graph"):
        path.unlink()
    selection = engine.select(Question(since))[0]
    assert selection.graphs["head"] == "read"
    return selection


def _told(selection: Selection) -> Selection:
    return replace(selection, seconds={}, graphs={})


def test_no_other_tree_stands_for_one_that_cannot_be_listed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(FILES)
    repository.commit({"c.t": "\n"})
    assert Git(repository.root).listing("0" * 40) == b""
    monkeypatch.setattr(Git, "listing", lambda *_: b"")
    pants = TypedPants()
    for text in ("\n", "\n\n"):
        repository.write_all({"a.t": text})
        assert select(repository, pants).graphs == {"head": "read"}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"", b"", {}),
        (b"100644 blob 1\ta\0", b"100644 blob 2\ta\0", {"a": ("1", "2")}),
        (b"100644 blob 1\ta b\tc\0", b"100644 blob 2\ta b\tc\0", {"a b\tc": ("1", "2")}),
        (b"100644 blob 1\t\xff\0", b"100644 blob 2\t\xff\0", {"\udcff": ("1", "2")}),
        (b"100644 blob 1\ta\0", b"100755 blob 1\ta\0", None),
        (b"100644 blob 1\ta\0", b"100644 blob 1\tb\0", None),
        (b"100644 blob 1\ta\0", b"", None),
        (b"120000 blob 1\ta\0", b"120000 blob 2\ta\0", None),
        (b"160000 commit 1\ta\0", b"160000 commit 2\ta\0", None),
        (b"noise", b"100644 blob 2\ta\0", None),
    ],
)
def test_listings_are_compared_to_the_file(old: bytes, new: bytes, found: object) -> None:
    assert edited(old, new) == found
