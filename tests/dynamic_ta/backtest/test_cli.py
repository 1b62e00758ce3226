"""What is printed, what is written, and how each mistake ends."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_ta.backtest import Disagreement, cli
from dynamic_ta.backtest.cli import cross_group

SWEEP = ("sweep", "sp500", "--fast", "5:20:5", "--slow", "50:100:25")


def call(*arguments: str) -> object:
    return cross_group.main(list(arguments), prog_name="cross", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert call(*arguments, "--json") == ExitCode.YES
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert parsed["schema"] == "dynamic.backtest/1"
    return parsed


def test_run_tells_the_data_the_rules_and_every_trade(capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, "run", "sp500", "--fee-bps", "10", "--fast", "50", "--slow", "200")
    assert told["data"]["bars"] == 5031
    assert told["strategy"] == {"name": "sma-cross", "fast": 50, "slow": 200}
    assert told["rules"] == {"fee_bps": 10, "periods_per_year": 252}
    assert len(told["trades"]) == told["statistics"]["trades"] == 10
    # The slow average is first known at bar 199; the file's row for bar 200 reads 10/19/1999,1254.130005,…
    assert told["trades"][0]["entry"] == {"bar": 200, "time": "1999-10-19T00:00:00.000000", "price": 1254.130005}


def test_run_prints_a_table_and_the_trades_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "sp500") == ExitCode.YES
    short = capsys.readouterr().out
    assert "SMA cross, 20 over 100 bars, 5 bps a side" in short
    assert "1999-05-27" not in short
    assert call("run", "sp500", "--trades") == ExitCode.YES
    assert "1999-05-27" in capsys.readouterr().out


def test_run_and_sweep_mend_by_the_rules_that_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "late.csv"
    days = [f"2020-01-{day:02},{day},{day},{day},{day},0" for day in range(1, 31)]
    path.write_text("\n".join(["date,open,high,low,close,volume", *days[::-1]]))
    windows = ("--fast", "2", "--slow", "5")
    with pytest.raises(DynamicError, match="ask for --mend sort"):
        call("run", str(path), *windows)
    told = document(capsys, "run", str(path), *windows, "--mend", "sort")
    assert told["data"]["first"] == "2020-01-01T00:00:00.000000"
    assert document(capsys, "sweep", str(path), *windows, "--mend", "sort")["data"] == told["data"]


def test_what_is_undefined_is_null_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flat.csv"
    days = "".join(f"2020-01-{day:02},1,1,1,1,0\n" for day in range(1, 31))
    path.write_text("date,open,high,low,close,volume\n" + days)
    told = document(capsys, "run", str(path), "--fast", "2", "--slow", "5")["statistics"]
    assert (told["sharpe"], told["win_rate"], told["total_return"]) == (None, None, 0)


def test_sweep_prints_the_best_pairs_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, *SWEEP, "--top", "12", "--sort", "drawdown")
    assert (told["pairs"], told["check"]) == (12, None)
    falls = [row["max_drawdown"] for row in told["top"]]
    assert falls == sorted(falls)
    assert len({(row["fast"], row["slow"]) for row in told["top"]}) == 12


def test_a_pair_of_the_sweep_is_the_run_of_its_windows(capsys: pytest.CaptureFixture[str]) -> None:
    best = document(capsys, *SWEEP, "--top", "1")["top"][0]
    alone = document(capsys, "run", "sp500", "--fast", str(best["fast"]), "--slow", str(best["slow"]))["statistics"]
    assert {name: best[name] for name in alone} == pytest.approx(alone, rel=1e-9)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_every_pair_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str) -> None:
    path = tmp_path / f"sweep.{ending}"
    best = document(capsys, *SWEEP, "--out", str(path), "--top", "1")["top"][0]
    rows = duckdb.execute(f"SELECT fast, slow, sharpe, trades FROM '{path}' ORDER BY sharpe DESC").fetchall()
    assert len(rows) == 12
    assert rows[0] == (best["fast"], best["slow"], best["sharpe"], best["trades"])


def test_a_check_says_how_many_pairs_agreed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*SWEEP, "--check", "all") == ExitCode.YES
    assert "checked 12 pairs against the oracle: the same trades" in capsys.readouterr().out
    assert document(capsys, *SWEEP, "--check", "5")["check"] == {"pairs": 5, "disagreements": []}


def test_a_check_that_fails_exits_1_and_names_the_pair(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "certify", lambda *_: (Disagreement(5, 50, "sharpe", 1.0, 2.0),))
    assert call(*SWEEP, "--check", "1") == ExitCode.NO
    assert "1 disagreements: 5/50: sharpe is 1.0, the oracle says 2.0" in capsys.readouterr().out


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*SWEEP) == ExitCode.YES
    captured = capsys.readouterr()
    assert "100%" in captured.err
    assert "pairs on" not in captured.out.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("run", "nowhere.csv"), ExitCode.USAGE, "there is no nowhere.csv"),
        (("run", "sp500", "--fast", "9", "--slow", "9"), ExitCode.USAGE, "fast 9 and slow 9"),
        (("run", "sp500", "--slow", "9999"), ExitCode.USAGE, "does not fit the 5031 bars of sp500"),
        (("run", "sp500", "--fee-bps", "-1"), ExitCode.USAGE, "fee of -1.0 bps"),
        (("sweep", "sp500", "--fast", "x"), ExitCode.USAGE, "'x' is no range"),
        (("sweep", "sp500", "--out", "sweep.xls"), ExitCode.USAGE, "neither .csv nor .parquet"),
        (("sweep", "sp500", "--device", "nothing"), ExitCode.UNDECIDED, "no OpenCL device is called"),
    ],
)
def test_a_mistake_is_one_line_with_a_next_step(arguments: tuple[str, ...], code: ExitCode, message: str) -> None:
    with pytest.raises(DynamicError) as caught:
        call(*arguments)
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == code


BAD_ROWS = {
    "missing": "2020-01-02,,3,1,2,1",
    "unparsable": "2020-01-02,2,3,one,2,1",
    "nan": "2020-01-02,nan,3,1,2,1",
    "infinite": "2020-01-02,2,inf,1,2,1",
    "zero": "2020-01-02,2,3,0,2,1",
    "negative": "2020-01-02,2,3,1,-2,1",
    "high below low": "2020-01-02,2,1,3,2,1",
    "open outside": "2020-01-02,4,3,1,2,1",
    "close outside": "2020-01-02,2,3,1,0.5,1",
    "negative volume": "2020-01-02,2,3,1,2,-1",
    "duplicate": "2020-01-01,2,3,1,2,1",
    "unsorted": "2019-12-31,2,3,1,2,1",
    "no date": "soon,2,3,1,2,1",
}


@pytest.mark.parametrize("command", ["run", "sweep"])
@pytest.mark.parametrize("row", BAD_ROWS.values(), ids=list(BAD_ROWS))
def test_every_kind_of_bad_row_is_refused_by_number_and_exits_3(tmp_path: Path, command: str, row: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(f"date,open,high,low,close,volume\n2020-01-01,2,3,1,2,1\n{row}\n2020-01-03,2,3,1,2,1\n")
    with pytest.raises(DynamicError) as caught:
        call(command, str(path))
    assert "1 bad row (row 3: " in caught.value.message
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_refused_sweep_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    path.write_text("precious\n")
    with pytest.raises(DynamicError):
        call("sweep", "nasdaq", "--slow", "9999", "--out", str(path))
    assert path.read_text() == "precious\n"


def test_the_csv_has_a_named_column_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sweep.csv"
    document(capsys, *SWEEP, "--out", str(path))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "fast",
        "slow",
        "total_return",
        "sharpe",
        "max_drawdown",
        "win_rate",
        "exposure",
        "trades",
        "open_trade",
        "checksum",
    ]
