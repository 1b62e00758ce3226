"""``dynamic run`` and ``dynamic impact``: parse, call, render, return an exit code."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import click

from dynamic_base import Console, DynamicError, ExitCode, SystemClock, write_atomic
from dynamic_impact.changes import Question
from dynamic_impact.document import affected_document, plan_document, run_document, selection_document
from dynamic_impact.engine import Engine
from dynamic_impact.errors import UnknownTargetError
from dynamic_impact.execute import Outcome, execute
from dynamic_impact.graph import Graph, causes_of, targets_of
from dynamic_impact.history import past_of, record
from dynamic_impact.model import SCHEMA, Selection
from dynamic_impact.pants import PantsProcess, find_build_root, find_command
from dynamic_impact.picture import draw
from dynamic_impact.plan import plan
from dynamic_impact.render import (
    Progress,
    absence,
    explanation,
    headline,
    remarks,
    results_table,
    selection_table,
    verdict,
)
from dynamic_impact.saved import SavedPants
from dynamic_impact.snapshot import setting_of

_GOALS = ("test", "lint", "check")


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_QUESTION = (
    click.option(
        "--repo",
        type=click.Path(path_type=Path),
        default=Path(),
        show_default="the current folder",
        help="A folder of the Pants repository.",
    ),
    click.option("--since", metavar="REF", default="", help="Compare with the merge base of REF and HEAD."),
    click.option("--all", "everything", is_flag=True, help="Take everything as changed."),
    click.option(
        "--files", metavar="FILE...", multiple=True, help="Take just these as edited, named from the build root."
    ),
    click.argument("more", nargs=-1, metavar=""),
    click.option("--pants", metavar="COMMAND", default="", help="The Pants to start.  [default: ./pants, else PATH's]"),
    click.option("--graph", type=_FILE, help="Read the targets from this saved 'pants peek ::', and start no Pants."),
    click.option("--base-graph", type=_FILE, help="With --graph: the targets of the base."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which repository, which change, and whom to ask for the targets."""

    repo: Path
    question: Question
    pants: str
    graph: Path | None
    base_graph: Path | None


def _asking(function: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """Give a command the options that say what is asked, and hand it the whole of them first."""

    @wraps(function)
    def command(
        *,
        repo: Path,
        since: str,
        everything: bool,
        files: tuple[str, ...],
        more: tuple[str, ...],
        pants: str,
        graph: Path | None,
        base_graph: Path | None,
        **rest: object,
    ) -> ExitCode:
        if more and not files:
            raise click.UsageError(f"unexpected argument {more[0]!r}: name files after --files")
        if sum(map(bool, (since, everything, files))) > 1:
            raise click.UsageError("--since, --all and --files exclude each other: give one of them")
        if base_graph is not None and graph is None:
            raise click.UsageError("--base-graph goes with --graph")
        return function(_Asked(repo, Question(since, everything, (*files, *more)), pants, graph, base_graph), **rest)

    for option in reversed(_QUESTION):
        command = option(command)
    return command


def _engine(asked: _Asked, console: Console) -> Engine:
    build_root = find_build_root(asked.repo)

    def say(text: str) -> None:
        console.note(f"[dim]{text} …[/]")

    if asked.graph is not None:
        saved = SavedPants(build_root, asked.graph, asked.base_graph)
        return Engine(asked.repo, saved, SystemClock(), saved.setting(), say)
    command = find_command(build_root, asked.pants)
    return Engine(asked.repo, PantsProcess(command), SystemClock(), setting_of(command), say)


def _select(asked: _Asked, console: Console) -> tuple[Engine, Selection, Graph]:
    engine = _engine(asked, console)
    selection, graph = engine.select(asked.question)
    return engine, selection, graph


@click.command("run", epilog="Example:  ./dynamic run --since HEAD~3 --goal test --goal lint")
@click.option(
    "--goal", "goals", multiple=True, type=click.Choice(_GOALS), help="What to run; may be repeated.  [default: test]"
)
@click.option("--fail-fast", is_flag=True, help="Start nothing more after a failure.")
@click.option("--dry-run", is_flag=True, help="Show what would run, and why.")
@_asking
def run_command(asked: _Asked, as_json: bool, goals: tuple[str, ...], fail_fast: bool, dry_run: bool) -> ExitCode:
    """Run just what the current change can break, and say why.

    The change is what this branch and the working tree add to the default branch; on a clean default branch, the last
    commit. Exit code: 0 all passed, 1 something failed, 2 wrong usage, 3 it could not be decided.
    """
    console = Console(as_json=as_json)
    engine, selection, graph = _select(asked, console)
    start = engine.clock.monotonic_s()
    console.note(headline(selection))
    for remark in remarks(selection):
        console.note(remark)
    past = {address: known for address, known in past_of(engine.build_root, engine.clock).items() if address in graph}
    work = plan(selection, goals or ("test",), past)
    if dry_run:
        console.document(plan_document(selection, work))
        console.text(selection_table(selection.affected))
        return ExitCode.YES
    with console.activity() as say:
        watcher = Progress(console, say, sum(len(task.addresses) for task in work.tasks if task.goal == "test"))
        results = execute(work, engine.pants, engine.build_root, watcher, fail_fast=fail_fast)
    seconds = engine.clock.monotonic_s() - start + sum(selection.seconds.values())
    try:
        record(engine.build_root, engine.clock, selection, results, seconds)
    except DynamicError as error:
        console.note(f"[yellow]this run was not recorded[/] ({error})")
    console.document(run_document(selection, work, results, seconds))
    if results:
        console.text(results_table(results, selection))
    console.text(verdict(selection, work, results, seconds))
    ends = {result.outcome for result in results}
    if Outcome.FAILED in ends:
        return ExitCode.NO
    if Outcome.NOT_RUN in ends:
        console.note(
            "[red]undecided[/]: Pants gave no result for the tests marked '-'; run './pants test' on one to see why"
        )
        return ExitCode.UNDECIDED
    return ExitCode.YES


@click.group("impact", epilog="Example:  ./dynamic impact select --since HEAD~1")
def impact_group() -> None:
    """Show what a change can break, and why."""


@impact_group.command("select", epilog="Example:  ./dynamic impact select --since HEAD~1 --json")
@click.option("--svg", type=click.Path(path_type=Path), help="Draw the affected part of the graph into this file.")
@_asking
def select_command(asked: _Asked, as_json: bool, svg: Path | None) -> ExitCode:
    """List what the change can break, tests first."""
    console = Console(as_json=as_json)
    _, selection, _ = _select(asked, console)
    console.note(headline(selection))
    for remark in remarks(selection):
        console.note(remark)
    if svg is not None:
        write_atomic(svg, draw(selection))
    console.document(selection_document(selection))
    console.text(selection_table(selection.affected))
    return ExitCode.YES


@impact_group.command("explain", epilog="Example:  ./dynamic impact explain //README.md:docs --since HEAD~1")
@click.argument("target")
@_asking
def explain_command(asked: _Asked, as_json: bool, target: str) -> ExitCode:
    """Show the shortest path from the change to TARGET. Exit code 1: the change cannot break it."""
    return _explain(asked, target, Console(as_json=as_json), wanted=True)


@impact_group.command("why-not", epilog="Example:  ./dynamic impact why-not //README.md:docs --since HEAD~1")
@click.argument("target")
@_asking
def why_not_command(asked: _Asked, as_json: bool, target: str) -> ExitCode:
    """Show why the change cannot break TARGET: what would have to change. Exit code 1: it can, by this path."""
    return _explain(asked, target, Console(as_json=as_json), wanted=False)


def _explain(asked: _Asked, target: str, console: Console, *, wanted: bool) -> ExitCode:
    _, selection, graph = _select(asked, console)
    if target not in targets_of(graph):
        raise UnknownTargetError(f"no target {target!r}", "list them with './pants list ::'")
    found = next((item for item in selection.affected if item.address == target), None)
    causes = causes_of(graph, target) if found is None else ()
    console.document(
        {
            "schema": SCHEMA,
            "affected": found is not None,
            "target": affected_document(found) if found else {"address": target, "causes": list(causes)},
        }
    )
    console.text(explanation(found) if found else absence(target, causes, selection))
    return ExitCode.YES if (found is not None) is wanted else ExitCode.NO
