"""What cannot be judged is named, with the next step, by the exit code of the house, and nothing is written."""

from pathlib import Path

import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_impact.cli import impact_group
from tests.dynamic_impact.repositories import Repository, names, select


def refused(folder: Path, *words: str) -> DynamicError:
    with pytest.raises(DynamicError) as caught:
        impact_group.main(["select", "--repo", str(folder), *words], standalone_mode=False)
    assert caught.value.hint
    return caught.value


@pytest.fixture
def committed(repository: Repository) -> Repository:
    repository.commit({"a.t": "", "test_a.t": "a.t\n"})
    return repository


def pants_that(folder: Path, *lines: str) -> str:
    program = folder / "fake-pants"
    program.write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def test_a_folder_without_pants_toml(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert (error.exit_code, "no pants.toml" in error.message) == (ExitCode.USAGE, True)


def test_a_pants_repository_without_git(tmp_path: Path) -> None:
    (tmp_path / "pants.toml").write_text("[GLOBAL]\n", encoding="utf-8")
    error = refused(tmp_path, "--pants", "false")
    assert (error.exit_code, "git work tree" in error.message) == (ExitCode.USAGE, True)


def test_an_unknown_revision(committed: Repository) -> None:
    error = refused(committed.root, "--since", "nowhere", "--pants", "false")
    assert (error.exit_code, "'nowhere'" in error.message) == (ExitCode.USAGE, True)


def test_no_pants_at_all(committed: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DYNAMIC_PANTS", raising=False)
    error = refused(committed.root)
    assert (error.exit_code, "no Pants for" in error.message) == (ExitCode.UNDECIDED, True)


def test_a_pants_that_is_not_there(committed: Repository) -> None:
    error = refused(committed.root, "--pants", "/nowhere/pants")
    assert (error.exit_code, "/nowhere/pants" in error.message) == (ExitCode.UNDECIDED, True)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["echo 'InvalidFieldException: no such file x' >&2", "exit 1"], "InvalidFieldException: no such file x"),
        (["exit 1"], "no message"),
        (["echo 'SyntaxError: invalid syntax' >&2", "exit 1"], "in lib/BUILD"),
        (["echo not json"], "printed no JSON"),
    ],
)
def test_a_pants_that_cannot_read_the_repository_is_quoted(
    committed: Repository, tmp_path: Path, lines: list[str], said: str
) -> None:
    committed.write_all({"lib/BUILD": "files(name=\n"})
    error = refused(committed.root, "--pants", pants_that(tmp_path, *lines))
    assert (error.exit_code, said in error.message) == (ExitCode.UNDECIDED, True)


def test_a_configuration_that_is_no_toml_is_named(committed: Repository, tmp_path: Path) -> None:
    committed.write_all({"pants.toml": "[GLOBAL\n"})
    error = refused(committed.root, "--pants", pants_that(tmp_path, "echo []"))
    assert (error.exit_code, "pants.toml is not TOML" in error.message) == (ExitCode.UNDECIDED, True)


def test_a_base_whose_configuration_is_no_toml_widens_to_everything(committed: Repository) -> None:
    committed.commit({"pants.toml": "[GLOBAL\n", "test_b.t": ""})
    committed.write_all({"pants.toml": "[GLOBAL]\n"})
    selection = select(committed, since="HEAD")
    assert names(selection) == ["test_a.t", "test_b.t"]
    assert [fallback.path for fallback in selection.fallbacks] == ["pants.toml"]


def test_a_repository_inside_without_a_commit_is_named(committed: Repository) -> None:
    (committed.root / "nested").mkdir()
    Repository(committed.root / "nested").git("init", "--quiet")
    with pytest.raises(DynamicError, match="nested"):
        select(committed, since="HEAD")
