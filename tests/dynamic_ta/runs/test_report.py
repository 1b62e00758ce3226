"""``backtest report``: the page of a run, beside the released one, and on the map of its parameters."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_ta.cli import backtest_group
from dynamic_ta.data import read_bars
from dynamic_ta.runs import Terms, run_strategy
from dynamic_ta.runs.report import heat_map
from dynamic_ta.strategies import load_example
from dynamic_ta.sweeps.run import silent
from tests.dynamic_ta.certificates.made import walk, write_bars


def report(*arguments: str) -> object:
    return backtest_group.main(["report", *arguments], prog_name="backtest", standalone_mode=False)


def test_the_page_is_written_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    prices = tmp_path / "walk.csv"
    write_bars(prices, walk(1, 2500))
    code = report(
        "rsi-reversion",
        str(prices),
        "--set",
        "period=10",
        "--released",
        "macd-trend",
        "--validate",
        "--out",
        str(out),
        "--json",
    )
    assert code == ExitCode.YES
    told = json.loads(capsys.readouterr().out)
    content = out.read_bytes()
    assert (told["page"], told["bytes"]) == (str(out), len(content))
    assert told["strategy"]["parameters"]["period"] == 10
    assert b"macd-trend, released" in content
    assert b"probabilistic-sharpe" in content


def test_each_cell_of_the_map_is_what_a_run_with_its_parameters_earns() -> None:
    bars = read_bars("nasdaq").between(0, 1500)
    run = run_strategy(load_example("rsi-reversion"), bars, Terms({"period": 7}))
    found = heat_map(run, "weak", "strong", "total_return", "", lambda _: None, silent)
    assert found.chosen == (run.parameters["weak"], run.parameters["strong"])
    rng = np.random.default_rng(5)
    for row, column in zip(rng.integers(0, len(found.y), 4), rng.integers(0, len(found.x), 4), strict=True):
        values = {"period": 7.0, "weak": found.x[column], "strong": found.y[row]}
        wanted = run_strategy(load_example("rsi-reversion"), bars, Terms(values)).simulation.statistics.total_return
        assert found.values[row, column] == pytest.approx(wanted, abs=0, rel=1e-12)


def test_the_released_strategy_may_stand_in_an_earlier_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=tmp_path, check=True)

    text = 'name = "mine"\n[parameters]\nperiod = {period}\n[rules]\nenter_long = "close > sma(period)"\n'
    path = tmp_path / "mine.toml"
    path.write_text(text.format(period=20))
    git("init", "-q", ".")
    git("add", ".")
    git("commit", "-qm", "first")
    path.write_text(text.format(period=50))
    monkeypatch.chdir(tmp_path)
    assert report("mine.toml", "sp500", "--released", "HEAD:mine.toml", "--out", "page.html") == ExitCode.YES
    assert "mine, released" in (tmp_path / "page.html").read_text()
    with pytest.raises(DynamicError, match=r"git has no HEAD~9:mine\.toml"):
        report("mine.toml", "sp500", "--released", "HEAD~9:mine.toml", "--out", "page.html")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--map", "fast"), "give it as --map X:Y"),
        (("--map", "fast:fast"), "give it as --map X:Y"),
        (("--map", "fast:slower"), "give two of fast, slow"),
        (("--map", "fast:slow", "--statistic", "shrape"), "shrape"),
    ],
)
def test_wrong_use_is_one_error_and_writes_nothing(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    with pytest.raises(DynamicError) as error:
        report("sma-cross", "sp500", "--out", str(out), *arguments)
    assert said in str(error.value)
    assert not out.exists()
