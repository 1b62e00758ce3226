"""``dynamic run``: select, plan, run, record, and give one verdict."""

import click

from dynamic_base import Console, DynamicError, ExitCode
from dynamic_impact.asking import Asked, announce, answer, asking
from dynamic_impact.document import plan_document, run_document
from dynamic_impact.execute import Outcome, execute
from dynamic_impact.history import past_of, record
from dynamic_impact.plan import plan
from dynamic_impact.render import Progress, results_table, selection_table, verdict

_GOALS = ("test", "lint", "check")


@click.command("run", epilog="Example:  ./dynamic run --since HEAD~3 --goal test --goal lint")
@click.option(
    "--goal", "goals", multiple=True, type=click.Choice(_GOALS), help="What to run; may be repeated.  [default: test]"
)
@click.option("--fail-fast", is_flag=True, help="Start nothing more after a failure.")
@click.option("--dry-run", is_flag=True, help="Show what would run, and why.")
@asking
def run_command(asked: Asked, as_json: bool, goals: tuple[str, ...], fail_fast: bool, dry_run: bool) -> ExitCode:
    """Run just what the current change can break, and say why.

    The change is what this branch and the working tree add to the default branch; on a clean default branch, the last
    commit. Exit code: 0 all passed, 1 something failed, 2 wrong usage, 3 it could not be decided.
    """
    console = Console(as_json=as_json)
    engine, selection, graph = answer(asked, console)
    start = engine.clock.monotonic_s()
    announce(selection, console)
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
