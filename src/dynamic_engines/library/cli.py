"""``kernels``: what the library holds, and the start of a new one."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, UsageError, repository_root
from dynamic_engines.library.model import Kernel
from dynamic_engines.library.scaffold import parts_of, scaffold
from dynamic_engines.library.table import KERNELS
from dynamic_engines.library.tuning.cli import tune_command
from dynamic_engines.library.tuning.here import sizes_here
from dynamic_engines.model import Precision

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("kernels")
def kernels_group() -> None:
    """Show the kernels for general use, tune them for a device, or begin a new one."""


@kernels_group.command("list", epilog="Example: ./dynamic kernels list --json")
@_json
def list_command(as_json: bool) -> int:
    """Print every kernel with what goes in, what comes out, and the kinds of maths that it has a bound in."""
    console = Console(as_json=as_json)
    console.document({"version": 1, "kernels": [_document(row) for row in KERNELS]})
    header = ("kernel", "title", "inputs", "settings", "outputs", "maths", "needs")
    for line in _aligned([header, *map(summary, KERNELS)]):
        console.text(Text(line))
    return ExitCode.YES


@kernels_group.command("show", epilog="Example: ./dynamic kernels show rolling/variance")
@click.argument("name")
@click.option("--device", default="", help="Whose sizes: part of a device's name, its type, or its number, like '#0'.")
@_json
def show_command(name: str, device: str, as_json: bool) -> int:
    """Print all that is known of one kernel, and the sizes that it is run with here."""
    console = Console(as_json=as_json)
    row = next((row for row in KERNELS if row.name == name), None)
    if row is None:
        raise UsageError(f"no kernel is called {name!r}", f"choose one of {', '.join(row.name for row in KERNELS)}")
    sizes = sizes_here(row, device)
    for problem in sizes.problems:
        console.note(Text(problem))
    console.document({"version": 1, "kernel": {**_document(row), "sizes": sizes.document()}})
    console.text(Text(f"{row.name}: {row.title}"))
    arguments = [("input", a) for a in row.inputs] + [("output", a) for a in row.outputs]
    pairs = [
        *((f"{kind} {a.name}", f"{a.dtype}[{a.shape}]; unit: {a.unit or 'none'}; {a.doc}") for kind, a in arguments),
        *((f"setting {s.name}", f"{s.default}, at least {s.least}; {s.doc}") for s in row.settings),
        ("source", f"kernels/{row.name}.cl"),
        ("maths", ", ".join(row.maths)),
        ("needs", ", ".join(row.needs) or "nothing"),
        *sizes.lines(),
        ("NaN", "refused, as is infinity"),
        ("error bound", row.bound_source),
    ]
    for line in _aligned(pairs):
        console.text(Text(f"  {line}"))
    return ExitCode.YES


kernels_group.add_command(tune_command)


@kernels_group.command("new", epilog="Example: ./dynamic kernels new signals/scale --dry-run")
@click.argument("name", metavar="FAMILY/NAME")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The clone to write into; by default the one around the current folder.",
)
@_json
def new_command(name: str, dry_run: bool, repo: Path | None, as_json: bool) -> int:
    """Write a kernel that works, its row with an oracle and a bound, and its test; and say what to edit next.

    The new kernel scales a series. The table of kernels gets its row, so that the matrix, the tests and the benchmark
    find it. Nothing that exists is overwritten.
    """
    console = Console(as_json=as_json)
    parts_of(name)  # a wrong name is said first, wherever one stands
    written = scaffold(repo or repository_root(Path.cwd()), name, dry_run=dry_run)
    console.document({"version": 1, "kernel": name, "dry_run": dry_run, "files": [asdict(file) for file in written]})
    for file in written:
        console.text(Text(f"{'would write' if dry_run else file.done} {file.path}: {file.next}"))
    return ExitCode.YES


def _document(row: Kernel) -> dict[str, object]:
    return {
        "name": row.name,
        "title": row.title,
        "inputs": [asdict(argument) for argument in row.inputs],
        "settings": [asdict(setting) for setting in row.settings],
        "outputs": [asdict(argument) for argument in row.outputs],
        "precisions": list(row.precisions),
        "maths": list(row.maths),
        "needs": list(row.needs),
        "knobs": [asdict(knob) for knob in row.knobs(Precision.FLOAT32)],
        "bound_source": row.bound_source,
    }


def summary(row: Kernel) -> tuple[str, ...]:
    """Return the cells of a kernel's line, here and in docs/engines/kernels.md."""
    return (
        row.name,
        row.title,
        ", ".join(a.name for a in row.inputs) or "-",
        ", ".join(f"{s.name} {s.default}" for s in row.settings) or "-",
        ", ".join(a.name for a in row.outputs),
        ", ".join(row.maths),
        ", ".join(row.needs) or "-",
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
