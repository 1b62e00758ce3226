"""``backtest sweep``: every parameter set of a strategy, or a sample of them; see docs/products/dynamic_ta.md."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock, UsageError, repository_root, state_folder
from dynamic_ta.data import Bars, read_bars
from dynamic_ta.strategies import Strategy, find_strategy
from dynamic_ta.sweeps.document import Swept, sweep_document
from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.executors import EXECUTORS, Options
from dynamic_ta.sweeps.journal import open_journal
from dynamic_ta.sweeps.model import BarRange, Points, Variants, sweep_digest
from dynamic_ta.sweeps.out_of_sample import out_of_sample, train_variants
from dynamic_ta.sweeps.output import check_output, write_columns
from dynamic_ta.sweeps.pace import pace
from dynamic_ta.sweeps.reduce import Columns, Goal, HeatMap, TopK
from dynamic_ta.sweeps.render import headline, top_table, walk_summary, walk_table
from dynamic_ta.sweeps.run import Progress, Sink, run_sweep, silent
from dynamic_ta.sweeps.spaces import SAMPLERS, Axis, Search, Space, axis_of, constraint_of
from dynamic_ta.sweeps.splits import Scheme, walk_forward
from dynamic_ta.sweeps.strategies import Engine, StrategyTrials, axis_of_setting, longest_warm_up

_SHORT = 16


@click.command("sweep", epilog="Example: ./dynamic backtest sweep sma-cross sp500 --space sobol --n 200 --top 5")
@click.argument("strategy")
@click.argument("data", nargs=-1, required=True)
@click.option("--axis", "axes", multiple=True, metavar="NAME=VALUES", help="2:50:4, 1,2,5, 0.1:10:log5 or 0.5..3.")
@click.option("--where", "rules", multiple=True, metavar="'A < B'", help="What the parameters must satisfy.")
@click.option("--space", default="grid", show_default=True, type=click.Choice([row.name for row in SAMPLERS]))
@click.option("--n", default=256, show_default=True, help="Points of random or sobol.")
@click.option("--seed", default=0, show_default=True, help="Of random or sobol.")
@click.option("--executor", default="local", show_default=True, type=click.Choice([row.name for row in EXECUTORS]))
@click.option("--device", default="", help="For local: a device of './dynamic devices'.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="For dask: of a cluster.  [default: workers here]")
@click.option("--workers", default=0, help="For dask: workers here.  [default: one a core]")
@click.option("--engine", default="opencl", show_default=True, type=click.Choice([one.value for one in Engine]))
@click.option("--resume/--fresh", default=True, show_default=True, help="Go on with what was finished, or forget it.")
@click.option("--journal", type=click.Path(path_type=Path, file_okay=False), help="[default: .dynamic/sweeps/DIGEST]")
@click.option(
    "--walk-forward", "walk", default="", metavar="TRAIN:TEST[:GAP]", help="Choose on some bars, judge on the next."
)
@click.option("--anchored", is_flag=True, help="Of a walk-forward: choose on all bars so far.")
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
    walk: str,
    anchored: bool,
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
    search = Search(Space(_axes(made, axes), tuple(map(constraint_of, rules))), sampler, *counted)
    points = search.points()
    warm_up = longest_warm_up(made, points)
    assets = _assets(data)
    trials = StrategyTrials(made, assets, made.account, Engine(engine))
    evaluator = trials.evaluator()
    goal = Goal(best, not least)
    goal.column(evaluator.statistics)
    schemes = {name: _walk(walk, bars, anchored=anchored) for name, bars in assets.items()} if walk else {}
    variants = train_variants(points, schemes, warm_up) if schemes else _whole(points, assets)
    if out is not None:
        check_output(out, points.names, evaluator.statistics)
    execute = next(row for row in EXECUTORS if row.name == executor).make(
        Options(device, scheduler, workers, lambda text: console.note(Text(text)))
    )
    digest = sweep_digest(evaluator, variants)
    folder = journal or _state() / "sweeps" / digest[:_SHORT]
    best_rows = TopK(goal, evaluator.statistics, top)
    map_of = _map(heat, goal, evaluator.statistics, points)
    columns = Columns(len(variants), evaluator.statistics) if schemes or out is not None else None
    sinks: list[Sink] = [sink for sink in (best_rows, map_of, columns) if sink is not None]
    with (
        open_journal(folder, evaluator, variants, fresh=not resume) as kept,
        _progress(console) as progress,
    ):
        if kept.set_aside:
            console.note(Text(f"{kept.set_aside} torn lines of {kept.path} were set aside; their rows are done again"))
        evaluated = run_sweep(evaluator, variants, execute, sinks, kept, progress)
        walked = (
            out_of_sample(columns, evaluator, trials.equity_of, points, schemes, goal, execute, warm_up)
            if schemes and columns is not None
            else None
        )
    swept = Swept(
        strategy=made.name,
        strategy_digest=made.digest,
        assets=assets,
        search=search,
        variants=variants,
        statistics=evaluator.statistics,
        goal=goal,
        executor=executor,
        digest=digest,
        journal=folder,
        evaluated=evaluated,
        top=best_rows.rows(),
        heat=map_of,
        walked=walked,
    )
    if out is not None and columns is not None:
        write_columns(variants, columns, out)
    console.document(sweep_document(swept))
    _tell(console, swept)
    return ExitCode.YES


def _tell(console: Console, swept: Swept) -> None:
    console.text(Text(headline(swept)))
    if swept.walked is None:
        console.text(top_table(swept))
        return
    for name, found in swept.walked.items():
        console.text(walk_table(found, swept.variants.points, swept.goal))
        console.text(Text(walk_summary(name, found, swept.goal)))


def _axes(strategy: Strategy, given: Sequence[str]) -> tuple[Axis, ...]:
    """Return the axes that are given, and those of the strategy's own ranges."""
    named: dict[str, Axis] = {}
    for text in given:
        name, _, values = text.partition("=")
        axis_of_setting(strategy, name)
        if name in named:
            raise SweepInputError(f"--axis {name} is given twice", "give each parameter once")
        named[name] = axis_of(name, values)
    own = ((each.name, axis_of_setting(strategy, each.name)) for each in strategy.settings if each.name not in named)
    axes = {**named, **{name: axis for name, axis in own if axis is not None}}
    return tuple(axes[each.name] for each in strategy.settings if each.name in axes)


def _assets(data: Sequence[str]) -> dict[str, Bars]:
    assets: dict[str, Bars] = {}
    for source in data:
        bars = read_bars(source)
        if bars.name in assets:
            raise SweepInputError(f"two files of bars are called {bars.name}", "rename one of them")
        assets[bars.name] = bars
    return assets


def _walk(text: str, bars: Bars, *, anchored: bool) -> Scheme:
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdecimal() for part in parts):
        raise SweepInputError(f"--walk-forward {text}", "write it like 1000:250 or 1000:250:5, in bars")
    return walk_forward(bars.n_bars, *map(int, parts), anchored=anchored)


def _whole(points: Points, assets: dict[str, Bars]) -> Variants:
    return Variants(points, tuple((name, BarRange(0, 0, bars.n_bars)) for name, bars in assets.items()))


def _map(text: str, goal: Goal, statistics: tuple[str, ...], points: Points) -> HeatMap | None:
    if not text:
        return None
    x, _, y = text.partition(":")
    return HeatMap(goal, statistics, points, x, y)


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
