"""``validate``: whether a strategy's returns are more than luck."""

from pathlib import Path

import click
import numpy as np
from rich.table import Table as RichTable
from rich.text import Text

from dynamic_base import Console, ExitCode
from dynamic_ta.data import SAMPLES, read_bars
from dynamic_ta.validation.document import validation_document
from dynamic_ta.validation.errors import SampleError, SettingError
from dynamic_ta.validation.inputs import sample_of
from dynamic_ta.validation.model import Sample, Settings, Validation
from dynamic_ta.validation.returns_file import Table, read_returns
from dynamic_ta.validation.run import find_checks, validate_sample
from dynamic_ta.validation.statistics import sharpe

_DEFAULT = Settings()
_file = click.Path(path_type=Path, dir_okay=False)


@click.command("validate", epilog="Example: ./dynamic backtest validate sp500 --test regimes")
@click.argument("returns")
@click.option("--strategy", default="", help="The column that was chosen.  [default: the best Sharpe ratio]")
@click.option("--benchmark", default="", help="The column that strategies should beat.  [default: cash]")
@click.option("--costs", default="", help="The column of what was paid in costs, shares of the account.")
@click.option("--trades", type=_file, help="A file with a column 'return', a row a closed trade.")
@click.option("--test", "tests", multiple=True, help="Only this check; can be given again.  [default: all]")
@click.option("--seed", default=_DEFAULT.seed, show_default=True, help="Of every draw.")
@click.option("--resamples", default=_DEFAULT.resamples, show_default=True, help="Bootstrap samples and paths.")
@click.option("--bootstrap", default=_DEFAULT.bootstrap, show_default=True, help="stationary or circular blocks.")
@click.option("--block-length", default=_DEFAULT.block_length, show_default=True, help="Periods; 0 is automatic.")
@click.option("--blocks", default=_DEFAULT.blocks, show_default=True, help="For the probability of overfitting.")
@click.option("--significance", default=_DEFAULT.significance, show_default=True, help="The largest p-value borne.")
@click.option("--confidence", default=_DEFAULT.confidence, show_default=True, help="Of intervals and probabilities.")
@click.option("--drawdown-limit", default=_DEFAULT.drawdown_limit, show_default=True, help="A share of the peak.")
@click.option("--benchmark-sharpe", default=_DEFAULT.benchmark_sharpe, show_default=True, help="Annual, to exceed.")
@click.option("--periods-per-year", default=_DEFAULT.periods_per_year, show_default=True, help="252 for days.")
@click.option(
    "--regime-window", default=_DEFAULT.regime_window, show_default=True, help="Periods that decide a regime."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def validate_command(
    returns: str,
    strategy: str,
    benchmark: str,
    costs: str,
    trades: Path | None,
    tests: tuple[str, ...],
    as_json: bool,
    **chosen: str | float,
) -> ExitCode:
    """Say whether the returns in RETURNS are more than luck.

    RETURNS is a .csv, .csv.gz or .parquet file: a first row of names, a row a period, a column for every strategy that
    was tried, the first column possibly a date. Returns are net and shares of the account, 0.01 for one percent.
    sp500 and nasdaq, the samples of 'backtest run', stand for the returns of holding them, from close to close.
    Exit codes: 0 every check passes; 1 some check says no; 2 wrong usage; 3 the data cannot decide.
    """
    console = Console(as_json=as_json)
    settings = Settings(**chosen)  # type: ignore[arg-type]  # the options above carry the fields' names and types
    checks = find_checks(tests)
    table = _held(returns) if returns in SAMPLES else read_returns(Path(returns))
    sample = _sample(table, strategy, benchmark, costs, trades)
    name = sample.names[sample.chosen] if sample.names else _strategies(table, benchmark, costs)[0]
    with console.activity() as say:
        found = validate_sample(sample, settings, checks, lambda done, of, then: say(f"{done} of {of} checks {then}"))
    if not found.findings:
        raise SampleError(
            "; ".join(f"{skipped.name} {skipped.reason}" for skipped in found.skipped),
            "give that, or choose other checks",
        )
    console.document(validation_document(Path(returns).name, name, sample.returns.size, settings, found))
    tried = f"{len(sample.names)} strategies" if sample.names else "one strategy"
    console.text(Text(f"{name} of {Path(returns).name}: {sample.returns.size} periods, {tried}"))
    console.text(_rendered(found))
    return ExitCode.YES if found.passed else ExitCode.NO


def _held(sample: str) -> Table:
    close = read_bars(sample).close
    return Table(sample, (sample,), (close[1:] / close[:-1] - 1)[:, None])


def _strategies(table: Table, *others: str) -> list[str]:
    names = [name for name in table.columns if name not in others]
    if not names:
        raise SettingError(f"{table.source} has no column of a strategy", "give one beside benchmark and costs")
    return names


def _sample(table: Table, strategy: str, benchmark: str, costs: str, trades: Path | None) -> Sample:
    names = _strategies(table, benchmark, costs)
    matrix = np.stack([table.column(name) for name in names], axis=1)
    sole = len(names) == 1
    with np.errstate(invalid="ignore"):  # what is not finite is refused below, by name
        best = int(np.nan_to_num(sharpe(matrix.T), nan=-np.inf).argmax())
    return sample_of(
        table.column(strategy) if strategy else matrix[:, best],
        None if sole else matrix,
        None if trades is None else read_returns(trades).column("return"),
        benchmark=table.column(benchmark) if benchmark else None,
        costs=table.column(costs) if costs else None,
        names=() if sole else names,
    )


def _rendered(found: Validation) -> RichTable:
    table = RichTable(box=None, pad_edge=False, show_header=False)
    for finding in found.findings:
        table.add_row("yes" if finding.passed else "no", finding.name, Text(finding.explanation))
    for skipped in found.skipped:
        table.add_row("-", skipped.name, skipped.reason)
    return table
