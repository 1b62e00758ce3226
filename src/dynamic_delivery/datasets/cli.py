"""``datasets``: take a snapshot, and verify one."""

from pathlib import Path

import click
from rich.text import Text

from dynamic_ai.datasets import read_snapshot, verify_snapshot, write_snapshot
from dynamic_base import Console, ExitCode
from dynamic_delivery.datasets.daily_direction import daily_direction
from dynamic_ta.data import read_bars

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("datasets", epilog="Example: ./dynamic datasets snapshot sp500 --out dist/sp500")
def datasets_group() -> None:
    """Take datasets that are known by their content, and verify them."""


@datasets_group.command("snapshot", epilog="Example: ./dynamic datasets snapshot sp500 --out dist/sp500")
@click.argument("source")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="A new or empty folder.")
@_json
def snapshot_command(source: str, out: Path, as_json: bool) -> int:
    """Compute features and labels of SOURCE: sp500, nasdaq, or a .csv, .csv.gz or .parquet file of bars."""
    console = Console(as_json=as_json)
    digest = write_snapshot(out, daily_direction(read_bars(source)))
    snapshot = read_snapshot(out)
    console.document({"version": 1, "folder": str(out), "digest": digest, "manifest": dict(snapshot.manifest)})
    sizes = {name: int(snapshot.part(name)[1].size) for name in ("train", "validation", "test")}
    console.text(Text(f"{out}  {digest}"))
    console.text(
        f"{snapshot.label.size} rows of {len(snapshot.names)} features:"
        f" {', '.join(f'{rows} {name}' for name, rows in sizes.items())}"
    )
    return ExitCode.YES


@datasets_group.command("verify", epilog="Example: ./dynamic datasets verify dist/sp500")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--digest", "expected", default="", help="The digest that the snapshot must have.")
@_json
def verify_command(folder: Path, expected: str, as_json: bool) -> int:
    """Say whether the snapshot in FOLDER is whole. Exits 1 if a file was edited, is missing or does not belong."""
    console = Console(as_json=as_json)
    found = verify_snapshot(folder, expected)
    console.document(
        {
            "version": 1,
            "folder": str(folder),
            "digest": found.digest,
            "whole": not found.faults,
            "faults": [{"file": fault.file, "reason": fault.reason} for fault in found.faults],
        }
    )
    for fault in found.faults:
        console.text(Text(f"{folder / fault.file} {fault.reason}"))
    if not found.faults:
        console.text(Text(f"{folder} is whole: {found.digest}"))
    return ExitCode.NO if found.faults else ExitCode.YES
