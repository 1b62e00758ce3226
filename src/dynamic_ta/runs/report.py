"""A run on one page, beside the one that it is to replace, and on the map of two of its parameters."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from dynamic_base import UsageError
from dynamic_base import run as run_program
from dynamic_ta import report
from dynamic_ta.runs.run import Run
from dynamic_ta.strategies import Strategy, find_strategy, parse_strategy
from dynamic_ta.sweeps.executors import Options
from dynamic_ta.sweeps.executors.local import LOCAL
from dynamic_ta.sweeps.job import job_of
from dynamic_ta.sweeps.reduce import Goal, HeatMap
from dynamic_ta.sweeps.run import Progress, run_sweep
from dynamic_ta.sweeps.spaces import SAMPLERS, Listed, Search, Space
from dynamic_ta.sweeps.strategies import StrategyTrials, axis_of_setting
from dynamic_ta.validation import Settings, Validation, validate

_GRID = next(row for row in SAMPLERS if row.name == "grid")


def page_of(
    run: Run, released: Run | None, heat: report.HeatMap | None, validation: Validation | None, window: int
) -> bytes:
    """Return one HTML file, see ``dynamic_ta.report.page``. Raises ReportError."""
    other = None if released is None else _shown(released, f"{released.strategy.name}, released")
    return report.page(_shown(run, run.strategy.name), other, heat, validation, window)


def validation_of(run: Run, say: Callable[[str], None]) -> Validation:
    """Return what the statistical checks say of the run's returns, with holding the instrument as their benchmark.

    How many variants were tried before this one is not known here, so the checks for it are left out.

    Raises
    ------
    SampleError : too few bars, or no trade
    """
    account = run.strategy.account
    closed = [trade for trade in run.simulation.trades if not trade.open]
    deals = [trade.net / (trade.quantity * trade.entry_price) for trade in closed]
    worth = run.simulation.equity
    return validate(
        worth[1:] / worth[:-1] - 1,
        trades=deals if len(deals) > 1 else None,
        settings=Settings(periods_per_year=account.periods_per_year),
        benchmark=run.bars.close[1:] / run.bars.close[:-1] - 1,
        progress=lambda done, of, name: say(f"validation: {done} of {of} {name}"),
    )


def find_released(wanted: str) -> Strategy:
    """Return the strategy of ``REVISION:PATH`` in git, else that of a file or an example.

    Raises
    ------
    UsageError : git knows no such revision or path
    StrategyError : the file makes no strategy
    """
    if ":" not in wanted or Path(wanted).exists():
        return find_strategy(wanted)
    shown = run_program(["git", "show", "--end-of-options", wanted], cwd=Path.cwd())
    if shown.exit_code:
        said = shown.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(f"git has no {wanted} ({said[0] if said else 'it says nothing'})", "give REVISION:PATH")
    return parse_strategy(shown.stdout, wanted)


def heat_map(
    run: Run, x: str, y: str, statistic: str, device: str, note: Callable[[str], None], progress: Progress
) -> report.HeatMap:
    """Return ``statistic`` over the ranges of two parameters, the others as in ``run``, computed on a device.

    Raises
    ------
    UsageError : a parameter that the strategy does not have, or that has no range
    SweepInputError : an unknown statistic, or a range without values
    EngineError : the device has no float64, no room, or failed
    """
    settings = {each.name: each for each in run.strategy.settings}
    for name in (x, y):
        if name not in settings or settings[name].least is None:
            known = ", ".join(each.name for each in settings.values() if each.least is not None)
            raise UsageError(f"{run.strategy.name} has no range of {name!r}", f"give two of {known or 'none'}")
    ranged = [axis_of_setting(run.strategy, name) for name in (x, y)]
    fixed = [Listed(name, (value,)) for name, value in run.parameters.items() if name not in (x, y)]
    search = Search(Space((*[axis for axis in ranged if axis is not None], *fixed), ()), _GRID, 0, 0)
    trials = StrategyTrials(run.strategy, {run.bars.name: run.bars}, run.strategy.account)
    job = job_of(trials, search, Goal(statistic, more=True), "")
    found = HeatMap(job.goal, job.evaluator.statistics, job.points, x, y)
    run_sweep(job.evaluator, job.variants, LOCAL.make(Options(device, "", 0, note)), [found], None, progress)
    chosen = (float(run.parameters[x]), float(run.parameters[y]))
    x_values, y_values = tuple(found.x.tolist()), tuple(found.y.tolist())
    return report.HeatMap(x, y, statistic, x_values, y_values, np.asarray(found.best), chosen)


def _shown(run: Run, label: str) -> report.Run:
    account = run.strategy.account
    terms = [(name, f"{value:g}") for name, value in run.parameters.items()]
    terms += [(name, str(value)) for name, value in asdict(account).items() if value is not None]
    terms.append(("strategy's sha256", run.strategy.digest))
    return report.Run(label, run.bars, run.simulation, account.initial_cash, account.periods_per_year, tuple(terms))
