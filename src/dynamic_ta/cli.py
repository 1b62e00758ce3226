"""``backtest``: strategies on past prices."""

import click

from dynamic_ta.backtest.cli import cross_group
from dynamic_ta.certificates.cli import certify_command, verify_command
from dynamic_ta.portfolio.cli import portfolio_command
from dynamic_ta.runs.cli import report_command, run_command
from dynamic_ta.sweeps.cli import sweep_command
from dynamic_ta.validation.cli import validate_command


@click.group("backtest", epilog="Example: ./dynamic backtest run rsi-reversion sp500")
def backtest_group() -> None:
    """Try a strategy on past prices, all its parameters, or certify it."""


for _command in (
    run_command,
    report_command,
    sweep_command,
    portfolio_command,
    validate_command,
    certify_command,
    verify_command,
    cross_group,
):
    backtest_group.add_command(_command)
