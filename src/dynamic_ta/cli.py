"""``backtest``: one pair of windows, or all of them."""

import click
from rich.text import Text

from dynamic_base import Console, ExitCode
from dynamic_ta.backtest import Rules, run_backtest
from dynamic_ta.backtest.document import run_document
from dynamic_ta.backtest.render import headline, statistics_table, trades_table
from dynamic_ta.data import read_bars

_fee = click.option("--fee-bps", default=5.0, show_default=True, help="Basis points paid at each entry and each exit.")
_year = click.option(
    "--periods-per-year", default=252.0, show_default=True, help="Bars in a year, for the Sharpe ratio."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("backtest")
def backtest_group() -> None:
    """Try a strategy on past prices, or all its parameters."""


@backtest_group.command("run", epilog="Example: ./dynamic backtest run sp500 --fast 20 --slow 100 --trades")
@click.argument("data")
@click.option("--fast", default=20, show_default=True, help="Bars in the fast average.")
@click.option("--slow", default=100, show_default=True, help="Bars in the slow average.")
@_fee
@_year
@click.option("--trades", "show_trades", is_flag=True, help="List every trade.")
@_json
def run_command(
    data: str, fast: int, slow: int, fee_bps: float, periods_per_year: float, show_trades: bool, as_json: bool
) -> ExitCode:
    """Buy when the fast average of DATA's closes is above the slow one, sell when it no longer is.

    DATA is a .csv, .csv.gz or .parquet file with date, open, high, low, close and volume, or a sample: sp500, nasdaq.
    A signal is executed at the next bar's open.
    """
    console = Console(as_json=as_json)
    rules = Rules(fee_bps, periods_per_year)
    bars = read_bars(data)
    result = run_backtest(bars, fast, slow, rules)
    console.document(run_document(bars, rules, result))
    console.text(Text(headline(bars)))
    console.text(statistics_table(result, rules))
    if show_trades:
        console.text(trades_table(bars, result))
    return ExitCode.YES
