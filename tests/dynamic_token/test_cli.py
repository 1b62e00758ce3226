import csv
import io
import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_token import JournalError
from dynamic_token.cli import token_group

TEXT = files("dynamic_token").joinpath("treasury.toml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")


def call(*arguments: str | Path) -> object:
    return token_group.main([str(word) for word in arguments], prog_name="token", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: ExitCode = ExitCode.YES) -> Any:
    capsys.readouterr()
    assert call(*arguments, "--json") == code
    return json.loads(capsys.readouterr().out)


def test_the_schedule_shows_both_launch_figures_with_separators(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("schedule", "--months", "13") == ExitCode.YES
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    heads = [n for n, row in enumerate(rows) if row[0] == "month"]
    each, so_far = ([dict(zip(rows[n], row, strict=True)) for row in rows[n + 1 : n + 15]] for n in heads)
    assert (so_far[0]["circulating"], so_far[0]["unlocked"]) == ("13,000,000", "10,000,000")
    assert [row["team"] for row in so_far[11:]] == ["0", "2,500,000", "2,708,333"]
    assert [row["team"] for row in each[11:]] == ["0", "2,500,000", "208,333"]


def test_the_json_schedule_has_exact_amounts_as_texts_and_its_months_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    said = document(capsys, "schedule")
    assert (said["version"], said["cap"], said["decimals"]) == (1, str(10**17), 9)
    months = said["months"]
    assert [row["month"] for row in months] == list(range(73))
    assert months[13]["cumulative"]["team"] == "2708333333333333"
    for name, total in months[-1]["cumulative"].items():
        assert sum(int(row["released"][name]) for row in months) == int(total)
    assert months[0]["circulating"] == {"published": str(13 * 10**15), "unlocked": str(10 * 10**15)}
    assert months[-1]["circulating"] == {"published": str(10**17), "unlocked": str(97 * 10**15)}
    assert all(check["passed"] for check in said["checks"])


def test_the_csv_is_exact_and_alone_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("schedule", "--csv") == ExitCode.YES
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 73
    assert rows[6]["investors_cumulative"] == "1166666.666666666"
    assert sum(Decimal(row["mining_released"]) for row in rows) == 40_000_000


def test_a_policy_that_contradicts_itself_exits_1_and_names_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.toml"
    path.write_text(TEXT.replace("cap = 100_000_000", "cap = 99_999_999"), encoding="utf-8")
    said = document(capsys, "schedule", "--treasury", path, code=ExitCode.NO)
    assert [check["name"] for check in said["checks"] if not check["passed"]] == [
        "allocations add up to the cap",
        "no month exceeds the cap",
    ]
    with pytest.raises(DynamicError, match="not so: allocations add up"):
        call("simulate", "--treasury", path)


def test_csv_and_json_exclude_each_other() -> None:
    with pytest.raises(click.UsageError, match="exclude each other"):
        call("schedule", "--csv", "--json")


def test_simulate_writes_where_the_repository_keeps_its_state_and_verify_agrees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = document(capsys, "simulate", "--months", "3", "--seed", "5", "--transfers", "4")
    path = tmp_path / ".dynamic" / "token" / "seed-5.jsonl"
    assert made["journal"] == str(path)
    assert made["minted"] == str(10**17)
    seen = document(capsys, "verify", path, "--head", made["head"])
    assert seen["whole"]
    assert [seen[key] == made[key] for key in ("balances", "head", "circulating", "burned", "month")] == [True] * 5
    assert sum(int(amount) for amount in seen["balances"].values()) == 0


def test_an_existing_journal_is_gone_on_with_and_restart_keeps_the_old_one_beside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "j.jsonl"
    words = ["simulate", "--journal", str(path), "--transfers", "4"]
    first = document(capsys, *words, "--months", "2")
    second = document(capsys, *words, "--months", "3")
    assert second["found"] == first["appended"]
    old = path.read_bytes()
    third = document(capsys, *words, "--months", "1", "--seed", "9", "--restart")
    assert third["found"] == 0
    (kept,) = tmp_path.glob("j.jsonl.*.old")
    assert kept.read_bytes() == old


def test_verify_exits_1_names_the_line_and_changes_nothing_until_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "j.jsonl"
    call("simulate", "--journal", path, "--months", "1", "--transfers", "4")
    lines = path.read_bytes().splitlines(keepends=True)
    damaged = b"".join([*lines[:5], lines[5].replace(b'"seq":5', b'"seq":6'), *lines[6:]])
    path.write_bytes(damaged)
    capsys.readouterr()
    assert call("verify", path) == ExitCode.NO
    out, err = capsys.readouterr()
    assert "line 6: its hash does not match its content" in out
    assert "the 5 entries before it are good" in out
    assert "nothing was changed" in err
    assert path.read_bytes() == damaged
    said = document(capsys, "verify", path, "--repair", code=ExitCode.NO)
    assert (said["finding"]["line"], said["entries"], said["good_bytes"]) == (6, 5, len(b"".join(lines[:5])))
    assert path.read_bytes() + Path(said["set_aside"]).read_bytes() == damaged
    assert document(capsys, "verify", path)["entries"] == 5


def test_verify_under_another_policy_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, policy = tmp_path / "j.jsonl", tmp_path / "p.toml"
    call("simulate", "--journal", path, "--months", "1", "--transfers", "4")
    policy.write_text(TEXT.replace("months = 60", "months = 48"), encoding="utf-8")
    said = document(capsys, "verify", path, "--treasury", policy, code=ExitCode.NO)
    assert "another treasury" in said["finding"]["reason"]


def test_a_journal_that_is_not_there_is_undecided_and_a_bad_head_is_usage(tmp_path: Path) -> None:
    with pytest.raises(JournalError) as caught:
        call("verify", tmp_path / "none")
    assert caught.value.exit_code == ExitCode.UNDECIDED
    with pytest.raises(click.BadParameter, match="SEQ:HASH"):
        call("verify", tmp_path / "none", "--head", "5")


@pytest.mark.parametrize("command", ["schedule", "simulate", "verify"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        token_group.main([command, "--help"])
    assert "Example: ./dynamic token" in capsys.readouterr().out
