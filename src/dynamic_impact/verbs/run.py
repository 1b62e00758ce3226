"""``dynamic run`` and ``dynamic impact run``: select and plan, or read a plan; run, record, and give one verdict."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from dynamic_base import Console, DynamicError, ExitCode
from dynamic_impact.asking import Asked, announce, answer, asking, engine_for
from dynamic_impact.document import plan_document, run_document, share_document
from dynamic_impact.engine import Engine
from dynamic_impact.errors import PantsFailedError
from dynamic_impact.execute import Call, Ended, Outcome, Place, Result, Rules, execute
from dynamic_impact.graph import targets_of
from dynamic_impact.history import past_of, record
from dynamic_impact.model import Selection
from dynamic_impact.pants import PantsProcess
from dynamic_impact.plan import Plan, plan
from dynamic_impact.planning.machine import machine_class
from dynamic_impact.render import Progress, results_table, selection_table, verdict
from dynamic_impact.running.dask import Cluster, execute_on
from dynamic_impact.running.planfile import Share, aside_of, calls_of, check_tree, read_share
from dynamic_impact.running.worker import Order
from dynamic_impact.verbs.worker import RESOURCE, amounts

PATIENCE_S = 30.0  # for a worker, or for one that has what a task needs

_GOALS = ("test", "lint", "check")
_FILE = click.Path(dir_okay=False, path_type=Path)

_OPTIONS = (
    click.option(
        "--goal",
        "goals",
        multiple=True,
        type=click.Choice(_GOALS),
        help="What to run; may be repeated.  [default: test]",
    ),
    click.option("--plan", "plan_file", type=_FILE, help="Run this plan, and select nothing."),
    click.option("--shard", type=click.IntRange(min=1), help="With --plan: run just this shard of it."),
    click.option("--any-tree", is_flag=True, help="With --plan: run it on other files than it was made for."),
    click.option("--fail-fast", is_flag=True, help="Stop at the first failure."),
    click.option(
        "--retries",
        type=click.IntRange(0, 10),
        default=0,
        show_default=True,
        help="How often a failed test is tried again; one that then passes is flaky.",
    ),
    click.option("--flaky-fails", is_flag=True, help="A flaky test makes the exit code 1."),
    click.option(
        "--pants-option",
        "pants_options",
        metavar="OPTION",
        multiple=True,
        help="Give Pants one more option, such as --pants-option=--remote-cache-read; may be repeated.",
    ),
    click.option(
        "--on",
        type=click.Choice(("local", "dask")),
        default="local",
        show_default=True,
        help="Run here, or on Dask's workers.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(1, 64),
        default=1,
        show_default=True,
        help="With --on dask: how many Pants work in this checkout at a time, each with a daemon of its own.",
    ),
    click.option("--scheduler", metavar="ADDRESS", default="", help="Run on the workers of this Dask scheduler."),
    RESOURCE,
    click.option("--dry-run", is_flag=True, help="Show what would run, and why."),
)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be run, and what is to be said of it.

    Parameters
    ----------
    head : what the JSON document starts with
    seconds : s, expected of each address, as far as known
    part : bool, it is from a plan file, which lies at ``aside`` in the work tree
    """

    selection: Selection
    plan: Plan
    calls: tuple[Call, ...]
    head: Mapping[str, Any]
    sources: Mapping[str, Sequence[str]]
    seconds: Mapping[str, float]
    part: bool = False
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a run beside the question (the fields are the command's options)."""

    goals: tuple[str, ...]
    plan_file: Path | None
    shard: int | None
    any_tree: bool
    fail_fast: bool
    retries: int
    flaky_fails: bool
    pants_options: tuple[str, ...]
    on: str
    workers: int
    scheduler: str
    resources: tuple[str, ...]
    dry_run: bool

    @property
    def cluster(self) -> Cluster | None:
        """Return the workers to use, or None to run here."""
        if self.on == "local" and not self.scheduler:
            return None
        return Cluster(self.scheduler, self.workers, amounts(self.resources), PATIENCE_S)


def _running(function: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """Give a command the options of a run."""
    command = function
    for option in reversed(_OPTIONS):
        command = option(command)
    return asking(command)  # type: ignore[return-value]  # an ExitCode is an int


@click.command("run", epilog="Example:  ./dynamic run --since HEAD~3 --goal test --goal lint")
@_running
def run_command(asked: Asked, as_json: bool, **wishes: Any) -> ExitCode:
    """Run just what the current change can break, and say why.

    The change is what this branch and the working tree add to the default branch; on a clean default branch, the last
    commit. Exit code: 0 all passed, 1 something failed, 2 wrong usage, 3 it could not be decided.
    """
    return _run(asked, Wish(**wishes), Console(as_json=as_json))


@click.command("run", epilog="Example:  ./dynamic impact run --since HEAD~1 --retries 1")
@_running
def run_verb(asked: Asked, as_json: bool, **wishes: Any) -> ExitCode:
    """Run what the change can break, or one shard of a plan, and give one verdict.

    Exit code: 0 all passed (a flaky test is a warning), 1 something failed, 2 wrong usage, 3 it could not be decided.
    """
    return _run(asked, Wish(**wishes), Console(as_json=as_json))


def _run(asked: Asked, wish: Wish, console: Console) -> ExitCode:
    _check(asked, wish)
    if wish.plan_file is None:
        engine, work, start = _selected(asked, wish, console)
    else:
        engine = engine_for(asked, console)
        start = engine.clock.monotonic_s()
        work = _planned(engine, read_share(wish.plan_file, wish.shard or 0), wish, console)
    if wish.dry_run:
        console.document(work.head)
        console.text(selection_table(work.selection.affected))
        return ExitCode.YES
    ended = _execute(engine, asked, work, wish, console)
    seconds = engine.clock.monotonic_s() - start + sum(work.selection.seconds.values())
    return _tell(engine, work, wish, ended, seconds, console)


def _check(asked: Asked, wish: Wish) -> None:
    if wish.plan_file is None and (wish.shard or wish.any_tree):
        raise click.UsageError("--shard and --any-tree go with --plan")
    if wish.cluster is None and (wish.workers > 1 or wish.resources):
        raise click.UsageError("--workers and --resource go with --on dask")
    if wish.scheduler and (wish.workers > 1 or wish.resources):
        raise click.UsageError("--workers and --resource are the business of those who started the cluster")
    question = asked.question
    if wish.plan_file is not None and (question.since or question.everything or question.files or wish.goals):
        raise click.UsageError("--plan already says what to run: leave out --since, --all, --files and --goal")


def _selected(asked: Asked, wish: Wish, console: Console) -> tuple[Engine, Work, float]:
    engine, selection, graph = answer(asked, console)
    start = engine.clock.monotonic_s()
    announce(selection, console)
    past = {address: known for address, known in past_of(engine.build_root, engine.clock).items() if address in graph}
    made = plan(selection, wish.goals or ("test",), past)
    calls = tuple(Call(task.goal, task.addresses) for task in made.tasks)
    sources = {address: target.sources for address, target in targets_of(graph).items() if target.is_test}
    seconds = {address: known.seconds for address, known in past.items()}
    return engine, Work(selection, made, calls, plan_document(selection, made), sources, seconds), start


def _planned(engine: Engine, share: Share, wish: Wish, console: Console) -> Work:
    if not wish.any_tree and (remark := check_tree(share, engine.git)):
        console.note(f"[yellow]{remark}[/]")
    where = f"shard {share.shard} of {share.of}" if share.shard else "the whole plan"
    console.note(f"{where}: {len(share.tasks)} tasks, about {share.expected_s:.1f} s of work")
    made = Plan((), share.expected_s, share.expected_s, len(share.tasks))
    aside = aside_of(share, engine.git)
    seconds = {task.subject: task.p50_s for task in share.tasks if task.goal == "test"}
    return Work(
        share.selection, made, calls_of(share.tasks), share_document(share), {}, seconds, part=True, aside=aside
    )


def _execute(engine: Engine, asked: Asked, work: Work, wish: Wish, console: Console) -> Ended:
    if not work.calls:
        return Ended(())
    if not isinstance(engine.pants, PantsProcess):
        raise PantsFailedError(f"a saved graph cannot {work.calls[0].goal}", "leave --graph out, or only select")
    rules = Rules(wish.retries, wish.fail_fast)
    with console.activity() as say:
        watcher = Progress(console, say, sum(len(call.addresses) for call in work.calls if call.goal == "test"))
        if wish.cluster is None:
            place = Place(engine.build_root, engine.pants, watcher, wish.pants_options, sources=work.sources)
            return execute(work.calls, place, rules)
        # Workers in this checkout have its files; others say which ones they have.
        tree = work.selection.change.head_tree if wish.scheduler and not wish.any_tree else ""
        order = Order(
            "", 0, work.calls[0], rules, str(engine.build_root), tree, asked.pants, wish.pants_options, work.aside
        )
        return execute_on(wish.cluster, work.calls, order, work.seconds, watcher, engine.clock, console.note)


def _tell(engine: Engine, work: Work, wish: Wish, ended: Ended, seconds: float, console: Console) -> ExitCode:
    """Record what came of it, print it, and return the exit code."""
    results = ended.results
    if ended.error is not None and all(result.outcome is Outcome.NOT_RUN for result in results):
        raise ended.error
    try:
        record(engine.build_root, engine.clock, work.selection, results, seconds, machine=machine_class())
    except DynamicError as error:
        console.note(f"[yellow]this run was not recorded[/] ({error})")
    code = _code(ended, wish)
    executor = (
        {"kind": "local"} if wish.cluster is None else {"kind": "dask", "scheduler": wish.scheduler or "embedded"}
    )
    console.document(run_document(work.head, results, seconds, executor, ok=code is ExitCode.YES))
    if results:
        console.text(results_table(results, work.selection))
    console.text(verdict(work.selection, work.plan, results, seconds, part=work.part))
    _warn(results, wish, console)
    if ended.interrupted:
        raise KeyboardInterrupt
    if ended.error is not None:
        raise ended.error
    return code


def _code(ended: Ended, wish: Wish) -> ExitCode:
    ends = {result.outcome for result in ended.results}
    if not ended.is_whole:
        return ExitCode.INTERRUPTED if ended.interrupted else ExitCode.UNDECIDED
    if Outcome.FAILED in ends or (wish.flaky_fails and Outcome.FLAKY in ends):
        return ExitCode.NO
    return ExitCode.UNDECIDED if Outcome.NOT_RUN in ends else ExitCode.YES


def _warn(results: Sequence[Result], wish: Wish, console: Console) -> None:
    count = sum(result.outcome is Outcome.FLAKY for result in results)
    if count:
        said = "which --flaky-fails forbids" if wish.flaky_fails else "make it an error with --flaky-fails"
        console.note(f"[yellow]{count} flaky[/]: failed, then passed on the same files; {said}")
    if any(result.outcome is Outcome.NOT_RUN and not result.source for result in results) and not any(
        result.outcome is Outcome.FAILED for result in results
    ):
        console.note(
            "[red]undecided[/]: Pants gave no result for the tests marked '-'; run './pants test' on one to see why"
        )
