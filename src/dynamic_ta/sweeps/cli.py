"""``backtest sweep``: every parameter set of a strategy, or a sample of them; see docs/products/sweeps.md."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock, UsageError, repository_root, state_folder
from dynamic_ta.strategies import find_strategy
from dynamic_ta.sweeps.document import Swept, sweep_document
from dynamic_ta.sweeps.executors import EXECUTORS, Options
from dynamic_ta.sweeps.job import assets_of, job_of, map_of, perform, space_of
from dynamic_ta.sweeps.output import check_output, write_columns
from dynamic_ta.sweeps.pace import pace
from dynamic_ta.sweeps.reduce import Goal
from dynamic_ta.sweeps.render import headline, split_summary, split_table, top_table
from dynamic_ta.sweeps.run import Progress, silent
from dynamic_ta.sweeps.spaces import SAMPLERS, Search
from dynamic_ta.sweeps.splits import SPLITS
from dynamic_ta.sweeps.strategies import Engine, StrategyTrials

_SHORT = 16


@click.command("sweep", epilog="Example: ./dynamic backtest sweep sma-cross sp500 --space sobol --n 200 --top 5")
@click.argument("strategy")
@click.argument("data", nargs=-1, required=True)
@click.option("--axis", "axes", multiple=True, metavar="NAME=VALUES", help="2:50:4, 1,2,5, 0.1:10:log5 or 0.5..3.")
@click.option("--where", "rules", multiple=True, metavar="'A < B'", help="What the parameters must satisfy.")
@click.option("--space", default="grid", show_default=True, type=click.Choice([row.name for row in SAMPLERS]))
@click.option("--n", default=256, show_default=True, help="Points of random or sobol.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Of random or sobol.")
@click.option("--executor", default="local", show_default=True, type=click.Choice([row.name for row in EXECUTORS]))
@click.option("--device", default="", help="For local: a device of './dynamic devices'.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="For dask: of a cluster.  [default: workers here]")
@click.option("--workers", default=0, type=click.IntRange(min=0), help="For dask: workers here.  [default: one a core]")
@click.option("--engine", default="opencl", show_default=True, type=click.Choice([one.value for one in Engine]))
@click.option("--resume/--fresh", default=True, show_default=True, help="Go on with what was finished, or forget it.")
@click.option("--journal", type=click.Path(path_type=Path, file_okay=False), help="[default: .dynamic/sweeps/DIGEST]")
@click.option(
    "--split",
    default="",
    metavar="NAME:NUMBERS",
    help=f"Choose on some bars, judge on others: {', '.join(row.form for row in SPLITS)}.",
)
@click.option("--best", default="sharpe", show_default=True, metavar="STATISTIC", help="What is better by.")
@click.option("--least", is_flag=True, help="Less of it is better.")
@click.option("--top", default=10, show_default=True, type=click.IntRange(min=0), help="Print the best N variants.")
@click.option("--map", "heat", default="", metavar="X:Y", help="In --json, the best for each pair of two parameters.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write every variant: .csv or .parquet.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def sweep_command(
    strategy: str,
    data: tuple[str, ...],
    axes: tuple[str, ...],
    rules: tuple[str, ...],
    space: str,
    n: int,
    seed: int,
    executor: str,
    device: str,
    scheduler: str,
    workers: int,
    engine: str,
    resume: bool,
    journal: Path | None,
    split: str,
    best: str,
    least: bool,
    top: int,
    heat: str,
    out: Path | None,
    as_json: bool,
) -> ExitCode:
    """Try the parameter sets of STRATEGY on DATA.

    STRATEGY is a .toml file or the name of an example. DATA is one or more .csv, .csv.gz or .parquet files of bars, or
    samples: sp500, nasdaq. Each parameter takes the range of the strategy's file, unless --axis says another. A sweep
    that was killed goes on where it was when the same command is given again.
    """
    console = Console(as_json=as_json)
    made = find_strategy(strategy)
    sampler = next(row for row in SAMPLERS if row.name == space)
    counted = (n, seed) if sampler.counts else (0, 0)
    search = Search(space_of(made, axes, rules), sampler, *counted)
    trials = StrategyTrials(made, assets_of(data), made.account, Engine(engine))
    job = job_of(trials, search, Goal(best, not least), split)
    if out is not None:
        check_output(out, job.points.names, job.evaluator.statistics)

    def note(text: str) -> None:
        console.note(Text(text))

    with _progress(console) as progress:
        swept, columns = perform(
            job,
            executor,
            next(row for row in EXECUTORS if row.name == executor).make(Options(device, scheduler, workers, note)),
            journal or _state() / "sweeps" / job.digest[:_SHORT],
            fresh=not resume,
            top=top,
            heat=map_of(heat, job),
            whole=out is not None,
            progress=progress,
            note=note,
        )
    if out is not None:
        write_columns(swept.variants, columns, out)
    console.document(sweep_document(swept))
    _tell(console, swept)
    return ExitCode.YES


def _tell(console: Console, swept: Swept) -> None:
    console.text(Text(headline(swept)))
    if swept.judged is None:
        console.text(top_table(swept))
        return
    for name, found in swept.judged.items():
        console.text(split_table(found, swept.variants.points, swept.goal))
        console.text(Text(split_summary(name, found, swept.goal)))


def _state() -> Path:
    try:
        return state_folder(repository_root(Path.cwd()))
    except UsageError:  # nothing here needs a repository
        return state_folder(Path.cwd())


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    if not console.progress.is_terminal:
        yield silent
        return
    say: Callable[[str], None]
    with console.activity() as say:
        yield pace(say, SystemClock())
