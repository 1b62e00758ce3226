"""``dynamic hooks``: put git hooks in place that judge just what is committed or pushed."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock
from dynamic_delivery.hooks.brought import Brought, pushed, staged, unpushed
from dynamic_delivery.hooks.mirror import REPOSITORY
from dynamic_delivery.hooks.place import Placed, hooks_folder, install, own_folder, uninstall
from dynamic_delivery.hooks.table import BY_NAME, SCHEMA
from dynamic_impact.git import Git

_repo = click.option(
    "--repo",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="the current folder",
    help="A folder of the repository.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("hooks", epilog="Example:  ./dynamic hooks install")
def hooks_group() -> None:
    """Check what is committed or pushed, before it is."""


@hooks_group.command("install", epilog="Example:  ./dynamic hooks install")
@click.option("--shared", is_flag=True, help="Also into a folder that other repositories take their hooks from.")
@_repo
@_json
def install_command(repo: Path, shared: bool, as_json: bool) -> ExitCode:
    """Have git run the checks before a commit and a push. A hook that is there is kept, and runs first."""
    return _placed(install(own_folder(Git(repo), shared=shared)), as_json)


@hooks_group.command("uninstall", epilog="Example:  ./dynamic hooks uninstall")
@_repo
@_json
def uninstall_command(repo: Path, as_json: bool) -> ExitCode:
    """Take the hooks away, and put back those that were there before."""
    return _placed(uninstall(hooks_folder(Git(repo))), as_json)


@hooks_group.command("run", epilog="Example:  ./dynamic hooks run pre-commit")
@click.argument("name", type=click.Choice(list(BY_NAME)))
@click.argument("told", nargs=-1, metavar="[WHAT GIT TELLS]")
@_repo
@_json
def run_command(name: str, told: tuple[str, ...], repo: Path, as_json: bool) -> ExitCode:
    """Judge what is staged, or what a push brings: as git tells a pre-push hook, else what one of HEAD would bring.

    Exit code: 0 it may go on, 1 it may not, 3 it could not be decided; the hook itself then lets it pass, or not with
    'git config dynamic.undecided block'.
    """
    console, clock = Console(as_json=as_json), SystemClock()
    start_s = clock.monotonic_s()
    git, hook = Git(repo), BY_NAME[name]
    found = _pushed(git, told) if hook.reads else iter([staged(git, repo)])
    brought = [each for each in found if not each.is_empty]
    for variable in REPOSITORY:  # a gate that asks git asks it of the mirror
        os.environ.pop(variable, None)
    if not brought:
        console.note(Text(f"{name}: no file is new or edited", style="dim"))
        console.document({"schema": SCHEMA, "hook": name, "runs": [], "seconds": 0.0})
        return ExitCode.YES
    from dynamic_delivery.hooks.judge import judge_all  # a commit without files waits for no gate's imports

    return judge_all(git, hook, brought, clock, start_s, console)


def _pushed(git: Git, told: Sequence[str]) -> Iterator[Brought]:
    """Return what the push brings that git tells of; by hand, where nothing is told, what one of HEAD would."""
    lines = [] if sys.stdin is None or sys.stdin.isatty() else [line for line in sys.stdin if line.strip()]
    remote = told[0] if told else ""
    if not told and not lines:
        remote, lines = unpushed(git)
    return pushed(git, remote, lines)


def _placed(found: Iterable[Placed], as_json: bool) -> ExitCode:
    console = Console(as_json=as_json)
    rows = list(found)
    console.document(
        {
            "schema": "dynamic.hooks/1",
            "hooks": [
                {
                    "name": each.hook.name,
                    "path": str(each.path),
                    "state": each.state,
                    "earlier": str(each.earlier) if each.earlier else "",
                }
                for each in rows
            ],
        }
    )
    words = {"ours": "installed", "old": "installed, of another version", "other": "somebody else's", "none": "none"}
    for each in rows:
        calls = ", which calls {} first" if each.state in ("ours", "old") else ", and {} is kept beside it, not called"
        earlier = calls.format(each.earlier.name) if each.earlier else ""
        console.text(Text(f"{each.hook.name}: {words[each.state]}{earlier} ({each.path})"))
    return ExitCode.YES
