"""From the words of a command to a sweep, and from its rows to what is told of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamic_ta.data import Bars, read_bars
from dynamic_ta.strategies import Strategy
from dynamic_ta.sweeps.document import Swept
from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.executors import Execute
from dynamic_ta.sweeps.journal import open_journal
from dynamic_ta.sweeps.model import BarRange, Evaluator, Points, Variants, sweep_digest
from dynamic_ta.sweeps.out_of_sample import OutOfSample, out_of_sample, train_variants
from dynamic_ta.sweeps.reduce import Columns, Goal, HeatMap, TopK
from dynamic_ta.sweeps.run import Progress, Sink, run_sweep
from dynamic_ta.sweeps.spaces import Axis, Search, Space, axis_of, constraint_of
from dynamic_ta.sweeps.splits import Scheme, scheme_of
from dynamic_ta.sweeps.strategies import StrategyTrials, axis_of_setting, longest_warm_up


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A sweep that can be run: everything was checked.

    Parameters
    ----------
    split : as it was asked for; "" for none
    schemes : by asset; empty without a split
    warm_up : bars, the longest of all points
    """

    trials: StrategyTrials
    evaluator: Evaluator
    search: Search
    points: Points
    goal: Goal
    split: str
    schemes: Mapping[str, Scheme]
    warm_up: int

    @property
    def variants(self) -> Variants:
        """Every point on all bars of each asset, or on the train spans."""
        if self.schemes:
            return train_variants(self.points, self.schemes, self.warm_up)
        assets = self.trials.assets.items()
        return Variants(self.points, tuple((name, BarRange(0, 0, bars.n_bars)) for name, bars in assets))

    @property
    def digest(self) -> str:
        return sweep_digest(self.evaluator, self.variants)


def job_of(trials: StrategyTrials, search: Search, goal: Goal, split: str) -> Job:
    """Return the sweep of ``search``.

    Parameters
    ----------
    split : as ``splits.scheme_of`` takes it, or "" for none

    Raises
    ------
    SweepInputError : no point, an unknown statistic, spans that do not fit
    StrategyError : a point that the strategy refuses
    """
    evaluator = trials.evaluator()
    goal.column(evaluator.statistics)
    points = search.points()
    warm_up = longest_warm_up(trials.strategy, points)
    schemes = {name: scheme_of(split, bars.n_bars) for name, bars in trials.assets.items()} if split else {}
    return Job(trials, evaluator, search, points, goal, split, schemes, warm_up)


def perform(
    job: Job,
    executor: str,
    execute: Execute,
    folder: Path,
    *,
    fresh: bool,
    top: int,
    heat: HeatMap | None,
    whole: bool,
    progress: Progress,
    note: Callable[[str], None],
) -> tuple[Swept, Columns]:
    """Run what the journal in ``folder`` lacks.

    Parameters
    ----------
    executor : the name of ``execute``
    top : how many of the best are kept
    whole : keep every row; else the columns are empty, unless a split needs them
    """
    variants, statistics = job.variants, job.evaluator.statistics
    best = TopK(job.goal, statistics, top)
    keeps = whole or bool(job.schemes)
    columns = Columns(len(variants) if keeps else 0, statistics)
    sinks: list[Sink] = [best, *([columns] if keeps else []), *([heat] if heat else [])]
    with open_journal(folder, job.evaluator, variants, fresh=fresh) as journal:
        if journal.set_aside:
            note(f"{journal.set_aside} torn lines of {journal.path} were set aside; their rows are done again")
        evaluated = run_sweep(job.evaluator, variants, execute, sinks, journal, progress)
        judged = _judged(job, columns, execute) if job.schemes else None
    return (
        Swept(
            strategy=job.trials.strategy.name,
            strategy_digest=job.trials.strategy.digest,
            assets=job.trials.assets,
            search=job.search,
            variants=variants,
            statistics=statistics,
            goal=job.goal,
            executor=executor,
            digest=job.digest,
            evaluated=evaluated,
            top=best.rows(),
            heat=heat,
            split=job.split,
            judged=judged,
        ),
        columns,
    )


def _judged(job: Job, trained: Columns, execute: Execute) -> dict[str, OutOfSample]:
    return out_of_sample(
        trained, job.evaluator, job.trials.equity_of, job.points, job.schemes, job.goal, execute, job.warm_up
    )


def space_of(strategy: Strategy, axes: Sequence[str], rules: Sequence[str]) -> Space:
    """Return the axes ``NAME=VALUES`` and those of the strategy's own ranges, with the constraints ``rules``."""
    named: dict[str, Axis] = {}
    for text in axes:
        name, _, values = text.partition("=")
        axis_of_setting(strategy, name)
        if name in named:
            raise SweepInputError(f"--axis {name} is given twice", "give each parameter once")
        named[name] = axis_of(name, values)
    found = [named.get(each.name) or axis_of_setting(strategy, each.name) for each in strategy.settings]
    return Space(tuple(axis for axis in found if axis is not None), tuple(map(constraint_of, rules)))


def assets_of(data: Sequence[str]) -> dict[str, Bars]:
    """Return the bars of files and samples, by their names."""
    assets: dict[str, Bars] = {}
    for source in data:
        bars = read_bars(source)
        if bars.name in assets:
            raise SweepInputError(f"two files of bars are called {bars.name}", "rename one of them")
        assets[bars.name] = bars
    return assets


def map_of(text: str, job: Job) -> HeatMap | None:
    """Return the map of ``X:Y``; None for ""."""
    if not text:
        return None
    x, _, y = text.partition(":")
    return HeatMap(job.goal, job.evaluator.statistics, job.points, x, y)
