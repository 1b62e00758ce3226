"""Snapshots are trusted only when whole."""

import errno
import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dynamic_impact.graph import build_graph
from dynamic_impact.model import Target
from dynamic_impact.snapshot import Snapshots, setting_of

TARGETS = (
    Target("a:ü", "python_test", ("a/ü.py", "a/\udcff.py"), ("c", "b"), "d1", is_test=True),
    Target("b", "file", (), (), "d2", is_test=False),
    Target("r", "python_requirement", (), ("nowhere",), "d", is_test=False, requirements=("web", "http")),
)
LISTING = b"100644 blob 00\ta/\xff.py\0"


def saved(folder: Path) -> tuple[Snapshots, Path]:
    snapshots = Snapshots(folder, "s")
    snapshots.save("tree", build_graph(TARGETS), LISTING)
    (path,) = folder.iterdir()
    return snapshots, path


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path) -> None:
    kept = saved(tmp_path)[0].load("tree")
    assert kept is not None
    assert (tuple(kept.graph.targets.values()), kept.listing) == (TARGETS, LISTING)
    whole = build_graph(TARGETS)
    assert list(kept.graph.nodes(data=True)) == list(whole.nodes(data=True))
    assert list(kept.graph.edges(data=True)) == list(whole.edges(data=True))


def test_a_repository_without_targets_is_kept_too(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, "s")
    snapshots.save("tree", build_graph(()))
    kept = snapshots.load("tree")
    assert kept is not None
    assert (len(kept.graph), len(kept.graph.targets), kept.listing) == (0, 0, b"")


def _resealed(raw: bytes, change: Callable[[bytes], bytes]) -> bytes:
    rest = change(raw[65:])
    return hashlib.sha256(rest).hexdigest().encode() + b" " + rest


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda raw: raw[:-10], id="truncated"),
        pytest.param(lambda raw: raw.replace(b"d1", b"d7"), id="an array edited"),
        pytest.param(lambda raw: raw.replace(b'["tests", "|b1"', b'["tests", "|u1"'), id="its line edited"),
        pytest.param(lambda raw: raw + b"\0", id="more after it"),
        pytest.param(lambda raw: b"", id="empty"),
        pytest.param(lambda raw: b"\x00\xff" * 4000, id="noise"),
        pytest.param(
            lambda raw: _resealed(raw, lambda rest: rest.replace(b'"tree": "tree"', b'"tree": "other"')), id="foreign"
        ),
        pytest.param(
            lambda raw: _resealed(raw, lambda rest: rest.replace(b'"setting": "s"', b'"setting": "t"')),
            id="of another setting",
        ),
        pytest.param(
            lambda raw: _resealed(raw, lambda rest: rest.replace(b'"format": 3', b'"format": 4')),
            id="of another version",
        ),
        pytest.param(lambda raw: _resealed(raw, lambda rest: rest[: len(rest) // 2]), id="too short for its arrays"),
        pytest.param(lambda raw: _resealed(raw, lambda rest: b"[]\n"), id="another document"),
        pytest.param(
            lambda raw: (
                json.dumps({"format": 2, "sha256": hashlib.sha256(b"").hexdigest(), "tree": "tree"}).encode() + b"\n"
            ),
            id="the format before",
        ),
    ],
)
def test_a_spoilt_snapshot_is_dropped_and_its_listing_harms_nothing(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    snapshots, path = saved(tmp_path)
    path.write_bytes(spoil(path.read_bytes()))
    list(snapshots.listings())
    assert snapshots.load("tree") is None
    assert not path.exists()
    snapshots.save("tree", build_graph(TARGETS))
    assert snapshots.load("tree") is not None


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    snapshots = Snapshots(tmp_path / "file" / "below", "s")
    snapshots.save("tree", build_graph(TARGETS))
    assert snapshots.load("tree") is None
    assert list(snapshots.listings()) == []


def test_a_full_disk_leaves_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots, _ = saved(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    snapshots.save("tree", build_graph(TARGETS[:1]))
    snapshots.save("new", build_graph(TARGETS[:1]))
    kept = snapshots.load("tree")
    assert kept is not None
    assert len(kept.graph.targets) == 3
    assert snapshots.load("new") is None
    assert len(list(tmp_path.iterdir())) == 1


def test_a_torn_snapshot_that_cannot_be_removed_is_still_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots, path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:-10])

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    assert snapshots.load("tree") is None


def _save_many(folder: Path) -> None:
    for number in range(30):
        Snapshots(folder, "s").save(f"t{number % 3}", build_graph(TARGETS))


def test_two_writers_at_once_leave_whole_snapshots(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_save_many, args=(tmp_path,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    _save_many(tmp_path)
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert all(Snapshots(tmp_path, "s").load(f"t{number}") for number in range(3))
    assert len(list(tmp_path.iterdir())) == 3


def test_old_snapshots_make_room_those_of_the_format_before_too(tmp_path: Path) -> None:
    (tmp_path / "old-s.jsonl").write_text("")
    os.utime(tmp_path / "old-s.jsonl", (0, 0))
    snapshots = Snapshots(tmp_path, "s")
    for number in range(45):
        snapshots.save(f"t{number:02}", build_graph(TARGETS[1:2]))
    assert len(list(tmp_path.iterdir())) == 40
    assert snapshots.load("t44") is not None


def test_a_base_that_is_still_read_outlives_those_written_after_it(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, "s")
    for number in range(40):
        snapshots.save(f"t{number:02}", build_graph(TARGETS[1:2]))
        os.utime(tmp_path / f"t{number:02}-s.graph", (number, number))
    assert snapshots.load("t00") is not None
    snapshots.save("new", build_graph(TARGETS[1:2]))
    assert (tmp_path / "t00-s.graph").exists()
    assert not (tmp_path / "t01-s.graph").exists()


def test_listings_are_those_of_one_setting_newest_first(tmp_path: Path) -> None:
    for age, (tree, setting) in enumerate([("a", "s"), ("b", "s"), ("c", "other"), ("d", "s")]):
        Snapshots(tmp_path, setting).save(tree, build_graph(TARGETS), tree.encode())
        os.utime(tmp_path / f"{tree}-{setting}.graph", (age, age))
    assert list(Snapshots(tmp_path, "s").listings()) == [("d", b"d"), ("b", b"b"), ("a", b"a")]


def test_what_steers_pants_is_part_of_the_key() -> None:
    plain = setting_of("./pants", {"PATH": "x"})
    assert plain == setting_of("./pants", {"PATH": "y"})
    assert len({plain, setting_of("pants", {}), setting_of("./pants", {"PANTS_TAG": "-slow"})}) == 3
