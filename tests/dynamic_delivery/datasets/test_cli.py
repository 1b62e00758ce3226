import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from dynamic_ai import SnapshotError, SnapshotExistsError
from dynamic_base import DynamicError, ExitCode
from dynamic_delivery.datasets.cli import datasets_group


def call(*arguments: object) -> object:
    return datasets_group.main([str(word) for word in arguments], prog_name="datasets", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return parsed


def test_a_snapshot_of_real_prices_says_all_that_it_was_made_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("snapshot", "sp500", "--out", tmp_path / "sp", "--json") == ExitCode.YES
    found = document(capsys)
    manifest = found["manifest"]
    assert found["digest"] == hashlib.sha256((tmp_path / "sp" / "manifest.json").read_bytes()).hexdigest()
    assert manifest["source"]["name"] == "sp500"
    assert manifest["source"]["licence"] == "NCSA"
    assert manifest["recipe"] == {"name": "daily_direction", "version": 1}
    assert manifest["splits"]["test"]["last"] == "2018-12-28T00:00:00"
    atr = next(column for column in manifest["columns"] if column["name"] == "atr_14_to_close")
    assert atr["definition"] == {"indicator": "atr", "settings": [14], "output": "", "formula": "line / close"}
    assert atr["sha256"] == hashlib.sha256((tmp_path / "sp" / "atr_14_to_close.f64").read_bytes()).hexdigest()


def test_a_file_of_bars_gives_the_same_columns_as_the_sample_it_is_a_copy_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from dynamic_ta.data import read_bars

    bars = read_bars("nasdaq")
    with (tmp_path / "mine.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Date", "Open", "High", "Low", "Close", "Volume"])
        lines = zip(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, strict=True)
        writer.writerows([str(time)[:10], *map(repr, map(float, numbers))] for time, *numbers in lines)
    manifests = []
    for source, name in (("nasdaq", "a"), (tmp_path / "mine.csv", "b")):
        assert call("snapshot", source, "--out", tmp_path / name, "--json") == ExitCode.YES
        manifests.append(document(capsys)["manifest"])
    assert manifests[0]["columns"] == manifests[1]["columns"]
    assert manifests[1]["source"] == {
        "name": "mine",
        "licence": "unknown",
        "sha256": hashlib.sha256((tmp_path / "mine.csv").read_bytes()).hexdigest(),
    }


def test_verify_says_yes_then_no_and_names_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call("snapshot", "sp500", "--out", tmp_path)
    digest = capsys.readouterr().out.split()[1]
    assert call("verify", tmp_path) == ExitCode.YES
    assert f"is whole: {digest}" in capsys.readouterr().out
    assert call("verify", tmp_path, "--digest", "0" * 64, "--json") == ExitCode.NO
    assert document(capsys)["faults"][0]["file"] == "manifest.json"
    (tmp_path / "rsi_14.f64").write_bytes(b"")
    assert call("verify", tmp_path, "--digest", digest) == ExitCode.NO
    assert "rsi_14.f64 has the digest" in capsys.readouterr().out


def test_a_folder_that_holds_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SnapshotExistsError, match="give --out a new or empty folder") as caught:
        call("snapshot", "sp500", "--out", tmp_path)
    assert caught.value.exit_code == ExitCode.USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_is_no_snapshot_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError) as caught:
        call("verify", tmp_path)
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_source_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DynamicError, match=r"no_such\.csv"):
        call("snapshot", tmp_path / "no_such.csv", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
