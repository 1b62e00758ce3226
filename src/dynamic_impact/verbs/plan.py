"""``dynamic impact plan``: who runs what, in which order, on how many runners."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, write_atomic
from dynamic_impact.asking import Asked, announce, answer, asking
from dynamic_impact.engine import Engine
from dynamic_impact.graph import Graph
from dynamic_impact.history import observations
from dynamic_impact.model import Observation, Selection
from dynamic_impact.options import read_options
from dynamic_impact.planning.advice import advice_on, advice_on_budget
from dynamic_impact.planning.budget import Chooser
from dynamic_impact.planning.document import command, plan_document
from dynamic_impact.planning.emit import EMITTERS
from dynamic_impact.planning.machine import cores, machine_class
from dynamic_impact.planning.model import Budget, Choice, Node, Plan, Runners
from dynamic_impact.planning.planner import Planner
from dynamic_impact.planning.recorded import read_setups
from dynamic_impact.planning.render import critical_line, makespan_line, shards_table, tries_table
from dynamic_impact.planning.spans import Span
from dynamic_impact.planning.tasks import Known, Need, tasks_of

_DEFAULT_FILE = "plan.json"
_SPAN = Span()
_NEED = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<amount>[1-9]\d*):(?P<pattern>.+)")
_WORK = (
    click.option(
        "--goal", "goals", multiple=True, metavar="GOAL", help="A goal of Pants; may be repeated.  [default: test]"
    ),
    click.option("--shards", type=click.IntRange(min=1), help="Part the work among so many runners.  [default: 1]"),
    click.option(
        "--budget", type=_SPAN, help="Take the runners that cost least and are done in this time, in half of the runs …"
    ),
    click.option("--p95", type=_SPAN, help="… and in this one, in 19 of 20.  [default: twice the budget]"),
    click.option(
        "--runner-cost", type=click.FloatRange(min=0), default=0.008, show_default=True, help="Of one runner, a minute."
    ),
    click.option("--whole-minutes", is_flag=True, help="Each runner is billed for full minutes."),
    click.option(
        "--startup", type=_SPAN, default="30s", show_default=True, help="From a runner's order to its first test."
    ),
    click.option(
        "--workers",
        type=click.IntRange(min=1),
        help="Tests that a runner runs at once.  [default: as many as cores here]",
    ),
    click.option("--max-runners", type=click.IntRange(min=1), default=256, show_default=True, help="The most to take."),
    click.option("--warm", is_flag=True, help="Runners have every third-party environment in their cache."),
    click.option(
        "--machine", default="", metavar="CLASS", help="Plan for this class of machine.  [default: this one's]"
    ),
    click.option(
        "--resource",
        "needs",
        multiple=True,
        metavar="NAME=N:PATTERN",
        help="What tests need, as 'GPU=1:src/kernels/*'.",
    ),
)


def _with_work(function: Any) -> Any:
    for option in reversed(_WORK):
        function = option(function)
    return function


@click.command("plan", epilog="Example:  ./dynamic impact plan --since HEAD~1 --shards 4")
@_with_work
@click.option("--emit", type=click.Choice(list(EMITTERS)), help="Print the shards for this build server instead.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the plan into this file, for 'impact run --plan'.",
)
@asking
def plan_command(
    asked: Asked,
    as_json: bool,
    emit: str | None,
    output: Path | None,
    shards: int | None,
    budget: float | None,
    p95: float | None,
    machine: str,
    **work: Any,
) -> ExitCode:
    """Part what the change can break among runners, by how long each test takes.

    Durations are those on record; setups, such as the building of a third-party environment, are counted once for each
    runner that needs them. Exit code 1: no number of runners holds the budget.
    """
    _refuse_what_does_not_fit(shards=shards, budget=budget, p95=p95, both=bool(emit and as_json), work=work)
    limits = None if budget is None else Budget(budget, 2 * budget if p95 is None else p95)
    console = Console(as_json=as_json)
    engine, selection, graph = answer(asked, console)
    announce(selection, console)
    planned_for = machine or machine_class()
    nodes = _tasks(engine, selection, graph, planned_for, work)
    plan, choice = _plan(nodes, _runners(work), shards or 1, limits)
    advice = tuple(advice_on_budget(choice, limits) if choice and limits else ()) + tuple(advice_on(plan, shards or 1))
    path = str(output or _DEFAULT_FILE)
    document = plan_document(selection, plan, planned_for, path, advice, choice, limits)
    if output is not None:
        write_atomic(output, json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n")
    if emit:
        console.text(Text(EMITTERS[emit](plan, path)))
    else:
        console.document(document)
        _show(plan, choice, output, console)
    for remark in advice:
        console.note(f"[yellow]note[/] {remark}")
    return ExitCode.NO if choice and not choice.holds else ExitCode.YES


def _refuse_what_does_not_fit(
    *, shards: int | None, budget: float | None, p95: float | None, both: bool, work: dict[str, Any]
) -> None:
    if shards and budget is not None:
        raise click.UsageError("--shards and --budget exclude each other: give one of them")
    if p95 is not None and budget is None:
        raise click.UsageError("--p95 goes with --budget")
    if budget == 0 or p95 == 0:
        raise click.UsageError("--budget and --p95 must be longer than nothing")
    if not math.isfinite(work["runner_cost"]):
        raise click.UsageError("--runner-cost must be a number")
    if both:
        raise click.UsageError("--emit and --json exclude each other: --output FILE writes the plan beside --emit")


def _failure(selection: Selection, past: Mapping[str, Sequence[Observation]]) -> dict[str, float]:
    """Return how likely each test is to fail; what failed last time comes first, whatever else is known of it."""
    likely = {address: found.p for address, found in selection.ranking.likelihoods.items()}
    last = {address: results[-1].outcome for address in likely if (results := past.get(address))}
    return {address: 1.0 if last.get(address) == "fail" else p for address, p in likely.items()}


def _tasks(engine: Engine, selection: Selection, graph: Graph, machine: str, work: dict[str, Any]) -> tuple[Node, ...]:
    past = observations(engine.build_root, engine.clock)
    known = Known(
        past=past,
        failure=_failure(selection, past),
        machine=machine,
        setups=None if work["warm"] else read_setups(engine.build_root),
        whole_locks=read_options(engine.build_root).whole_locks,
        needs=tuple(map(_need, work["needs"])),
    )
    return tasks_of(selection, graph, work["goals"] or ("test",), known)


def _runners(work: dict[str, Any]) -> Runners:
    return Runners(
        workers=work["workers"] or cores(),
        startup_s=work["startup"],
        cost_per_minute=work["runner_cost"],
        whole_minutes=work["whole_minutes"],
        most=work["max_runners"],
    )


def _need(text: str) -> Need:
    found = _NEED.fullmatch(text)
    if not found:
        raise click.UsageError(f"--resource {text!r} is not NAME=N:PATTERN, as in 'GPU=1:src/kernels/*'")
    return Need(found["name"], int(found["amount"]), found["pattern"])


def _plan(nodes: tuple[Node, ...], runners: Runners, shards: int, limits: Budget | None) -> tuple[Plan, Choice | None]:
    planner = Planner(nodes, runners)
    if limits is None or not planner.bundles:
        return planner.plan(shards), None
    choice = Chooser(planner, limits).choose()
    return choice.plan, choice


def _show(plan: Plan, choice: Choice | None, output: Path | None, console: Console) -> None:
    if not plan.shards:
        console.text("[green]nothing to run[/]: no target of these goals can break by this change")
        return
    if choice is not None:
        console.text(tries_table(choice))
        console.text()
    console.text(shards_table(plan))
    console.text(makespan_line(plan))
    console.text(critical_line(plan))
    if output is None:
        console.note(f"[dim]write it with --output {_DEFAULT_FILE}, and run a shard anywhere with:[/]")
    for index in range(1, len(plan.shards) + 1):
        console.text(Text(command(index, str(output or _DEFAULT_FILE))))
