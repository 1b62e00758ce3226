import json
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import ExitCode
from dynamic_ta.strategies import EXAMPLES, StrategyError, UnknownStrategyError, load_example
from dynamic_ta.strategies.cli import strategies_group

_GOOD = """
name = "mine"
[parameters]
bars = 10
[rules]
enter_long = "close > sma(bars)"
exit_long = "close < sma(bars)"
[account]
stop_percent = 5
"""


def call(*arguments: str) -> object:
    return strategies_group.main(list(arguments), prog_name="strategies", standalone_mode=False)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.toml"
    path.write_text(_GOOD, encoding="utf-8")
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.toml"
    path.write_text(_GOOD.replace("close > sma", "close > smaa"), encoding="utf-8")
    return path


def test_list_has_a_line_for_every_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list") == ExitCode.YES
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "warm-up", "rules", "title"]
    assert [line.split()[0] for line in lines] == list(EXAMPLES)
    assert call("list", "--json") == ExitCode.YES
    listed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [each["digest"] for each in listed["strategies"]] == [load_example(name).digest for name in EXAMPLES]


def test_show_names_parameters_rules_first_bars_and_what_the_account_has_set(
    capsys: pytest.CaptureFixture[str], good: Path
) -> None:
    assert call("show", str(good)) == ExitCode.YES
    said = capsys.readouterr().out
    for part in ("mine", "parameters.bars", "close > sma(close, bars)  (from bar 9)", "stop_percent", "9 bars"):
        assert part in said
    assert "fee_bps" not in said
    assert "enter_long(LINES" not in said


def test_show_prints_the_opencl_text_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("show", "sma-cross", "--source") == ExitCode.YES
    assert "static inline bool enter_long(LINES, const uint t)" in capsys.readouterr().out
    assert call("show", "sma-cross", "--source", "--json") == ExitCode.YES
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)["strategy"]
    assert "static inline bool enter_long(LINES, const uint t)" in shown["source"]
    assert shown["expressions"]["enter_long"] == "crosses_above(sma(close, fast), sma(close, slow))"
    assert shown["parameters"][0] == {"name": "fast", "default": 20, "least": 5, "most": 60, "step": 5}
    assert shown["warm_up_bars"] == 100


def test_check_says_yes_to_good_files(capsys: pytest.CaptureFixture[str], good: Path) -> None:
    assert call("check", str(good)) == ExitCode.YES
    assert capsys.readouterr().out == f"{good}: good, its warm-up is 9 bars\n"


def test_check_says_no_and_why_and_reads_on(capsys: pytest.CaptureFixture[str], good: Path, bad: Path) -> None:
    assert call("check", str(bad), str(good)) == ExitCode.NO
    first, second = capsys.readouterr().out.splitlines()
    assert first == (f"{bad}: rules.enter_long, column 9: no indicator or function is called 'smaa': did you mean sma?")
    assert second.startswith(f"{good}: good")
    assert call("check", str(bad), str(good), "--json") == ExitCode.NO
    files = json.loads(capsys.readouterr().out)["files"]
    assert [each["good"] for each in files] == [False, True]
    assert files[0]["hint"] == "did you mean sma?"


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownStrategyError, match="No such file") as caught:
        call("check", str(tmp_path / "none.toml"))
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_bad_file_cannot_be_shown(bad: Path) -> None:
    with pytest.raises(StrategyError, match="no indicator or function is called 'smaa'") as caught:
        call("show", str(bad))
    assert caught.value.exit_code is ExitCode.UNDECIDED
