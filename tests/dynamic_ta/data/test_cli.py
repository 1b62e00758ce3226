"""``bars`` tells what was read and mended, keeps it, and finds an edit."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import ExitCode
from dynamic_ta.data import BadBarsError, MendingError
from dynamic_ta.data.cli import bars_group
from dynamic_ta.data.mending import RULES
from tests.dynamic_ta.data.files import csv_of, flat


def call(*arguments: str) -> object:
    return bars_group.main(list(arguments), prog_name="bars", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert call(*arguments, "--json") == ExitCode.YES
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return parsed


def test_every_rule_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("rules") == ExitCode.YES
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [row.form for row in RULES]


def test_show_tells_the_rows_that_each_rule_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = csv_of(tmp_path, *flat("2020-01-02", "2020-01-01", "2020-01-01"))
    with pytest.raises(BadBarsError):
        call("show", source)
    rules = ("--mend", "sort", "--mend", "drop-identical-duplicates")
    told = document(capsys, "show", source, *rules)
    assert told["bars"] == 2
    assert told["mending"] == [
        {"rule": "sort", "rows": 2, "which": "3-4"},
        {"rule": "drop-identical-duplicates", "rows": 1, "which": "4"},
    ]
    assert call("show", source, *rules) == ExitCode.YES
    assert "mended by sort: 2 rows (3-4)" in capsys.readouterr().out


def test_a_long_list_is_cut_for_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        row
        for day in range(1, 29)
        for row in flat(f"2020-02-{day:02}", price=str(day % 2 * 9 + 1))
    ]  # fmt: skip
    assert call("show", csv_of(tmp_path, *rows)) == ExitCode.YES
    out = capsys.readouterr().out
    assert out.count("jump at row") == 10
    assert "and 17 more" in out


def test_a_snapshot_is_kept_named_as_a_source_and_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "kept")
    told = document(capsys, "snapshot", csv_of(tmp_path, *flat("2020-01-01")), "--out", folder, "--licence", "MIT")
    shown = document(capsys, "show", folder)
    assert (shown["sha256"], shown["source"]["licence"]) == (told["digest"], "MIT")
    assert document(capsys, "verify", folder, "--digest", told["digest"])["whole"]
    assert call("verify", folder, "--digest", "0") == ExitCode.NO
    (tmp_path / "kept" / "open.f64").write_bytes(b"")
    assert call("verify", folder) == ExitCode.NO
    assert "open.f64 has the digest" in capsys.readouterr().out


def test_an_unknown_rule_is_wrong_usage() -> None:
    with pytest.raises(MendingError) as caught:
        call("show", "sp500", "--mend", "guess")
    assert caught.value.exit_code == ExitCode.USAGE
