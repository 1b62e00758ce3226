"""``matrix html`` and ``matrix remedies``: what was recorded, for a maintainer's eyes."""

from pathlib import Path

import click

from dynamic_base import Console, ExitCode, repository_root, write_atomic
from dynamic_delivery.matrix.page import page
from dynamic_delivery.matrix.stale import stale_whys
from dynamic_engines.matrix import Status, latest, load
from dynamic_engines.matrix.remediations import REMEDIATIONS, markdown, unexpected_pass
from dynamic_engines.matrix.staleness import MAX_AGE_DAYS

max_age = click.option(
    "--max-age-days",
    default=MAX_AGE_DAYS,
    show_default=True,
    type=click.IntRange(min=1),
    help="An older record is stale, whatever else still holds.",
)


@click.command("html", epilog="Example: ./dynamic matrix html --output matrix.html")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the page; by default beside the record, with the ending .html.",
)
@max_age
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The repository whose .dynamic/matrix keeps the record; by default the one around the current folder.",
)
def html_command(file: Path | None, output: Path | None, max_age_days: int, as_json: bool, repo: Path | None) -> int:
    """Write a recorded matrix, by default the newest, as one page that needs no network.

    Red cells come first; cells that are stale are grey and say why. Exits 3 if none was recorded.
    """
    console = Console(as_json=as_json)
    path = file or latest(repo or repository_root(Path.cwd()))
    matrix = load(path)
    stale = stale_whys(matrix, max_age_days)
    target = output or path.with_suffix(".html")
    write_atomic(target, page(matrix, stale, path.name))
    red = sum(cell.status is Status.FAIL for cell in matrix.cells)
    unexpected = sum(bool(unexpected_pass(cell)) for cell in matrix.cells)
    counts = {"cells": len(matrix.cells), "red": red, "unexpected": unexpected, "stale": sum(map(bool, stale))}
    console.document({"schema": "dynamic.matrix-page/1", "record": str(path), "page": str(target), **counts})
    console.text(f"{target}: {', '.join(f'{count} {name}' for name, count in counts.items())}")
    return ExitCode.YES


@click.command("remedies", epilog="Example: ./dynamic matrix remedies")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def remedies_command(as_json: bool) -> int:
    """Print the known incompatibilities, as they stand in docs/engines/remediation.md."""
    console = Console(as_json=as_json)
    words = ("id", "kind", "title", "symptom", "cell", "cause", "mend")
    rows = [{word: str(getattr(row, word)) for word in words} for row in REMEDIATIONS]
    console.document({"schema": "dynamic.remedies/1", "remedies": rows})
    if not as_json:
        click.echo(markdown(), nl=False)
    return ExitCode.YES
