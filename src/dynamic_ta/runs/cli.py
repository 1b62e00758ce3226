"""``backtest run`` and ``backtest report``: one strategy on one series."""

from collections.abc import Callable
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock, UsageError, write_atomic
from dynamic_engines import Precision, open_device
from dynamic_ta.backtest.render import headline
from dynamic_ta.data import mending_of, read_bars
from dynamic_ta.data.cli import mend_option
from dynamic_ta.report import HeatMap
from dynamic_ta.runs.document import run_document
from dynamic_ta.runs.render import statistics_table, trades_table
from dynamic_ta.runs.report import find_released, heat_map, page_of, validation_of
from dynamic_ta.runs.run import Run, Terms, first_divergence_on, run_strategy
from dynamic_ta.strategies import find_strategy
from dynamic_ta.sweeps.pace import pace

set_option = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the strategy; repeatable."
)
account_option = click.option(
    "--account", multiple=True, metavar="NAME=VALUE", help="A term of the account, such as fee_bps=5; repeatable."
)


@click.command("run", epilog="Example: ./dynamic backtest run rsi-reversion sp500 --set period=10 --check")
@click.argument("strategy")
@click.argument("data")
@set_option
@account_option
@mend_option
@click.option("--check", is_flag=True, help="Make the same trades on an OpenCL device; exit 1 if one is another.")
@click.option("--device", default="", help="A device of './dynamic devices'.  [default: PoCL, else the first]")
@click.option(
    "--precision", type=click.Choice([each.value for each in Precision]), default="float64", show_default=True
)
@click.option("--trades", "show_trades", is_flag=True, help="List every trade.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def run_command(
    strategy: str,
    data: str,
    settings: tuple[str, ...],
    account: tuple[str, ...],
    mend: tuple[str, ...],
    check: bool,
    device: str,
    precision: str,
    show_trades: bool,
    as_json: bool,
) -> ExitCode:
    """Run STRATEGY on DATA, bar by bar, and say what it earned.

    STRATEGY is an example of './dynamic strategies list', or a .toml file. DATA is a .csv, .csv.gz or .parquet file
    with date, open, high, low, close and volume, a snapshot's folder, or a sample: sp500, nasdaq. --device and
    --precision are those of --check.
    """
    console = Console(as_json=as_json)
    found = find_strategy(strategy)
    terms = Terms.of(settings, account)
    run = run_strategy(found, read_bars(data, mending_of(mend)), terms)
    checked = _checked(run, device, Precision(precision)) if check else None
    document = run_document(run)
    if checked is not None:
        document["check"] = {"device": checked[0], "precision": precision, "divergence": checked[1] or None}
    console.document(document)
    console.text(Text(headline(run.bars)))
    console.text(statistics_table(run))
    if show_trades:
        console.text(trades_table(run))
    if checked is None:
        return ExitCode.YES
    label, difference = checked
    console.text(Text(difference or f"{label} makes the same trades in {precision}"))
    return ExitCode.NO if difference else ExitCode.YES


@click.command(
    "report", epilog="Example: ./dynamic backtest report rsi-reversion sp500 --map weak:strong --out report.html"
)
@click.argument("strategy")
@click.argument("data")
@set_option
@account_option
@mend_option
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The .html to write.")
@click.option(
    "--released", default="", help="What it is to replace: an example, a .toml, or REVISION:PATH of one in git."
)
@click.option(
    "--map", "heat", default="", metavar="X:Y", help="Two parameters: all their values, computed on a device."
)
@click.option("--statistic", default="sharpe", show_default=True, help="What the map shows.")
@click.option("--validate", "validated", is_flag=True, help="Say whether the returns are more than luck.")
@click.option("--window", default=63, show_default=True, type=click.IntRange(min=2), help="Bars of rolling statistics.")
@click.option(
    "--device", default="", help="For --map, a device of './dynamic devices'.  [default: PoCL, else the first]"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def report_command(
    strategy: str,
    data: str,
    settings: tuple[str, ...],
    account: tuple[str, ...],
    mend: tuple[str, ...],
    out: Path,
    released: str,
    heat: str,
    statistic: str,
    validated: bool,
    window: int,
    device: str,
    as_json: bool,
) -> ExitCode:
    """Run STRATEGY on DATA, and draw what came of it: one HTML file that needs no network.

    STRATEGY and DATA are as in 'backtest run'.
    """
    console = Console(as_json=as_json)
    bars = read_bars(data, mending_of(mend))
    terms = Terms.of(settings, account)
    run = run_strategy(find_strategy(strategy), bars, terms)
    other = run_strategy(find_released(released), bars) if released else None
    with console.activity() as say:
        drawn = _map(run, heat, statistic, device, say) if heat else None
        found = validation_of(run, say) if validated else None
    content = page_of(run, other, drawn, found, window)
    write_atomic(out, content)
    console.document({**run_document(run), "page": str(out), "bytes": len(content)})
    console.text(Text(headline(run.bars)))
    console.text(statistics_table(run))
    console.text(Text(f"{out}: {len(content) / 1e6:.1f} MB, open it in a browser"))
    return ExitCode.YES


def _map(run: Run, axes: str, statistic: str, device: str, say: Callable[[str], None]) -> HeatMap:
    x, colon, y = axes.partition(":")
    if not (colon and x != y):
        raise UsageError(f"--map {axes} names no two parameters", "give it as --map X:Y")
    return heat_map(run, x, y, statistic, device, say, pace(say, SystemClock()))


def _checked(run: Run, selector: str, precision: Precision) -> tuple[str, str]:
    """Return the device's label, and the first trade that it makes otherwise, "" if there is none."""
    with open_device(selector) as device:
        found = first_divergence_on(device, run, precision)
        return device.info.label, "" if found is None else f"{device.info.label} in {precision}: {found}"
