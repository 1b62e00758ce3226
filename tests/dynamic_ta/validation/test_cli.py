"""What the command prints, and how each mistake ends."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_ta.data.model import F64
from dynamic_ta.validation.cli import validate_command
from tests.dynamic_ta.validation.histories import noise

QUICK = ("--resamples", "200", "--blocks", "6")


def call(*arguments: str | Path) -> object:
    return validate_command.main([str(argument) for argument in arguments], prog_name="validate", standalone_mode=False)


def text_of(matrix: F64, names: str, dated: bool = True) -> str:
    days = np.datetime64("2020-01-01") + np.arange(len(matrix))
    rows = [[*([str(day)] if dated else []), *map(repr, row)] for day, row in zip(days, matrix.tolist(), strict=True)]
    return "\n".join(",".join(row) for row in [[*(["Date"] if dated else []), *names], *rows]) + "\n"


def trials(skill: float = 0.004) -> F64:
    matrix = noise(300, 4, 1)
    matrix[:, 2] += skill
    return matrix


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_text(text_of(trials(), "abcd"))
    return path


def document(capsys: pytest.CaptureFixture[str], code: ExitCode, *arguments: str | Path) -> dict[str, Any]:
    assert call(*arguments, "--json", *QUICK) == code
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert parsed["schema"] == "dynamic.validation/1"
    return parsed


def test_the_best_column_is_judged_and_each_verdict_is_a_sentence(
    good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(good, "--test", "spa", "--test", "monte-carlo", *QUICK) == ExitCode.YES
    out = capsys.readouterr().out
    assert "c of good.csv: 300 periods, 4 strategies" in out
    assert "yes  spa" in out
    assert "monte-carlo  needs trades" in out
    assert "less than 0.50% of histories" in out


def test_a_verdict_of_no_exits_1_and_json_says_which(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, ExitCode.NO, good, "--strategy", "a")
    assert told["data"] == {"source": "good.csv", "strategy": "a", "periods": 300}
    assert not told["passed"]
    verdicts = {finding["name"]: finding["passed"] for finding in told["findings"]}
    assert not verdicts["step-m"]
    assert verdicts["spa"]
    assert told["settings"]["resamples"] == 200
    assert [skipped["name"] for skipped in told["skipped"]] == ["monte-carlo"]


def test_benchmark_costs_and_trades_are_taken_from_columns(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    costs, deals = good.with_name("costs.csv"), good.with_name("trades.csv")
    matrix = np.column_stack((trials(), np.full(300, 1e-4)))
    costs.write_text(text_of(matrix, "abcdK"))
    deals.write_text(text_of(noise(40, 1, 2), "r").replace(",r", ",return"))
    arguments = (
        costs,
        "--benchmark",
        "d",
        "--costs",
        "K",
        "--trades",
        deals,
        "--test",
        "stress",
        "--test",
        "monte-carlo",
    )
    told = document(capsys, ExitCode.YES, *arguments)
    stress = next(finding for finding in told["findings"] if finding["name"] == "stress")
    assert {"costs_drawdown", "slippage_drawdown"} <= set(stress["details"])
    assert told["data"]["strategy"] == "c"


@pytest.mark.parametrize("ending", [".csv.gz", ".parquet", "-undated.csv"])
def test_every_kind_of_file_tells_the_same(good: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = document(capsys, ExitCode.YES, good, "--test", "sharpe-interval")
    other = good.with_name("good" + ending)
    if ending == ".parquet":
        duckdb.sql(f"COPY (SELECT * FROM read_csv('{good}')) TO '{other}' (FORMAT parquet)")
    elif ending == ".csv.gz":
        other.write_bytes(gzip.compress(good.read_bytes()))
    else:
        other.write_text(text_of(trials(), "abcd", dated=False))
    found = document(capsys, ExitCode.YES, other, "--test", "sharpe-interval")
    assert found["findings"] == expected["findings"]


def test_a_sample_stands_for_holding_it(capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, ExitCode.YES, "sp500", "--test", "regimes")
    assert told["data"] == {"source": "sp500", "strategy": "sp500", "periods": 5030}


def test_the_seed_decides_the_draws(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, again, other = (
        document(capsys, ExitCode.YES, good, "--test", "sharpe-interval", "--seed", seed)["findings"]
        for seed in ("1", "1", "2")
    )
    assert first == again != other


def test_infinity_is_null_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "poor.csv"
    path.write_text(text_of(noise(100, 1, 1) - 0.01, "a"))
    told = document(capsys, ExitCode.NO, path, "--test", "track-record")
    assert told["findings"][0]["value"] is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("2020-01-03", "2020-01-01"), "the date 2020-01-01 in row 4, not after the row above: sort it by date"),
        (("2020-01-03", "someday"), "the date 'someday' in row 4: write dates as ISO 8601"),
        (("Date,a,b", "Date,a,a"), "2 columns called 'a': delete all but one"),
        (("\n2020-01-02,", "\n2020-01-02,x"), "no number but 'x"),
        (("\n2020-01-02,", "\n2020-01-02,0,"), "6 cells in row 3, 5 names: mend that row"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(good: Path, change: tuple[str, str], told: str) -> None:
    good.write_text(good.read_text().replace(*change))
    with pytest.raises(DynamicError, match=told) as caught:
        call(good)
    assert caught.value.exit_code is ExitCode.UNDECIDED


def test_a_missing_value_is_refused_with_its_strategy(good: Path) -> None:
    lines = good.read_text().splitlines()
    lines[5] = lines[5].rsplit(",", 1)[0] + ",nan"
    good.write_text("\n".join(lines))
    with pytest.raises(DynamicError, match="the trials are nan in period 5 of d, not a finite number"):
        call(good)


@pytest.mark.parametrize(
    ("name", "content"), [("torn.csv.gz", b"\x1f\x8b\x08torn"), ("torn.parquet", b"PAR1"), ("empty.csv", b"")]
)
def test_a_torn_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DynamicError, match=r"again") as caught:
        call(path)
    assert caught.value.exit_code is ExitCode.UNDECIDED


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("none.csv",), "there is no file none.csv: check the path"),
        (("returns.xlsx",), r"is no file of returns: name a .csv, .csv.gz, .parquet file"),
        (("GOOD", "--strategy", "z"), "has no column 'z': choose of a, b, c, d"),
        (("GOOD", "--test", "luck"), "there is no check 'luck'"),
        (("GOOD", "--blocks", "7"), "give an even number"),
        (("GOOD", "--bootstrap", "moving"), "give stationary or circular"),
    ],
)
def test_wrong_usage_exits_2_and_names_the_fix(good: Path, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(DynamicError, match=told) as caught:
        call(*(str(good) if argument == "GOOD" else argument for argument in arguments))
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_check_that_lacks_its_data_cannot_decide(good: Path) -> None:
    with pytest.raises(DynamicError, match="monte-carlo needs trades: give that, or choose other checks") as caught:
        call(good, "--test", "monte-carlo")
    assert caught.value.exit_code is ExitCode.UNDECIDED
