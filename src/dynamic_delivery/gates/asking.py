"""What the commands of the gates are asked, and how they tell what is going on."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import click

from dynamic_base import Clock, Console, ExitCode, UsageError
from dynamic_delivery.gates.model import Gate, Report
from dynamic_delivery.gates.run import choose
from dynamic_delivery.gates.runner import Watch
from dynamic_delivery.gates.scope import Asked, Scoped, find_root, find_scope
from dynamic_delivery.gates.settings import NETWORK, NO, YES, read_settings
from dynamic_delivery.gates.table import GATES

_OPTIONS = (
    click.option("--only", metavar="NAME...", multiple=True, help="Run just these gates."),
    click.argument("more", nargs=-1, metavar=""),
    click.option(
        "--offline/--network",
        default=None,
        show_default="--offline, unless run.network says otherwise",
        help="Keep every tool off the network, or let those ask it that can.",
    ),
    click.option("--set", "given", metavar="GATE.KEY=VALUE", multiple=True, help="Lay this over ci/gates.toml."),
    click.option(
        "--workers",
        type=click.IntRange(1, 64),
        default=lambda: min(4, os.cpu_count() or 1),
        show_default="one a processor, at most 4",
        help="How many gates run at a time.",
    ),
    click.option("--pants", metavar="COMMAND", default="", help="The Pants to ask what the change affects."),
    click.option(
        "--repo",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=Path(),
        show_default="the current folder",
        help="A folder of the repository.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of either command (the fields are the options); ``offline`` is None where neither is said."""

    only: tuple[str, ...]
    offline: bool | None
    given: tuple[str, ...]
    workers: int
    pants: str
    repo: Path


def asking(function: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """Give a command the options that both have, and hand it the whole of them first."""

    @wraps(function)
    def command(
        *,
        only: tuple[str, ...],
        more: tuple[str, ...],
        offline: bool | None,
        given: tuple[str, ...],
        workers: int,
        pants: str,
        repo: Path,
        **rest: object,
    ) -> ExitCode:
        if more and not only:
            raise click.UsageError(f"unexpected argument {more[0]!r}: name gates after --only")
        return function(Wish((*only, *more), offline, given, workers, pants, repo), **rest)

    made = command
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


def prepare(
    wish: Wish, since: str, everything: bool, clock: Clock, console: Console
) -> tuple[tuple[Gate, ...], Scoped]:
    """Return the gates that are asked for, and what they look at.

    Raises
    ------
    UsageError : an unknown gate, setting or revision, or a folder that is no repository
    """
    gates = choose(GATES, wish.only)
    asked = Asked(wish.repo, since, everything, wish.pants)
    settings = read_settings(find_root(wish.repo), [gate.name for gate in GATES], wish.given)
    if wish.offline is not None:
        settings[NETWORK] = NO if wish.offline else YES

    def say(text: str) -> None:
        console.note(f"[dim]{text} …[/]")

    return gates, find_scope(asked, settings, clock, say)


@contextmanager
def progress(console: Console) -> Iterator[Watch]:
    """Give what tells a person which gates run, and what each came to."""
    running: list[str] = []
    with console.activity() as say:

        def began(name: str) -> None:
            running.append(name)
            say(f"running: {', '.join(running)}")

        def ended(report: Report) -> None:
            if report.gate in running:
                running.remove(report.gate)
            rest = f"; running: {', '.join(running)}" if running else ""
            say(f"{report.gate} {report.outcome} in {report.seconds:.1f} s{rest}")

        yield Watch(began, ended)


@contextmanager
def interruptible() -> Iterator[None]:
    """Take a polite kill as an interrupt: the programs that run are in sessions of their own, and must be ended."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def report_path(path: Path) -> None:
    """Refuse a file that cannot be written before minutes are spent on what it should hold.

    Raises
    ------
    UsageError : it is a folder or a device, or none can be written where it should stand
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "name a file")
    if path.exists() and not path.is_file():  # the file would take the place of the device itself
        raise UsageError(f"{path} is no regular file", "name another; --json prints the run")
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise UsageError(f"{path} cannot be written", "name a file in a folder of yours")
