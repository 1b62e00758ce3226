"""``dynamic doctor``: what this machine lacks."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock
from dynamic_delivery.doctor.look import Row, look, verdict
from dynamic_delivery.doctor.model import SCHEMA, Ground, State
from dynamic_delivery.doctor.table import CHECKS
from dynamic_impact.errors import NotARepositoryError
from dynamic_impact.git import Git
from dynamic_impact.pants import find_build_root

_STYLES = {State.OK: "green", State.MISSING: "red", State.OLD: "yellow", State.UNKNOWN: "yellow"}
_VERDICTS = {
    ExitCode.YES: ("all that is needed is there", "green"),
    ExitCode.NO: ("something that is needed is missing", "red"),
}


@click.command("doctor", epilog="Example:  ./dynamic doctor --json")
@click.option(
    "--repo",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="the current folder",
    help="A folder of the repository.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor_command(repo: Path, as_json: bool) -> ExitCode:
    """Say what is missing on this machine, and the command that mends it.

    Exit code: 0 all that is needed is there, 1 something is missing, 3 that could not be told. What is optional never
    counts.
    """
    console = Console(as_json=as_json)
    git = Git(repo)
    try:
        root = find_build_root(repo)
    except NotARepositoryError:
        root = git.top
    rows = look(Ground(git, root, os.environ, SystemClock()), CHECKS)
    code = verdict(rows)
    console.document({"schema": SCHEMA, "exit_code": int(code), "checks": [_document(row) for row in rows]})
    console.text(_table(rows))
    console.text(Text(*_VERDICTS.get(code, ("what is needed could not all be told", "yellow"))))
    return code


def _document(row: Row) -> dict[str, object]:
    seen = row.seen
    return {
        "name": seen.name,
        "what": row.check.what,
        "needed": row.check.needed,
        "outcome": str(seen.state),
        "found": seen.found,
        "fix": seen.fix,
    }


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "outcome", "found", "fix"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        seen = row.seen
        missing = seen.state is not State.OK and not row.check.needed
        outcome = Text(
            f"{seen.state}{' (optional)' if missing else ''}", style="dim" if missing else _STYLES[seen.state]
        )
        table.add_row(seen.name, outcome, Text(seen.found), Text(seen.fix))
    return table
