"""``backtest portfolio``: one strategy on many assets that share one account."""

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, UsageError
from dynamic_ta.backtest.render import headline
from dynamic_ta.data import mending_of, read_bars
from dynamic_ta.data.cli import mend_option
from dynamic_ta.portfolio.document import portfolio_document
from dynamic_ta.portfolio.market import Calendar
from dynamic_ta.portfolio.model import Rebalancing
from dynamic_ta.portfolio.render import assets_table, portfolio_table
from dynamic_ta.portfolio.run import Plan, run_portfolio
from dynamic_ta.portfolio.weights import WEIGHTINGS, WeightTerms
from dynamic_ta.runs import Terms
from dynamic_ta.runs.cli import account_option, set_option
from dynamic_ta.strategies import find_strategy

_NAMES = ", ".join(row.name for row in WEIGHTINGS)


@click.command("portfolio", epilog="Example: ./dynamic backtest portfolio sma-cross sp500 nasdaq --rebalance 21")
@click.argument("strategy")
@click.argument("data", nargs=-1, required=True)
@click.option("--weights", default="equal", show_default=True, help=f"{_NAMES}; as fixed=sp500:0.6,nasdaq:0.4.")
@click.option("--lookback", default=63, show_default=True, help="Bars that a volatility is taken over.")
@click.option("--rebalance", default=21, show_default=True, help="Bars from one rebalancing to the next; 0: none.")
@click.option("--band", default=0.05, show_default=True, help="Rebalance when a weight is so far off; 0: never.")
@click.option("--net", type=float, help="Limit of the net exposure, times the equity.  [default: none]")
@click.option("--calendar", type=click.Choice([each.value for each in Calendar]), default="union", show_default=True)
@set_option
@account_option
@mend_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def portfolio_command(
    strategy: str,
    data: tuple[str, ...],
    weights: str,
    lookback: int,
    rebalance: int,
    band: float,
    net: float | None,
    calendar: str,
    settings: tuple[str, ...],
    account: tuple[str, ...],
    mend: tuple[str, ...],
    as_json: bool,
) -> ExitCode:
    """Run STRATEGY on each of DATA, with one account for all, and say what it earned.

    STRATEGY and DATA are those of 'backtest run'. Each asset is held on the side that its rules want, weighed, and
    brought back to its weight every so many bars and beyond the band. --account leverage=2 limits the gross.
    """
    console = Console(as_json=as_json)
    name, fixed = _weights(weights)
    plan = Plan(
        name, WeightTerms(lookback, fixed), Rebalancing(rebalance or None, band or None, net), Calendar(calendar)
    )
    mending = mending_of(mend)
    found = find_strategy(strategy)
    run = run_portfolio(found, [read_bars(source, mending) for source in data], plan, Terms.of(settings, account))
    console.document(portfolio_document(run))
    for bars in run.market.assets:
        console.text(Text(headline(bars)))
    console.text(portfolio_table(run))
    console.text(assets_table(run))
    return ExitCode.YES


def _weights(text: str) -> tuple[str, dict[str, float]]:
    """Return the name and the fixed weights of a text such as ``fixed=a:0.6,b:0.4``."""
    name, equals, listed = text.partition("=")
    if bool(equals) != (name == "fixed"):
        raise UsageError(f"--weights {text}", "only fixed takes weights, as in --weights fixed=sp500:0.6,nasdaq:0.4")
    weights: dict[str, float] = {}
    for pair in listed.split(",") if equals else ():
        asset, _, number = pair.rpartition(":")
        try:
            value = float(number)
        except ValueError:
            raise UsageError(f"--weights has {pair!r}", "give NAME:WEIGHT, as in fixed=sp500:0.6,nasdaq:0.4") from None
        if not asset or asset in weights:
            raise UsageError(f"--weights has {pair!r}", "give each asset one NAME:WEIGHT")
        weights[asset] = value
    return name, weights
