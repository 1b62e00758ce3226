"""A snapshot holds what was read, is known by its content, and is refused once anything in it was edited."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dynamic_base import ExitCode, canonical_json
from dynamic_base.sealed import FolderTakenError, sums_text
from dynamic_ta.data import (
    BarsSnapshotError,
    MendingError,
    mending_of,
    read_bars,
    read_snapshot,
    read_source,
    snapshot,
    verify_snapshot,
    write_snapshot,
)
from tests.dynamic_ta.data.files import NUMBERS, csv_of, flat


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = csv_of(tmp_path, *flat("2020-01-03", "2020-01-01", "2020-01-02", "2020-01-01"))
    reading = read_source(source, mending_of(["sort", "drop-identical-duplicates"]), "CC0-1.0")
    write_snapshot(tmp_path / "kept", reading)
    return tmp_path / "kept"


def test_a_snapshot_reads_back_as_what_was_taken(folder: Path) -> None:
    source = str(folder.parent / "bars.csv")
    taken = read_source(source, mending_of(["sort", "drop-identical-duplicates"]), "CC0-1.0")
    back = read_source(str(folder))
    for name in ("time", *NUMBERS):
        np.testing.assert_array_equal(getattr(back.bars, name), getattr(taken.bars, name))
    assert (back.origin, back.applied, back.bars.digest) == (taken.origin, taken.applied, taken.bars.digest)
    assert back.origin.digest == hashlib.sha256(Path(source).read_bytes()).hexdigest()
    assert snapshot(back).digest == back.bars.digest
    with pytest.raises(ValueError, match="read-only"):
        back.bars.close[0] = 1


def test_the_manifest_says_source_licence_rules_and_rows(folder: Path) -> None:
    content = (folder / "manifest.json").read_bytes()
    manifest = json.loads(content)
    assert manifest["schema"] == "dynamic.bars/1"
    assert (manifest["source"]["name"], manifest["source"]["licence"]) == ("bars", "CC0-1.0")
    assert manifest["mending"] == [
        {"rule": "sort", "rows": 3, "which": "3-5"},
        {"rule": "drop-identical-duplicates", "rows": 1, "which": "5"},
    ]
    assert read_snapshot(folder).bars.digest == hashlib.sha256(content).hexdigest()
    assert np.fromfile(folder / "close.f64", "<f8").tolist() == [10, 10, 10]
    assert np.fromfile(folder / "time.i64", "<i8")[0] == np.datetime64("2020-01-01", "us").astype(np.int64)


def test_the_sums_are_those_of_sha256sum(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    assert len(lines) == 7
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_same_bars_give_the_same_bytes_and_another_licence_gives_another_digest(tmp_path: Path) -> None:
    one, same = snapshot(read_source("sp500")), snapshot(read_source("sp500"))
    assert (one.digest, one.manifest, one.files) == (same.digest, same.manifest, same.files)
    source = csv_of(tmp_path, *flat("2020-01-01"))
    assert snapshot(read_source(source, licence="MIT")).digest != snapshot(read_source(source)).digest


def test_taking_it_twice_changes_nothing_and_another_is_refused(folder: Path) -> None:
    reading = read_snapshot(folder)
    assert write_snapshot(folder, reading) == reading.bars.digest
    with pytest.raises(FolderTakenError):
        write_snapshot(folder, read_source("sp500"))
    assert read_snapshot(folder).bars.digest == reading.bars.digest


def _flip(folder: Path) -> str:
    content = bytearray((folder / "close.f64").read_bytes())
    content[3] ^= 1
    (folder / "close.f64").write_bytes(content)
    return "close.f64"


def _rename_rule(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"sort"', b'"tort"'))
    return "SHA256SUMS"


def _add_space(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes() + b"\n")
    return "manifest.json"


def _delete(folder: Path) -> str:
    (folder / "open.f64").unlink()
    return "open.f64"


def _add(folder: Path) -> str:
    (folder / "more.f64").write_bytes(b"")
    return "more.f64"


@pytest.mark.parametrize("edit", [_flip, _rename_rule, _add_space, _delete, _add])
def test_an_edited_snapshot_is_told_by_its_file_and_never_read(folder: Path, edit: Callable[[Path], str]) -> None:
    file = edit(folder)
    assert file in [fault.file for fault in verify_snapshot(folder)[1]]
    with pytest.raises(BarsSnapshotError) as caught:
        read_source(str(folder))
    assert caught.value.exit_code == ExitCode.UNDECIDED


def _forge(folder: Path, file: str, content: bytes) -> None:
    """Edit a column, and write the manifest and the sums anew."""
    (folder / file).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for column in manifest["columns"]:
        column["sha256"] = hashlib.sha256((folder / column["file"]).read_bytes()).hexdigest()
    (folder / "manifest.json").write_bytes(canonical_json(manifest))
    named = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    named.pop("SHA256SUMS")
    (folder / "SHA256SUMS").write_bytes(sums_text(named))


def test_one_that_was_edited_with_its_sums_is_found_by_the_digest_that_was_expected(folder: Path) -> None:
    before = read_snapshot(folder).bars.digest
    for name in ("open", "high", "low", "close"):
        _forge(folder, f"{name}.f64", np.full(3, 11.0).tobytes())
    assert verify_snapshot(folder)[1] == ()
    assert read_snapshot(folder).bars.digest != before
    with pytest.raises(BarsSnapshotError, match=f"not {before}"):
        read_snapshot(folder, before)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("close.f64", np.array([10, np.nan, 10.0]).tobytes(), "bar 1: close is nan"),
        ("high.f64", np.array([10, 10, 9.0]).tobytes(), "bar 2: high 9.0 is below low 10.0"),
        ("time.i64", np.array([3, 2, 4]).tobytes(), "is before the row above"),
        ("open.f64", np.full(2, 10.0).tobytes(), "columns of different lengths"),
        ("open.f64", b"123", "buffer size"),
    ],
)
def test_one_that_was_forged_into_what_no_file_could_give_is_refused(
    folder: Path, file: str, content: bytes, message: str
) -> None:
    _forge(folder, file, content)
    with pytest.raises(BarsSnapshotError, match="does not fit its files") as caught:
        read_snapshot(folder)
    assert message in caught.value.message


def test_a_manifest_that_points_outside_its_folder_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"close.f64"', b'"../close.f64"'))
    with pytest.raises(BarsSnapshotError, match="outside the folder"):
        read_snapshot(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"schema":"dynamic.snapshot/1"}', b'{"schema":"dynamic.bars/1"}'])
def test_a_folder_with_another_manifest_holds_no_bars(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(BarsSnapshotError):
        read_source(str(tmp_path))


def test_a_snapshot_is_not_mended_again(folder: Path) -> None:
    with pytest.raises(MendingError, match="is a snapshot"):
        read_source(str(folder), mending_of(["sort"]))


def test_a_snapshot_with_negative_prices_is_not_for_backtests(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *flat("2020-01-01", price="-1"))
    write_snapshot(tmp_path / "kept", read_source(source, mending_of(["allow-negative-prices"])))
    assert read_source(str(tmp_path / "kept")).bars.close.tolist() == [-1]
    with pytest.raises(MendingError, match="was taken with zero or negative prices"):
        read_bars(str(tmp_path / "kept"))
