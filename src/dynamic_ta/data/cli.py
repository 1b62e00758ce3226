"""``bars``: what a file of prices holds, what is wrong with it, and a snapshot that keeps it."""

from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode
from dynamic_ta.data.mending import RULES, mending_of
from dynamic_ta.data.model import Reading
from dynamic_ta.data.read import read_source
from dynamic_ta.data.snapshots import verify_snapshot, write_snapshot

mend_option = click.option(
    "--mend", multiple=True, metavar="RULE", help="Mend by a rule of './dynamic bars rules'; can be given again."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_SHOWN = 10
_MOST_RANGES = 80


@click.group("bars", epilog="Example: ./dynamic bars show sp500")
def bars_group() -> None:
    """Look at a file of prices, mend it by rules, and keep it.

    A file is a .csv, .csv.gz or .parquet with date, open, high, low, close and volume, or a sample: sp500, nasdaq.
    """


@bars_group.command("rules", epilog="Example: ./dynamic bars rules")
@_json
def rules_command(as_json: bool) -> ExitCode:
    """List the rules that --mend takes. Nothing is mended without one."""
    console = Console(as_json=as_json)
    console.document({"version": 1, "rules": [{"rule": row.form, "help": row.help} for row in RULES]})
    for row in RULES:
        console.text(Text(f"{row.form:26} {row.help}"))
    return ExitCode.YES


@bars_group.command("show", epilog="Example: ./dynamic bars show nasdaq --mend split=2005-01-03:2")
@click.argument("source")
@mend_option
@_json
def show_command(source: str, mend: tuple[str, ...], as_json: bool) -> ExitCode:
    """Read SOURCE, and tell what was mended, and what looks wrong: gaps, and jumps like those of splits."""
    console = Console(as_json=as_json)
    reading = read_source(source, mending_of(mend))
    console.document({"version": 1, **reading_document(reading)})
    _tell(console, reading)
    return ExitCode.YES


@bars_group.command("snapshot", epilog="Example: ./dynamic bars snapshot sp500 --out dist/sp500-bars")
@click.argument("source")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="A new or empty folder.")
@click.option("--licence", default="unknown", show_default=True, help="SPDX name; a sample knows its own.")
@mend_option
@_json
def snapshot_command(source: str, out: Path, licence: str, mend: tuple[str, ...], as_json: bool) -> ExitCode:
    """Read SOURCE, and keep its bars in a folder that can be named wherever a file of prices can."""
    console = Console(as_json=as_json)
    reading = read_source(source, mending_of(mend), licence)
    digest = write_snapshot(out, reading)
    console.document({"version": 1, "folder": str(out), "digest": digest, **reading_document(reading)})
    console.text(Text(f"{out}  {digest}"))
    _tell(console, reading)
    return ExitCode.YES


@bars_group.command("verify", epilog="Example: ./dynamic bars verify dist/sp500-bars")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--digest", "expected", default="", help="The digest that the snapshot must have.")
@_json
def verify_command(folder: Path, expected: str, as_json: bool) -> ExitCode:
    """Say whether the snapshot in FOLDER is whole. Exits 1 if a file was edited, is missing or does not belong."""
    console = Console(as_json=as_json)
    digest, found = verify_snapshot(folder, expected)
    faults = [{"file": fault.file, "reason": fault.reason} for fault in found]
    console.document({"version": 1, "folder": str(folder), "digest": digest, "whole": not found, "faults": faults})
    for fault in found:
        console.text(Text(f"{folder / fault.file} {fault.reason}"))
    if not found:
        console.text(Text(f"{folder} is whole: {digest}"))
    return ExitCode.NO if found else ExitCode.YES


def reading_document(reading: Reading) -> dict[str, object]:
    """Return what identifies bars, and how they came to be."""
    bars, origin = reading.bars, reading.origin
    return {
        "name": bars.name,
        "sha256": bars.digest,
        "source": {"sha256": origin.digest, "licence": origin.licence},
        "bars": bars.n_bars,
        "first": str(bars.time[0]),
        "last": str(bars.time[-1]),
        "mending": [applied.document() for applied in reading.applied],
        "notices": [{"kind": notice.kind, "row": notice.row, "text": notice.text} for notice in reading.notices],
    }


def _tell(console: Console, reading: Reading) -> None:
    bars = reading.bars
    console.text(Text(f"{bars.name}: {bars.n_bars} bars, {bars.time[0]} to {bars.time[-1]}, {reading.origin.licence}"))
    for applied in reading.applied:
        ranges = applied.ranges()
        shown = ranges if len(ranges) <= _MOST_RANGES else f"{ranges[:_MOST_RANGES]}…"
        console.text(Text(f"mended by {applied.rule}: {len(applied.rows)} rows{f' ({shown})' if shown else ''}"))
    for notice in reading.notices[:_SHOWN]:
        console.text(Text(f"{notice.kind} at {notice}"))
    if len(reading.notices) > _SHOWN:
        console.text(Text(f"… and {len(reading.notices) - _SHOWN} more; --json has them all"))
