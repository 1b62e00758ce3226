"""``backtest portfolio``: what a person sees, and what a program reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_ta.cli import backtest_group
from dynamic_ta.portfolio.weights import WEIGHTINGS
from dynamic_ta.strategies import EXAMPLES
from tests.dynamic_ta.certificates.made import walk, write_bars

HOLD = 'name = "hold"\ntitle = "Hold from the second bar"\n[rules]\nenter_long = "close > 0"\n'


def portfolio(*arguments: str) -> object:
    return backtest_group.main(["portfolio", *arguments], prog_name="backtest", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert portfolio(*arguments, "--json") == ExitCode.YES
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert parsed["schema"] == "dynamic.portfolio/1"
    return parsed


@pytest.fixture
def hold(tmp_path: Path) -> str:
    path = tmp_path / "hold.toml"
    path.write_text(HOLD, encoding="utf-8")
    return str(path)


def series(folder: Path, name: str, days: list[int], closes: list[float]) -> str:
    rows = [f"2024-01-{day:02},{close},{close},{close},{close},1" for day, close in zip(days, closes, strict=True)]
    path = folder / f"{name}.csv"
    path.write_text("\n".join(["date,open,high,low,close,volume", *rows]) + "\n", encoding="utf-8")
    return str(path)


def test_a_portfolio_says_what_each_asset_earned(hold: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bought at the second open: 60,000 at 10 becomes 90,000; 40,000 at 20 becomes 30,000."""
    first = series(tmp_path, "first", [1, 2, 3], [10, 10, 15])
    second = series(tmp_path, "second", [1, 2, 3], [20, 20, 15])
    given = ("--weights", "fixed=first:0.6,second:0.4", "--account", "fee_bps=0")
    found = document(capsys, hold, first, second, *given)
    assert [asset["contribution"] for asset in found["assets"]] == [30_000, -10_000]
    assert found["statistics"]["total_return"] == pytest.approx(0.2)
    assert [(order["asset"], order["quantity"]) for order in found["orders"]] == [("first", 6000), ("second", 2000)]
    assert portfolio(hold, first, second, *given) == ExitCode.YES
    assert "30000.00" in capsys.readouterr().out


def test_a_calendar_of_common_times_leaves_out_the_others(
    hold: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = series(tmp_path, "first", [1, 2, 3, 4], [10, 10, 15, 15])
    second = series(tmp_path, "second", [1, 3, 4], [20, 20, 20])
    assert document(capsys, hold, first, second)["calendar"]["bars"] == 4
    assert document(capsys, hold, first, second, "--calendar", "intersection")["calendar"]["bars"] == 3


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return two files of 450 bars, the first with the name of a sample."""
    paths = [tmp_path_factory.mktemp("bars") / f"{name}.csv" for name in ("sp500", "other")]
    for seed, path in zip((3, 4), paths, strict=True):  # on both of which every example trades
        write_bars(path, walk(seed, 450))
    return list(map(str, paths))


@pytest.mark.parametrize("strategy", EXAMPLES)
def test_every_example_runs_on_two_assets(strategy: str, walks: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, strategy, *walks)
    assert found["orders"]
    earned = sum(asset["contribution"] for asset in found["assets"])
    assert found["statistics"]["total_return"] * 100_000 == pytest.approx(earned, rel=1e-9)


@pytest.mark.parametrize("weights", [row.name for row in WEIGHTINGS])
def test_all_weights_are_told_in_the_help(weights: str, capsys: pytest.CaptureFixture[str]) -> None:
    portfolio("--help")
    assert weights in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sp500", "sp500"), "two assets are called sp500"),
        (("sp500", "--weights", "best"), "choose equal, inverse-volatility, fixed"),
        (("sp500", "--weights", "equal=sp500:1"), "only fixed takes weights"),
        (("sp500", "--weights", "fixed=sp500"), "give NAME:WEIGHT"),
        (("sp500", "--weights", "fixed=sp500:1,sp500:1"), "each asset one"),
        (("sp500", "--weights", "fixed=gold:1"), "give one of each: sp500"),
        (("sp500", "--weights", "fixed=sp500:-1"), "rules say the side"),
        (("sp500", "--weights", "inverse-volatility", "--lookback", "1"), "at least 2"),
        (("sp500", "--rebalance", "0", "--band", "0"), "nothing says when to rebalance"),
        (("sp500", "--net", "-1"), "net limit"),
        (("sp500", "--account", "fee_bps=20000"), "10000"),
    ],
)
def test_wrong_use_is_one_error_that_says_what_to_do(arguments: tuple[str, ...], said: str, walks: list[str]) -> None:
    with pytest.raises(DynamicError) as error:
        portfolio("sma-cross", *(walks[0] if word == "sp500" else word for word in arguments))
    assert said in str(error.value)
    assert error.value.exit_code in (ExitCode.USAGE, ExitCode.UNDECIDED)
