"""Snapshots are trusted only when whole."""

from pathlib import Path

import pytest

from dynamic_impact.model import Target
from dynamic_impact.snapshot import Snapshots, setting_of

TARGETS = (
    Target("a:ü", "python_test", ("a/ü.py",), ("b", "c"), "d1", is_test=True),
    Target("b", "file", (), (), "d2", is_test=False),
)


def saved(folder: Path) -> tuple[Snapshots, Path]:
    snapshots = Snapshots(folder, "s")
    snapshots.save("tree", TARGETS)
    (path,) = folder.iterdir()
    return snapshots, path


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path) -> None:
    assert saved(tmp_path)[0].load("tree") == TARGETS


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda raw: raw[:-10], id="truncated"),
        pytest.param(lambda raw: raw.replace(b'"b"', b'"x"'), id="edited"),
        pytest.param(lambda raw: b"", id="empty"),
        pytest.param(lambda raw: b"\x00\xff" * 40, id="noise"),
        pytest.param(lambda raw: raw.replace(b'"tree": "tree"', b'"tree": "other"'), id="foreign"),
    ],
)
def test_a_spoilt_snapshot_is_dropped(tmp_path: Path, spoil: object) -> None:
    snapshots, path = saved(tmp_path)
    assert callable(spoil)
    path.write_bytes(spoil(path.read_bytes()))
    assert snapshots.load("tree") is None
    assert not path.exists()


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    snapshots = Snapshots(tmp_path / "file" / "below", "s")
    snapshots.save("tree", TARGETS)
    assert snapshots.load("tree") is None


def test_old_snapshots_make_room(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, "s")
    for number in range(45):
        snapshots.save(f"t{number:02}", TARGETS[1:])
    assert len(list(tmp_path.iterdir())) == 40
    assert snapshots.load("t44") is not None


def test_what_steers_pants_is_part_of_the_key() -> None:
    plain = setting_of("./pants", {"PATH": "x"})
    assert plain == setting_of("./pants", {"PATH": "y"})
    assert len({plain, setting_of("pants", {}), setting_of("./pants", {"PANTS_TAG": "-slow"})}) == 3
