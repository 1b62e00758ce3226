"""A sealed folder is whole or absent, is judged by sha256sum too, and names every file that was edited."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from dynamic_base import DynamicError, ExitCode, canonical_json
from dynamic_base.sealed import FolderTakenError, SealError, faults, read_manifest, seal, sums_text

FILES = {"b.bin": b"\x00\x01", "a.bin": b""}
NAMED = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
MANIFEST = canonical_json({"schema": "x/1", "files": NAMED})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    seal(tmp_path / "kept", MANIFEST, FILES)
    return tmp_path / "kept"


def told(folder: Path, expected: str = "") -> list[str]:
    return [fault.file for fault in faults(folder, read_manifest(folder, "x/1"), NAMED, expected)]


def test_the_digest_is_that_of_the_manifest_and_all_files_are_there(folder: Path) -> None:
    assert seal(folder, MANIFEST, FILES) == hashlib.sha256(MANIFEST).hexdigest()
    assert sorted(path.name for path in folder.iterdir()) == ["SHA256SUMS", "a.bin", "b.bin", "manifest.json"]
    assert told(folder, hashlib.sha256(MANIFEST).hexdigest()) == []


def test_sha256sum_judges_the_folder(folder: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "a.bin").write_bytes(b"x")
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 1


def test_another_content_is_refused_and_what_lies_there_is_left(folder: Path) -> None:
    with pytest.raises(FolderTakenError) as caught:
        seal(folder, canonical_json({"schema": "x/1"}), {})
    assert caught.value.exit_code == ExitCode.USAGE
    assert told(folder) == []


def test_a_folder_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SealError):
        seal(tmp_path / "file" / "kept", MANIFEST, FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_each_edit_names_its_file(folder: Path) -> None:
    (folder / "b.bin").write_bytes(b"\x00\x02")
    (folder / "a.bin").unlink()
    (folder / "c.bin").write_bytes(b"")
    assert told(folder) == ["b.bin", "a.bin", "c.bin"]
    (folder / "SHA256SUMS").write_bytes(sums_text({}))
    assert told(folder)[0] == "SHA256SUMS"
    assert told(folder, "0" * 64)[0] == "manifest.json"
    (folder / "manifest.json").write_bytes(MANIFEST + b" ")
    assert told(folder)[0] == "manifest.json"


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b'{"schema":"y/1"}', b"\xff"])
def test_a_manifest_of_another_kind_is_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(DynamicError) as caught:
        read_manifest(tmp_path, "x/1")
    assert caught.value.exit_code == ExitCode.UNDECIDED
