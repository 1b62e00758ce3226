"""What every command of the impact engine is asked: which repository, which change, in which mode."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import click

from dynamic_base import Console, SystemClock
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from dynamic_impact.foretold import read_risk
from dynamic_impact.graph import Graph
from dynamic_impact.model import NO_LIMITS, Limits, Mode, Selection
from dynamic_impact.modes import MODES
from dynamic_impact.order import in_order
from dynamic_impact.pants import PantsProcess, find_build_root, find_command
from dynamic_impact.planning.spans import Span
from dynamic_impact.render import forecast, headline, remarks
from dynamic_impact.saved import SavedPants
from dynamic_impact.snapshot import setting_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
REPO = click.option(
    "--repo",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="the current folder",
    help="A folder of the Pants repository.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
DURATION = Span()
_QUESTION = (
    REPO,
    click.option("--since", metavar="REF", default="", help="Compare with the merge base of REF and HEAD."),
    click.option("--all", "everything", is_flag=True, help="Take everything as changed."),
    click.option(
        "--files", metavar="FILE...", multiple=True, help="Take just these as edited, named from the build root."
    ),
    click.argument("more", nargs=-1, metavar=""),
    click.option(
        "--mode",
        type=click.Choice([mode.value for mode in MODES]),
        default=Mode.SAFE.value,
        show_default=True,
        help="How much of what could break is taken.",
    ),
    click.option("--time-budget", type=DURATION, help="predictive: take no more test time than this, e.g. 5m."),
    click.option(
        "--recall",
        type=click.FloatRange(0, 1, min_open=True),
        help="predictive: the share of the failing tests to catch.  [default: 0.99, without a time budget]",
    ),
    click.option("--pants", metavar="COMMAND", default="", help="The Pants to start.  [default: ./pants, else PATH's]"),
    click.option("--graph", type=_FILE, help="Read the targets from this saved 'pants peek ::', and start no Pants."),
    click.option("--base-graph", type=_FILE, help="With --graph: the targets of the base."),
    click.option(
        "--risk", type=_FILE, help="Put the tests of risky files first: what './dynamic risk show --json' printed."
    ),
    JSON,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which repository, which change, in which mode, and whom to ask for the targets."""

    repo: Path
    question: Question
    mode: Mode
    pants: str
    graph: Path | None
    base_graph: Path | None
    limits: Limits = NO_LIMITS
    risk: Path | None = None


def asking_for(repo: Path, pants: str = "", graph: Path | None = None) -> Asked:
    """Return what a verb asks that takes no change, only a repository and whom to ask for its targets."""
    return Asked(repo, Question(everything=True), Mode.SAFE, pants, graph, None)


def asking(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that say what is asked, and hand it the whole of them first."""

    @wraps(function)
    def command(
        *,
        repo: Path,
        since: str,
        everything: bool,
        files: tuple[str, ...],
        more: tuple[str, ...],
        mode: str,
        pants: str,
        graph: Path | None,
        base_graph: Path | None,
        time_budget: float | None,
        recall: float | None,
        risk: Path | None,
        **rest: object,
    ) -> int:
        if more and not files:
            raise click.UsageError(f"unexpected argument {more[0]!r}: name files after --files")
        if sum(map(bool, (since, everything, files))) > 1:
            raise click.UsageError("--since, --all and --files exclude each other: give one of them")
        if base_graph is not None and graph is None:
            raise click.UsageError("--base-graph goes with --graph")
        limits = Limits(time_budget, recall)
        if limits != NO_LIMITS and mode != Mode.PREDICTIVE:
            raise click.UsageError("--time-budget and --recall go with --mode predictive")
        question = Question(since, everything, (*files, *more))
        return function(Asked(repo, question, Mode(mode), pants, graph, base_graph, limits, risk), **rest)

    for option in reversed(_QUESTION):
        command = option(command)
    return command


def engine_for(asked: Asked, console: Console) -> Engine:
    """Return the engine that answers ``asked``."""
    build_root = find_build_root(asked.repo)

    def say(text: str) -> None:
        console.note(f"[dim]{text} …[/]")

    if asked.graph is not None:
        saved = SavedPants(build_root, asked.graph, asked.base_graph)
        return Engine(asked.repo, saved, SystemClock(), saved.setting(), say)
    command = find_command(build_root, asked.pants)
    return Engine(asked.repo, PantsProcess(command), SystemClock(), setting_of(command), say)


def answer(asked: Asked, console: Console) -> tuple[Engine, Selection, Graph]:
    """Return what the change can break, as far as the mode takes it."""
    risk = read_risk(asked.risk) if asked.risk is not None else {}
    engine = engine_for(asked, console)
    selection, graph = engine.select(asked.question)
    selection = in_order(selection, graph, engine, asked.limits, risk=risk)
    return engine, MODES[asked.mode](selection, graph, engine), graph


def announce(selection: Selection, console: Console) -> None:
    """Tell a person what changed against what, what was widened, and what belongs to no target."""
    console.note(headline(selection))
    for remark in remarks(selection):
        console.note(remark)
    if selection.mode is Mode.PREDICTIVE:
        console.note(forecast(selection))
