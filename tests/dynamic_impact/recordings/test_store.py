"""The keeping of recordings."""

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from dynamic_impact.recordings.blocks import blocks_of
from dynamic_impact.recordings.model import Ran, Recording, RecordingFormatError, recording_from
from dynamic_impact.recordings.store import Store

RECORDING = Recording(
    "a:t", "in", "3.11.7", "linux", True, ("hazard",), {"a.py": Ran("blob", frozenset(("f", "<module>")), "why")}
)  # fmt: skip


def other(test: str = "a:t", inputs: str = "other") -> Recording:
    return Recording(test, inputs, "3.11.7", "linux", passed=True, files={"b.py": Ran("blob2", frozenset())})


def test_a_recording_comes_back_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(RECORDING)
    assert store.load("a:t") == (RECORDING,)
    assert store.load("b:t") == ()


def test_the_same_recording_is_kept_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.save(RECORDING) == store.save(RECORDING)
    assert len(store.load("a:t")) == 1


def test_the_newest_come_first_and_the_oldest_give_way(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for count in range(12):
        os.utime(store.save(other(inputs=str(count))), (count, count))
    store.save(other(inputs="last"))
    assert [held.inputs for held in store.load("a:t")] == ["last", "11", "10", "9", "8", "7", "6", "5"]


@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b"[]", b"\xff\xff"])
def test_a_torn_recording_is_left_out_and_told(tmp_path: Path, damage: bytes) -> None:
    store = Store(tmp_path)
    store.save(RECORDING)
    torn = store.save(other())
    torn.write_bytes(damage)
    assert store.load("a:t") == (RECORDING,)
    assert store.torn == [torn]


def test_a_recording_that_says_another_thing_than_its_name_is_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.save(dataclasses.replace(RECORDING, passed=False))
    path.write_bytes(path.read_bytes().replace(b'"passed":false', b'"passed":true'))
    assert store.load("a:t") == ()
    assert store.torn == [path]


def test_two_stores_merge_by_copying(tmp_path: Path) -> None:
    one, two = Store(tmp_path / "one"), Store(tmp_path / "two")
    one.save(RECORDING)
    two.save(RECORDING)
    two.save(other())
    shutil.copytree(two.folder, one.folder, dirs_exist_ok=True)
    merged = one.load("a:t")
    assert len(merged) == 2
    assert RECORDING in merged
    assert other() in merged


def test_digests_that_no_recording_stands_on_are_swept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    blocks = blocks_of(b"x = 1\n")
    assert blocks is not None
    for blob in ("blob", "unused"):
        store.tables().put(blob, blocks)
    store.save(RECORDING)
    assert store.sweep() == 1
    assert store.tables().get("blob") == blocks.digests
    assert store.tables().get("unused") is None


def test_a_torn_table_is_not_known(tmp_path: Path) -> None:
    store = Store(tmp_path)
    blocks = blocks_of(b"x = 1\n")
    assert blocks is not None
    store.tables().put("blob", blocks)
    (path,) = tmp_path.glob("blocks/*/*.json")
    path.write_bytes(path.read_bytes().replace(b'"<module>": "', b'"<module>": "0'))
    assert store.tables().get("blob") is None


@pytest.mark.parametrize("document", [None, 1, {}, {"schema": "x"}, {**RECORDING.document(), "files": [1]}])
def test_what_is_no_recording_is_refused(document: object) -> None:
    with pytest.raises(RecordingFormatError):
        recording_from(document)
