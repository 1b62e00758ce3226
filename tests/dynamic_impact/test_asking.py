"""What a person can ask: named files, saved graphs, and why a target is not affected."""

import json
from pathlib import Path
from typing import Any

import click
import pytest

from dynamic_base import DynamicError, ExitCode, UsageError
from dynamic_impact.cli import impact_group, run_command
from tests.dynamic_impact.repositories import OneRulePants, Repository


@pytest.fixture
def saved(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the saved targets of a repository with a library, its test, another test, and a lock."""
    repository.commit({"a.t": "", "b.t": "a.t\n", "test_b.t": "b.t\n", "test_c.t": "", "BUILD": "", "py.lock": "x"})
    return save(repository, tmp_path_factory.mktemp("graphs") / "head.json")


def save(repository: Repository, path: Path) -> Path:
    lock = {"address": "//py.lock:_lock", "target_type": "_lockfile", "sources": ["py.lock"]}
    path.write_text(json.dumps([lock, *OneRulePants().peek(repository.root, daemon=True)]), encoding="utf-8")
    return path


def ask(repository: Repository, *words: str | Path) -> int:
    return int(impact_group.main([*map(str, words), "--repo", str(repository.root)], standalone_mode=False))


def selected(capsys: pytest.CaptureFixture[str], repository: Repository, *words: str | Path) -> dict[str, Any]:
    capsys.readouterr()
    assert ask(repository, "select", *words, "--json") == ExitCode.YES
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def names_of(document: dict[str, Any]) -> list[str]:
    return sorted(item["address"] for item in document["selected"] if item["test"])


def test_a_saved_graph_serves_where_pants_cannot_be_started(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: Path
) -> None:
    repository.write_all({"a.t": "\n"})
    document = selected(capsys, repository, "--graph", saved)
    assert names_of(document) == ["test_b.t"]
    assert document["fallbacks"] == []


def test_another_saved_graph_is_not_answered_from_the_first(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: Path
) -> None:
    repository.write_all({"a.t": "\n"})
    selected(capsys, repository, "--graph", saved)
    saved.write_text(saved.read_text(encoding="utf-8").replace('["b.t"]', "[]"), encoding="utf-8")
    assert names_of(selected(capsys, repository, "--graph", saved)) == []


def test_a_deletion_needs_the_saved_base_and_is_widened_without_it(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: Path, tmp_path: Path
) -> None:
    (repository.root / "a.t").unlink()
    head = save(repository, tmp_path / "now.json")
    alone = selected(capsys, repository, "--graph", head)
    assert names_of(alone) == ["test_b.t", "test_c.t"]
    assert "its targets were not saved" in alone["fallbacks"][0]["why"]
    assert names_of(selected(capsys, repository, "--graph", head, "--base-graph", saved)) == ["test_b.t"]


def test_named_files_are_taken_as_edited_whatever_git_says(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: Path
) -> None:
    repository.write_all({"test_c.t": "\n"})
    document = selected(capsys, repository, "--graph", saved, "--files", "a.t", "./b.t")
    assert names_of(document) == ["test_b.t"]
    assert [file["path"] for file in document["changed"]["files"]] == ["a.t", "b.t"]


def test_a_named_file_that_only_comparison_could_judge_is_widened_and_said(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: Path
) -> None:
    build = selected(capsys, repository, "--graph", saved, "--files", "BUILD")
    assert names_of(build) == ["test_b.t", "test_c.t"]
    assert [fallback["path"] for fallback in build["fallbacks"]] == ["BUILD"]
    lock = selected(capsys, repository, "--graph", saved, "--files", "py.lock")
    assert [(fallback["path"], fallback["everything"]) for fallback in lock["fallbacks"]] == [("py.lock", False)]


def test_why_not_lists_what_would_have_to_change(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: Path
) -> None:
    repository.write_all({"test_c.t": "\n"})
    assert ask(repository, "why-not", "test_b.t", "--graph", saved) == ExitCode.YES
    said = capsys.readouterr().out
    assert "none of its 3 files is among the 1 that changed" in said
    assert [line.strip() for line in said.splitlines()[1:]] == ["a.t", "b.t", "test_b.t"]
    assert ask(repository, "explain", "test_b.t", "--graph", saved) == ExitCode.NO


def test_why_not_of_what_is_affected_is_a_no_with_the_path(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: Path
) -> None:
    repository.write_all({"a.t": "\n"})
    assert ask(repository, "why-not", "test_b.t", "--graph", saved) == ExitCode.NO
    assert "test_b.t (python_test) is affected, at distance 3" in capsys.readouterr().out
    assert ask(repository, "explain", "test_b.t", "--graph", saved) == ExitCode.YES


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["select", "--files", "none.t"], "no file none.t"),
        (["select", "--files", "."], r"no file \."),
        (["why-not", "a.t:x"], "no target 'a.t:x'"),
        (["explain", "file:a.t"], "no target 'file:a.t'"),
    ],
)
def test_what_is_not_there_is_named(repository: Repository, saved: Path, words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ask(repository, *words, "--graph", saved)


@pytest.mark.parametrize(
    "words",
    [
        ["select", "a.t"],
        ["select", "--since", "HEAD", "--files", "a.t"],
        ["select", "--all", "--files", "a.t"],
        ["select", "--base-graph", "pants.toml"],
    ],
)
def test_words_that_exclude_each_other_are_wrong_usage(
    repository: Repository, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.root)
    with pytest.raises(click.UsageError):
        ask(repository, *words)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"address": "a"}]', "\x00"])
def test_a_file_that_is_no_saved_graph_says_how_to_make_one(repository: Repository, saved: Path, text: str) -> None:
    saved.write_text(text, encoding="utf-8")
    with pytest.raises(DynamicError, match="write it there with 'pants peek :: >FILE'") as caught:
        ask(repository, "select", "--graph", saved)
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_saved_graph_runs_nothing(repository: Repository, saved: Path) -> None:
    repository.write_all({"a.t": "\n"})
    with pytest.raises(DynamicError, match="a saved graph cannot test"):
        run_command.main(["--repo", str(repository.root), "--graph", str(saved)], standalone_mode=False)
