"""``backtest cross``: one pair of windows, or all of them."""

from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
from rich.text import Text

from dynamic_base import Console, ExitCode
from dynamic_engines import open_device
from dynamic_ta.backtest import Disagreement, Rules, Sweep, certify, run_backtest, sweep_opencl
from dynamic_ta.backtest.document import run_document, sweep_document
from dynamic_ta.backtest.output import ORDERS, best, check_output, write_sweep
from dynamic_ta.backtest.render import headline, statistics_table, sweep_table, trades_table
from dynamic_ta.backtest.sweep import TOLERANCE
from dynamic_ta.backtest.windows import pairs_of, window_range
from dynamic_ta.data import Bars, mending_of, read_bars
from dynamic_ta.data.cli import mend_option

_fee = click.option("--fee-bps", default=5.0, show_default=True, help="Basis points paid at each entry and each exit.")
_year = click.option("--periods-per-year", default=252.0, show_default=True, help="Bars in a year, for Sharpe.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_CHECK_SEED = 0  # the same pairs each time, so that a disagreement can be shown to somebody else
_SHOWN = 5


@click.group("cross", epilog="Example: ./dynamic backtest cross run sp500 --fast 20 --slow 100")
def cross_group() -> None:
    """Try the cross of two moving averages, decided without rounding: one pair of windows, or thousands."""


@cross_group.command("run", epilog="Example: ./dynamic backtest cross run sp500 --fast 20 --slow 100 --trades")
@click.argument("data")
@click.option("--fast", default=20, show_default=True, help="Bars in the fast average.")
@click.option("--slow", default=100, show_default=True, help="Bars in the slow average.")
@_fee
@_year
@click.option("--trades", "show_trades", is_flag=True, help="List every trade.")
@mend_option
@_json
def run_command(
    data: str,
    fast: int,
    slow: int,
    fee_bps: float,
    periods_per_year: float,
    show_trades: bool,
    mend: tuple[str, ...],
    as_json: bool,
) -> ExitCode:
    """Buy when the fast average of DATA's closes is above the slow one, sell when it no longer is.

    DATA is a .csv, .csv.gz or .parquet file with date, open, high, low, close and volume, or a sample: sp500, nasdaq.
    A signal is executed at the next bar's open.
    """
    console = Console(as_json=as_json)
    rules = Rules(fee_bps, periods_per_year)
    bars = read_bars(data, mending_of(mend))
    result = run_backtest(bars, fast, slow, rules)
    console.document(run_document(bars, rules, result))
    console.text(Text(headline(bars)))
    console.text(statistics_table(result, rules))
    if show_trades:
        console.text(trades_table(bars, result))
    return ExitCode.YES


@cross_group.command(
    "sweep",
    epilog="Example: ./dynamic backtest cross sweep sp500 --fast 2:50 --slow 10:200:10 --check 20",
)
@click.argument("data")
@click.option("--fast", default="2:50", show_default=True, metavar="FIRST:LAST[:STEP]", help="Fast windows, in bars.")
@click.option("--slow", default="10:200", show_default=True, metavar="FIRST:LAST[:STEP]", help="Slow windows, in bars.")
@_fee
@_year
@click.option("--device", default="", help="A device of './dynamic devices'.  [default: PoCL, else the first]")
@click.option("--top", default=10, show_default=True, type=click.IntRange(min=0), help="Print the best N pairs.")
@click.option("--sort", "order", default="sharpe", show_default=True, type=click.Choice(list(ORDERS)), help="Best by.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write every pair to a .csv or .parquet.")
@click.option("--check", metavar="N|all", default="0", help="Hold N random pairs, or all, to the oracle.")
@mend_option
@_json
def sweep_command(
    data: str,
    fast: str,
    slow: str,
    fee_bps: float,
    periods_per_year: float,
    device: str,
    top: int,
    order: str,
    out: Path | None,
    check: str,
    mend: tuple[str, ...],
    as_json: bool,
) -> ExitCode:
    """Try every fast window below every slow one on an OpenCL device.

    Each pair trades as 'backtest cross run' does, and its statistics differ by at most 1e-9 times max(1, their size).
    DATA is as in 'backtest cross run'.
    """
    console = Console(as_json=as_json)
    rules = Rules(fee_bps, periods_per_year)
    pairs = pairs_of(window_range(fast), window_range(slow))
    checked = _count_of(check, len(pairs))
    if out is not None:
        check_output(out)
    bars = read_bars(data, mending_of(mend))
    with open_device(device) as opened, console.activity() as say:
        label = opened.info.label
        sweep = sweep_opencl(opened, bars, pairs, rules, _telling(say, f"{len(pairs)} pairs on {label}"))
    found = _check(console, sweep, bars, rules, checked) if checked else None
    if out is not None:
        write_sweep(sweep, out)
    rows = best(sweep, order, top)
    console.document(sweep_document(bars, rules, label, sweep, rows, found, checked))
    console.text(Text(headline(bars)))
    console.text(Text(f"{len(pairs)} pairs on {label}, {rules.fee_bps:g} bps a side, best by {order}"))
    console.text(sweep_table(sweep, rows))
    if found is not None:
        console.text(Text(_verdict(found, checked)))
    return ExitCode.NO if found else ExitCode.YES


def _count_of(text: str, pairs: int) -> int:
    if text == "all":
        return pairs
    if not text.isascii() or not text.isdecimal():
        raise click.BadParameter(f"{text!r} is neither a number nor 'all'", param_hint="--check")
    return min(int(text), pairs)


def _check(console: Console, sweep: Sweep, bars: Bars, rules: Rules, count: int) -> tuple[Disagreement, ...]:
    rows = np.random.default_rng(_CHECK_SEED).choice(sweep.n_pairs, count, replace=False)
    with console.activity() as say:
        return certify(sweep, bars, rules, sorted(rows.tolist()), TOLERANCE, _telling(say, "checked"))


def _telling(say: Callable[[str], None], what: str) -> Callable[[int, int], None]:
    """Tell of each tenth of the work, so that a log is not flooded."""
    told = -1

    def tell(done: int, of: int) -> None:
        nonlocal told
        if 10 * done // of > told:
            told = 10 * done // of
            say(f"{what}: {100 * done // of}%")

    return tell


def _verdict(found: tuple[Disagreement, ...], checked: int) -> str:
    if not found:
        return f"checked {checked} pairs against the oracle: the same trades, statistics within {TOLERANCE:g}"
    shown = "; ".join(map(str, found[:_SHOWN])) + ("; …" if len(found) > _SHOWN else "")
    return f"checked {checked} pairs against the oracle: {len(found)} disagreements: {shown}"
