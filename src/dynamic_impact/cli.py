"""``dynamic run`` and ``dynamic impact``: parse, call, render, return an exit code."""

from pathlib import Path

import click

from dynamic_base import Console, DynamicError, ExitCode, SystemClock, write_atomic
from dynamic_impact.changes import Question
from dynamic_impact.document import affected_document, plan_document, run_document, selection_document
from dynamic_impact.engine import Engine
from dynamic_impact.errors import UnknownTargetError
from dynamic_impact.execute import Outcome, execute
from dynamic_impact.graph import Graph
from dynamic_impact.history import past_of, record
from dynamic_impact.model import SCHEMA, Selection
from dynamic_impact.pants import PantsProcess, find_build_root, find_command
from dynamic_impact.picture import draw
from dynamic_impact.plan import plan
from dynamic_impact.render import Progress, explanation, headline, remarks, results_table, selection_table, verdict
from dynamic_impact.snapshot import setting_of

_GOALS = ("test", "lint", "check")


def _question_options(command: click.Command) -> click.Command:
    """Give ``command`` the options that say which repository and which change."""
    for option in reversed(
        (
            click.Option(
                ["--repo"],
                type=click.Path(path_type=Path),
                default=Path(),
                show_default="the current folder",
                help="A folder of the Pants repository.",
            ),
            click.Option(["--since"], metavar="REF", default="", help="Compare with the merge base of REF and HEAD."),
            click.Option(["--all", "everything"], is_flag=True, help="Take everything as changed."),
            click.Option(
                ["--pants"], metavar="COMMAND", default="", help="The Pants to start.  [default: ./pants, else PATH's]"
            ),
            click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document."),
        )
    ):
        command.params.insert(0, option)
    return command


def _engine(repo: Path, pants: str, console: Console) -> Engine:
    build_root = find_build_root(repo)
    command = find_command(build_root, pants)
    return Engine(
        repo, PantsProcess(command), SystemClock(), setting_of(command), lambda text: console.note(f"[dim]{text} …[/]")
    )


def _select(repo: Path, since: str, everything: bool, pants: str, console: Console) -> tuple[Engine, Selection, Graph]:
    if since and everything:
        raise click.UsageError("--since and --all exclude each other: give one of them")
    engine = _engine(repo, pants, console)
    selection, graph = engine.select(Question(since, everything))
    return engine, selection, graph


@click.command("run", epilog="Example:  ./dynamic run --since HEAD~3 --goal test --goal lint")
@click.option(
    "--goal", "goals", multiple=True, type=click.Choice(_GOALS), help="What to run; may be repeated.  [default: test]"
)
@click.option("--fail-fast", is_flag=True, help="Start nothing more after a failure.")
@click.option("--dry-run", is_flag=True, help="Show what would run, and why.")
def run_command(
    repo: Path,
    since: str,
    everything: bool,
    pants: str,
    as_json: bool,
    goals: tuple[str, ...],
    fail_fast: bool,
    dry_run: bool,
) -> ExitCode:
    """Run just what the current change can break, and say why.

    The change is what this branch and the working tree add to the default branch; on a clean default branch, the last
    commit. Exit code: 0 all passed, 1 something failed, 2 wrong usage, 3 it could not be decided.
    """
    console = Console(as_json=as_json)
    engine, selection, graph = _select(repo, since, everything, pants, console)
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
def select_command(repo: Path, since: str, everything: bool, pants: str, as_json: bool, svg: Path | None) -> ExitCode:
    """List what the change can break, tests first."""
    console = Console(as_json=as_json)
    _, selection, _ = _select(repo, since, everything, pants, console)
    console.note(headline(selection))
    for remark in remarks(selection):
        console.note(remark)
    if svg is not None:
        write_atomic(svg, draw(selection))
    console.document(selection_document(selection))
    console.text(selection_table(selection.affected))
    return ExitCode.YES


@impact_group.command("explain", epilog="Example:  ./dynamic impact explain --since HEAD~1 //README.md:docs")
@click.argument("target")
def explain_command(repo: Path, since: str, everything: bool, pants: str, as_json: bool, target: str) -> ExitCode:
    """Show the shortest path from the change to TARGET. Exit code 1: the change cannot break it."""
    console = Console(as_json=as_json)
    _, selection, graph = _select(repo, since, everything, pants, console)
    if target not in graph:
        raise UnknownTargetError(f"no target {target!r}", "list them with './pants list ::'")
    found = next((item for item in selection.affected if item.address == target), None)
    document = {
        "schema": SCHEMA,
        "affected": found is not None,
        "target": affected_document(found) if found else {"address": target},
    }
    console.document(document)
    console.text(explanation(found) if found else f"{target} cannot be broken by this change: no path leads to it")
    return ExitCode.YES if found else ExitCode.NO


for _command in (run_command, select_command, explain_command):
    _question_options(_command)
