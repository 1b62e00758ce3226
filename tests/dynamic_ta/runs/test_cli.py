"""``backtest run``: what a person sees, and what a program reads."""

import json
from pathlib import Path

import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_ta.backtest import Rules, run_backtest
from dynamic_ta.cli import backtest_group
from dynamic_ta.data import read_bars
from dynamic_ta.runs import run as runs
from dynamic_ta.simulation import Divergence


def backtest(*arguments: str) -> object:
    return backtest_group.main(["run", *arguments], prog_name="backtest", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert backtest(*arguments, "--json") == ExitCode.YES
    parsed: dict[str, object] = json.loads(capsys.readouterr().out)
    assert parsed["schema"] == "dynamic.run/1"
    return parsed


ABOVE = """
name = "above"
title = "Hold while the fast average is above the slow one"
[parameters]
fast = 20
slow = 100
[lines]
quick = "sma(fast)"
calm = "sma(slow)"
[rules]
enter_long = "quick > calm"
exit_long = "quick <= calm"
"""


def test_the_cross_of_two_averages_trades_as_its_own_oracle_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "above.toml"
    path.write_text(ABOVE)
    found = document(capsys, str(path), "sp500", "--account", "fee_bps=5")
    trades = found["trades"]
    assert isinstance(trades, list)
    wanted = run_backtest(read_bars("sp500"), 20, 100, Rules(fee_bps=5)).trades
    assert [(trade["entry"]["bar"], trade["exit"]["bar"]) for trade in trades] == [
        (trade.entry_bar, trade.exit_bar) for trade in wanted
    ]


@pytest.mark.parametrize("name", ["bollinger", "rsi-reversion", "sma-cross"])
def test_a_device_makes_the_same_trades_as_the_oracle(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The other examples are held to the device in tests/dynamic_ta/simulation."""
    assert backtest(name, "sp500", "--check") == ExitCode.YES
    assert "makes the same trades in float64" in capsys.readouterr().out


def test_a_device_that_trades_otherwise_is_named_with_the_trade(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Divergence(0, 3, 17, "enters long at bar 17", "trades no more")
    monkeypatch.setattr(runs, "diverging", lambda *_: (other,))
    assert backtest("sma-cross", "sp500", "--check") == ExitCode.NO
    assert "trade 3, bar 17: the oracle enters long at bar 17, the device trades no more" in capsys.readouterr().out


def test_costs_that_are_raised_lower_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    returns = []
    for fee in ("0", "20"):
        statistics = document(capsys, "macd-trend", "nasdaq", "--account", f"fee_bps={fee}")["statistics"]
        assert isinstance(statistics, dict)
        returns.append(statistics["total_return"])
    assert returns[0] > returns[1]


def test_every_trade_is_listed_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest("donchian-breakout", "sp500", "--trades") == ExitCode.YES
    said = capsys.readouterr().out
    assert "short" in said
    assert "by" in said.split("side", 1)[1].splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "fast"), "--set NAME=VALUE"),
        (("--set", "fast=soon"), "is no number"),
        (("--set", "fats=3"), "did you mean fast"),
        (("--set", "slow=100000"), "bars"),
        (("--account", "fee_bp=3"), "did you mean fee_bps"),
        (("--account", "fee_bps=20000"), "10000"),
        (("--account", "execution=tomorrow"), "execution"),
        (("--account", "fee_bps="), "has no value"),
        (("--mend", "polish"), "polish"),
    ],
)
def test_wrong_use_is_one_error_that_says_what_to_do(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(DynamicError) as error:
        backtest("sma-cross", "sp500", *arguments)
    assert said in str(error.value)
    assert error.value.exit_code in (ExitCode.USAGE, ExitCode.UNDECIDED)


@pytest.mark.parametrize(
    ("name", "said"), [("rsi-reversal", "did you mean rsi-reversion"), ("missing.toml", "cannot read missing.toml")]
)
def test_a_strategy_that_is_not_there_is_named(name: str, said: str) -> None:
    with pytest.raises(DynamicError, match=said):
        backtest(name, "sp500")


def test_a_strategy_of_ones_own_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\ntitle = "Hold above the mean"\n[rules]\nenter_long = "close > sma(50)"\n')
    found = document(capsys, str(path), "sp500")
    statistics = found["statistics"]
    assert isinstance(statistics, dict)
    assert statistics["open_trade"] is True
    assert statistics["trades"] == 0
