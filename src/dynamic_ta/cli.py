"""``backtest``: strategies on past prices."""

import click

from dynamic_ta.backtest.cli import cross_group
from dynamic_ta.runs.cli import run_command


@click.group("backtest", epilog="Example: ./dynamic backtest run sp500 --strategy rsi-reversion")
def backtest_group() -> None:
    """Try a strategy on past prices, all its parameters, or certify it."""


for _command in (run_command, cross_group):
    backtest_group.add_command(_command)
