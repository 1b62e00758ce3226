"""``events``: list, query and verify the log."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock, repository_root
from dynamic_events.log import EventLog, Torn
from dynamic_events.model import Event

_repo = click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The repository whose log to read; by default the one around the current folder.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("events")
def events_group() -> None:
    """Read the log of what every run did."""


@events_group.command("list", epilog="Example: ./dynamic events list --kind test.finished --limit 5")
@click.option("--kind", help="Only this kind.")
@click.option("--run", help="Only this run.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the latest N.")
@_json
@_repo
def list_command(kind: str | None, run: str | None, limit: int | None, as_json: bool, repo: Path | None) -> int:
    """Print the events, oldest first."""
    console = Console(as_json=as_json)
    reading = _log(repo).read()
    chosen = [e for e in reading.events if kind in (None, e.kind) and run in (None, e.run)][-(limit or 0) :]
    console.document(
        {
            "version": 1,
            "events": [event.document() for event in chosen],
            "torn": [str(file.path) for file in reading.torn],
        }
    )
    for event in chosen:
        console.text(
            Text(
                f"{event.time:%Y-%m-%d %H:%M:%S}  {event.kind}  {event.run}  {event.subject}  {_words(event)}".rstrip()
            )
        )
    _warn(console, [file.path for file in reading.torn])
    return ExitCode.YES


@events_group.command(
    "query", epilog='Example: ./dynamic events query "SELECT kind, count(*) AS n FROM events GROUP BY kind"'
)
@click.argument("sql")
@_json
@_repo
def query_command(sql: str, as_json: bool, repo: Path | None) -> int:
    """Print the answer of one SELECT over the view events.

    Columns: schema, id, time (UTC), kind, run, subject, attributes (JSON).
    """
    console = Console(as_json=as_json)
    answer = _log(repo).query(sql)
    rows = [[_plain(value) for value in row] for row in answer.rows]
    console.document(
        {"version": 1, "columns": answer.columns, "rows": rows, "torn": [str(path) for path in answer.skipped]}
    )
    for line in _aligned([answer.columns, *answer.rows]):
        console.text(Text(line))
    _warn(console, answer.skipped)
    return ExitCode.YES


@events_group.command("verify", epilog="Example: ./dynamic events verify --json")
@_json
@_repo
def verify_command(as_json: bool, repo: Path | None) -> int:
    """Say whether every file of the log is whole. Exits 1 if one is not."""
    console = Console(as_json=as_json)
    reading = _log(repo).read()
    console.document(
        {"version": 1, "events": len(reading.events), "torn": [_torn_document(file) for file in reading.torn]}
    )
    for file in reading.torn:
        console.text(Text(f"torn: {file.path}: {file.reason}"))
    console.text(f"{len(reading.events)} events, {len(reading.torn)} torn files")
    return ExitCode.NO if reading.torn else ExitCode.YES


def _log(repo: Path | None) -> EventLog:
    return EventLog(repo or repository_root(Path.cwd()), SystemClock())


def _warn(console: Console, torn: Sequence[Path]) -> None:
    for path in torn:
        console.note(Text(f"left out, torn: {path} (see: events verify)"))


def _aligned(rows: Sequence[Sequence[Any]]) -> list[str]:
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _words(event: Event) -> str:
    return " ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(event.attributes.items())
    )


def _torn_document(file: Torn) -> dict[str, str]:
    return {"path": str(file.path), "reason": file.reason}


def _plain(value: Any) -> object:
    """Return what JSON can carry: its own kinds as they are, NaN and infinity and everything else as words."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            return str(value)
