"""What is printed, what is written, and how each mistake ends."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dynamic_base import Console, DynamicError, ExitCode, TickingClock, UsageError
from dynamic_base.files import WriteError
from dynamic_ta.sweeps.cli import _progress, _state, sweep_command
from dynamic_ta.sweeps.pace import duration, pace

SWEEP = ("sma-cross", "sp500", "--axis", "fast=10,20", "--axis", "slow=50:100:25")


@pytest.fixture(autouse=True)
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Journals go here; the working directory stays, since what is imported late is found from there."""
    monkeypatch.setattr("dynamic_ta.sweeps.cli._state", lambda: tmp_path / ".dynamic")
    return tmp_path


def call(*arguments: str) -> object:
    return sweep_command.main(list(arguments), prog_name="sweep", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert call(*arguments, "--json") == ExitCode.YES
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert parsed["schema"] == "dynamic.sweep/2"
    return parsed


def test_a_sweep_says_what_it_swept_and_the_best(capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, *SWEEP, "--top", "4")
    assert (told["variants"], told["evaluated"], told["space"]["points"]) == (6, 6, 6)
    sharpes = [row["statistics"]["sharpe"] for row in told["top"]]
    assert sharpes == sorted(sharpes, reverse=True)
    assert len(sharpes) == 4
    assert told["data"][0]["bars"] == 5031
    assert call(*SWEEP, "--top", "1") == ExitCode.YES
    said = capsys.readouterr()
    assert "sma-cross: 6 points of grid on sp500, 6 variants (6 were on record), best by sharpe" in said.out
    assert said.err == "", "no progress where no terminal is"


def test_the_oracle_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    device = document(capsys, *SWEEP)
    oracle = document(capsys, *SWEEP, "--engine", "oracle", "--fresh")
    assert (oracle["evaluated"], oracle["top"]) == (6, device["top"])


def test_the_same_command_goes_on_and_fresh_starts_over(capsys: pytest.CaptureFixture[str], at: Path) -> None:
    first = document(capsys, *SWEEP)
    assert [folder.name for folder in (at / ".dynamic" / "sweeps").iterdir()] == [first["digest"][:16]]
    again = document(capsys, *SWEEP)
    assert (again["evaluated"], again["top"]) == (0, first["top"])
    assert document(capsys, *SWEEP, "--fresh")["evaluated"] == 6
    assert document(capsys, *SWEEP, "--where", "fast * 5 <= slow")["variants"] == 4


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_every_variant_is_written(at: Path, capsys: pytest.CaptureFixture[str], ending: str) -> None:
    path = at / f"it's all.{ending}"
    best = document(capsys, *SWEEP, "--out", str(path))["top"][0]
    connection = duckdb.connect(":memory:")
    connection.execute("CREATE VIEW v AS SELECT * FROM '" + str(path).replace("'", "''") + "'")
    rows = connection.execute("SELECT asset, first_bar, last_bar, fast, slow, sharpe FROM v ORDER BY sharpe DESC")
    found = rows.fetchall()
    assert len(found) == 6
    parameters = best["parameters"]
    assert found[0] == ("sp500", 0, 5030, parameters["fast"], parameters["slow"], best["statistics"]["sharpe"])
    assert [path.name for path in at.iterdir() if path.name != ".dynamic"] == [path.name], "no temporary file is left"


def test_what_is_undefined_is_empty_in_a_file_and_null_in_json(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = "".join(f"2020-01-{day:02},1,1,1,1,0\n" for day in range(1, 31))
    (at / "flat.csv").write_text("date,open,high,low,close,volume\n" + days)
    files = (str(at / "flat.csv"), "--out", str(at / "all.csv"))
    flat = ("sma-cross", *files, "--axis", "fast=2", "--axis", "slow=5,6")
    told = document(capsys, *flat, "--best", "total_return")
    assert [row["statistics"]["sharpe"] for row in told["top"]] == [None, None]
    with (at / "all.csv").open() as file:
        assert [(row["slow"], row["sharpe"], row["total_return"]) for row in csv.DictReader(file)] == [
            ("5", "", "0.0"),
            ("6", "", "0.0"),
        ]


def test_samples_are_the_same_again_and_differ_by_seed(capsys: pytest.CaptureFixture[str]) -> None:
    sobol = ("sma-cross", "sp500", "--space", "sobol", "--n", "5")
    one = document(capsys, *sobol)
    assert document(capsys, *sobol)["evaluated"] == 0
    assert document(capsys, *sobol, "--seed", "1")["digest"] != one["digest"]


def test_two_assets_are_swept_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, "sma-cross", "sp500", "nasdaq", *SWEEP[2:], "--executor", "devices", "--top", "12")
    assert (told["variants"], {row["asset"] for row in told["top"]}) == (12, {"sp500", "nasdaq"})


def test_a_walk_forward_says_each_choice_and_the_joined_equity(capsys: pytest.CaptureFixture[str]) -> None:
    words = (*SWEEP, "--split", "walk-forward:2000:1000:5")
    told = document(capsys, *words)
    assert told["split"] == "walk-forward:2000:1000:5"
    walk = told["out_of_sample"]["sp500"]
    assert told["variants"] == 4 * 6, "four train spans"
    assert [split["test"] for split in walk["splits"]] == [
        [[2005, 3005]],
        [[3005, 4005]],
        [[4005, 5005]],
        [[5005, 5031]],
    ]
    (history,) = walk["histories"]
    assert len(history["equity"]) == 5031 - 2005
    assert history["total_return"] == pytest.approx(history["equity"][-1] - 1, rel=1e-12)
    capsys.readouterr()
    assert call(*words) == ExitCode.YES
    assert "sp500: out of sample" in capsys.readouterr().out


def test_purged_folds_are_judged_once_each_with_the_bars_about_them_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """5,031 bars in three: of the middle fold's neighbours 10 bars are left out, and 5 more after it."""
    found = document(capsys, *SWEEP, "--split", "purged:3:10:5")["out_of_sample"]["sp500"]
    assert [split["test"] for split in found["splits"]] == [[[0, 1677]], [[1677, 3354]], [[3354, 5031]]]
    assert found["splits"][1]["train"] == [[0, 1667], [3369, 5031]]
    (history,) = found["histories"]
    assert len(history["equity"]) == 5031


def test_combinatorial_folds_tell_each_history(capsys: pytest.CaptureFixture[str]) -> None:
    """Two folds of four are judged: six splits, which make three histories (López de Prado 2018, 12.3)."""
    words = (*SWEEP, "--split", "combinatorial:4:2:10")
    found = document(capsys, *words)["out_of_sample"]["sp500"]
    assert len(found["splits"]) == 6
    assert [len(history["equity"]) for history in found["histories"]] == [5031] * 3
    capsys.readouterr()
    assert call(*words) == ExitCode.YES
    earned = sorted(history["total_return"] for history in found["histories"])
    assert f"{100 * earned[0]:.2f}% to {100 * earned[-1]:.2f}% over 3 histories" in capsys.readouterr().out


def test_the_map_has_the_best_of_each_pair(capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, *SWEEP, "--map", "fast:slow")
    assert (told["map"]["x"], told["map"]["y"]) == ([10, 20], [50, 75, 100])
    best = told["top"][0]
    at = told["map"]["y"].index(best["parameters"]["slow"]), told["map"]["x"].index(best["parameters"]["fast"])
    assert told["map"]["best"][at[0]][at[1]] == best["statistics"]["sharpe"]


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("none", "sp500"), "no example is called", ExitCode.USAGE),
        (("none.toml", "sp500"), "cannot read none.toml", ExitCode.USAGE),
        (("sma-cross", "none.csv"), "there is no none.csv", ExitCode.USAGE),
        (("sma-cross", "sp500", "sp500"), "two files of bars are called sp500", ExitCode.USAGE),
        (("sma-cross", "sp500", "--axis", "quick=1:2"), "has no parameter quick", ExitCode.USAGE),
        (("sma-cross", "sp500", "--axis", "fast=one"), "is no set of values", ExitCode.USAGE),
        (("sma-cross", "sp500", "--axis", "fast=1", "--axis", "fast=2"), "is given twice", ExitCode.USAGE),
        (("sma-cross", "sp500", "--where", "fast < luck"), "a constraint names luck", ExitCode.USAGE),
        (("sma-cross", "sp500", "--best", "luck"), "no statistic luck", ExitCode.USAGE),
        (("sma-cross", "sp500", "--map", "fast"), "no parameter ", ExitCode.USAGE),
        (("sma-cross", "sp500", "--out", "all.txt"), "neither .csv nor .parquet", ExitCode.USAGE),
        (
            ("sma-cross", "sp500", "--split", "walk-forward:1000"),
            r"like walk-forward:TRAIN:TEST\[:GAP\]",
            ExitCode.USAGE,
        ),
        (("sma-cross", "sp500", "--split", "walk-forward:6000:10"), "leave none of 5031", ExitCode.USAGE),
        (("sma-cross", "sp500", "--split", "1000:250"), "or combinatorial:FOLDS:TESTS", ExitCode.USAGE),
        (("sma-cross", "sp500", "--split", "purged:5:-1"), r"purged:FOLDS\[:PURGE\[:EMBARGO\]\]", ExitCode.USAGE),
        (("sma-cross", "sp500", "--split", "purged:1"), "1 folds of 5031 bars", ExitCode.USAGE),
        (("sma-cross", "sp500", "--split", "combinatorial:4:4"), "4 of 4 folds to test", ExitCode.USAGE),
        (("macd-trend", "sp500"), "a space without an axis", ExitCode.USAGE),
    ],
)
def test_each_mistake_names_the_next_step(words: tuple[str, ...], said: str, code: ExitCode, at: Path) -> None:
    with pytest.raises(DynamicError, match=said) as caught:
        call(*words)
    assert caught.value.exit_code == code
    assert caught.value.hint
    assert not (at / ".dynamic" / "sweeps").exists(), "nothing was begun"


def test_a_file_that_cannot_be_written_is_an_error_after_the_sweep_was_kept(
    at: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WriteError, match=r"cannot write .*none/all\.csv"):
        call(*SWEEP, "--out", str(at / "none" / "all.csv"))
    assert document(capsys, *SWEEP)["evaluated"] == 0


def no_repository(_: Path) -> Path:
    raise UsageError("no repository")


def test_journals_lie_in_the_repository_or_else_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "repository" / "deep").mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "repository" / "deep")
    assert _state() == tmp_path / "repository" / ".dynamic"
    monkeypatch.setattr("dynamic_ta.sweeps.cli.repository_root", no_repository)
    assert _state() == tmp_path / "repository" / "deep" / ".dynamic"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stderr", "speaks"), [(Terminal(), True), (io.StringIO(), False)])
def test_progress_is_shown_on_a_terminal_only(stderr: io.StringIO, speaks: bool) -> None:
    with _progress(Console(stderr=stderr)) as progress:
        progress(1, 2, 0)
    assert bool(stderr.getvalue()) is speaks


def test_the_pace_is_that_of_this_run() -> None:
    said: list[str] = []
    tell = pace(said.append, TickingClock())
    tell(600, 1000, 600)
    tell(620, 1000, 600)  # the second reading after the start: two seconds
    assert said == ["600/1,000 variants on record", "620/1,000 variants, 10/s, 38 s left"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3599, "59 min 59 s"), (7260, "2 h 1 min")]
)
def test_a_duration_is_in_the_unit_that_a_person_takes(seconds: float, text: str) -> None:
    assert duration(seconds) == text
