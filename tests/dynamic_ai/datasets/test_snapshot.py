import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dynamic_ai.datasets import Splits, Table, read_snapshot, verify_snapshot, write_snapshot
from dynamic_ai.errors import DatasetError, SnapshotError, SnapshotExistsError
from tests.dynamic_ai.examples import DAY_US, table


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_table_gives_the_same_bytes_and_the_digest_is_that_of_the_manifest(tmp_path: Path) -> None:
    first = write_snapshot(tmp_path / "a", table())
    assert first == write_snapshot(tmp_path / "b", table())
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    assert first == hashlib.sha256((tmp_path / "a" / "manifest.json").read_bytes()).hexdigest()


def test_the_order_of_a_definitions_keys_and_of_memory_changes_nothing(tmp_path: Path) -> None:
    original = table()
    turned = tuple(
        replace(
            feature,
            definition=dict(reversed(list(feature.definition.items()))),
            values=np.repeat(feature.values, 2)[::2],
        )
        for feature in original.features
    )
    again = replace(original, features=turned, label=np.asfortranarray(original.label))
    assert write_snapshot(tmp_path / "a", original) == write_snapshot(tmp_path / "b", again)


@pytest.mark.parametrize(
    "changed",
    [
        lambda t: replace(t, label=1 - t.label),
        lambda t: replace(t, time=t.time + 1),
        lambda t: replace(t, source=replace(t.source, licence="MIT")),
        lambda t: replace(t, recipe=replace(t.recipe, version=2)),
        lambda t: replace(t, splits=Splits(t.splits.validation - 1, t.splits.test)),
        lambda t: replace(t, features=tuple(reversed(t.features))),
        lambda t: replace(t, features=tuple(replace(f, values=np.nextafter(f.values, 9)) for f in t.features)),
    ],
)
def test_any_difference_gives_another_digest(tmp_path: Path, changed: Callable[[Table], Table]) -> None:
    assert write_snapshot(tmp_path / "a", table()) != write_snapshot(tmp_path / "b", changed(table()))


def test_every_column_comes_back_and_can_be_read_without_us(tmp_path: Path) -> None:
    written = table()
    digest = write_snapshot(tmp_path, written)
    read = read_snapshot(tmp_path)
    assert read.digest == digest
    assert read.names == ("momentum", "range")
    np.testing.assert_array_equal(read.features[:, 1], written.features[1].values)
    np.testing.assert_array_equal(read.label, written.label)
    np.testing.assert_array_equal(read.time, written.time)
    np.testing.assert_array_equal(np.fromfile(tmp_path / "range.f64", "<f8"), written.features[1].values)
    for line in (tmp_path / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest


def test_the_splits_follow_each_other_in_time(tmp_path: Path) -> None:
    write_snapshot(tmp_path, table(rows=100))
    snapshot = read_snapshot(tmp_path)
    assert [snapshot.part(name)[1].size for name in ("train", "validation", "test")] == [70, 15, 15]
    splits = json.loads((tmp_path / "manifest.json").read_text())["splits"]
    assert splits["train"] == {"from": 0, "to": 70, "first": "1970-01-01T00:00:00", "last": "1970-03-11T00:00:00"}
    assert splits["test"]["first"] == "1970-03-27T00:00:00"


def edit(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", ["momentum.f64", "range.f64", "label.u8", "time.i64", "SHA256SUMS"])
def test_one_flipped_bit_is_found_and_named(tmp_path: Path, name: str) -> None:
    write_snapshot(tmp_path, table())
    edit(tmp_path, name)
    assert [fault.file for fault in verify_snapshot(tmp_path).faults] == [name]
    with pytest.raises(SnapshotError, match=name):
        read_snapshot(tmp_path)


@pytest.mark.parametrize("name", ["momentum.f64", "label.u8", "SHA256SUMS"])
def test_a_missing_file_is_found_and_named(tmp_path: Path, name: str) -> None:
    write_snapshot(tmp_path, table())
    (tmp_path / name).unlink()
    (fault,) = verify_snapshot(tmp_path).faults
    assert (fault.file, "No such file" in fault.reason) == (name, True)


def test_a_stranger_in_the_folder_is_found(tmp_path: Path) -> None:
    write_snapshot(tmp_path, table())
    (tmp_path / "extra.f64").write_bytes(b"")
    assert [fault.file for fault in verify_snapshot(tmp_path).faults] == ["extra.f64"]
    (tmp_path / "range.f64").unlink()
    assert [fault.file for fault in verify_snapshot(tmp_path).faults] == ["range.f64", "extra.f64"]


def test_an_edited_manifest_is_found_by_the_sums_and_by_its_form(tmp_path: Path) -> None:
    write_snapshot(tmp_path, table())
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["source"]["licence"] = "MIT"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert {fault.file for fault in verify_snapshot(tmp_path).faults} == {"manifest.json", "SHA256SUMS"}


def test_a_forger_who_mends_the_sums_too_is_found_by_the_digest_that_is_expected(tmp_path: Path) -> None:
    honest = write_snapshot(tmp_path / "honest", table())
    write_snapshot(tmp_path / "forged", replace(table(), label=1 - table().label))
    assert verify_snapshot(tmp_path / "forged").faults == ()
    assert [fault.file for fault in verify_snapshot(tmp_path / "forged", honest).faults] == ["manifest.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"schema": "other/1"}',
        b'{"schema": "dynamic.snapshot/1"}',
        b'{"schema": "dynamic.snapshot/1", "rows": 1, "columns": [{"name": "../x"}]}',
        b'{"columns":[{"dtype":"<f8","file":"../a","name":"a","role":"feature","sha256":"0"}],"rows":1,'
        b'"schema":"dynamic.snapshot/1"}',
    ],
)
def test_what_is_no_manifest_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(SnapshotError, match=r"manifest\.json"):
        verify_snapshot(tmp_path)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"cannot read .*missing"):
        verify_snapshot(tmp_path / "missing")


def test_a_whole_folder_whose_manifest_tells_another_length_is_refused(tmp_path: Path) -> None:
    write_snapshot(tmp_path, table())
    text = (tmp_path / "manifest.json").read_bytes().replace(b'"rows":40', b'"rows":41')
    (tmp_path / "manifest.json").write_bytes(text)
    sums = (tmp_path / "SHA256SUMS").read_text().splitlines()
    mended = [
        f"{hashlib.sha256(text).hexdigest()}  manifest.json" if line.endswith("manifest.json") else line
        for line in sums
    ]
    (tmp_path / "SHA256SUMS").write_text("\n".join(mended) + "\n")
    assert verify_snapshot(tmp_path).faults == ()
    with pytest.raises(SnapshotError, match="has 40 rows, not 41"):
        read_snapshot(tmp_path)


def test_writing_again_is_no_change_and_another_snapshot_is_never_overwritten(tmp_path: Path) -> None:
    first = write_snapshot(tmp_path, table())
    assert write_snapshot(tmp_path, table()) == first
    before = files_of(tmp_path)
    with pytest.raises(SnapshotExistsError, match="holds something else"):
        write_snapshot(tmp_path, table(seed=1))
    assert files_of(tmp_path) == before


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SnapshotError, match="cannot write"):
        write_snapshot(tmp_path / "file" / "out", table())
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: replace(t, features=()), "no feature"),
        (lambda t: replace(t, label=t.label[1:]), r"label is uint8\[39\]"),
        (lambda t: replace(t, label=t.label.astype(np.int64)), "label is int64"),
        (lambda t: replace(t, label=t.label * 2), "a label is 2"),
        (lambda t: replace(t, time=t.time[::-1]), "row 1 is not later"),
        (lambda t: replace(t, splits=Splits(40, 40)), "leave a split empty"),
        (lambda t: replace(t, features=(t.features[0], t.features[0])), "one name"),
        (lambda t: replace(t, features=(replace(t.features[0], name="../x"),)), "no feature's name"),
        (lambda t: replace(t, features=(replace(t.features[0], name="label"),)), "no feature's name"),
        (
            lambda t: replace(t, features=(replace(t.features[0], values=np.where(t.time == DAY_US, np.nan, 1.0)),)),
            "momentum is nan in row 1",
        ),
    ],
)
def test_arrays_that_make_no_dataset_are_refused(change: Callable[[Table], Table], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        change(table())
