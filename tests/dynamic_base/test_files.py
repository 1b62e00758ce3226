from pathlib import Path

import pytest

from dynamic_base import UsageError, repository_root, write_atomic
from dynamic_base.files import WriteError


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_a_refused_write_keeps_the_old_file_and_leaves_no_partial_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_atomic(path, b"old")

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(WriteError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("mark", [".git", ".dynamic"])
def test_the_root_is_the_nearest_folder_with_a_mark(tmp_path: Path, mark: str) -> None:
    (tmp_path / "inner" / mark).mkdir(parents=True)
    (tmp_path / ".git").touch()  # a worktree's is a file
    (tmp_path / "inner" / "deep").mkdir()
    assert repository_root(tmp_path / "inner" / "deep") == tmp_path / "inner"
    assert repository_root(tmp_path) == tmp_path


def test_a_folder_in_no_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is in no git repository: go into one"):
        repository_root(tmp_path)
