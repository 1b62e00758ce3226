"""``matrix``: judge each kernel on each device here, and show what was recorded."""

import secrets
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from dynamic_base import Clock, Console, ExitCode, SystemClock, UsageError, repository_root
from dynamic_delivery.matrix.rows import kernel_rows
from dynamic_engines import DeviceInfo, EngineError, Precision, devices, load_kernel
from dynamic_engines.devices import no_device
from dynamic_engines.matrix import Cell, Matrix, Status, TimingPlan, latest, load, run_matrix, save

_STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.XFAIL: "magenta",
    Status.UNSUPPORTED: "yellow",
    Status.NOT_PRESENT: "dim",
}
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_repo = click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The repository whose .dynamic/matrix keeps the record; by default the one around the current folder.",
)


@click.group("matrix")
def matrix_group() -> None:
    """Check every kernel on every engine and device against its oracle."""


@matrix_group.command("run", epilog="Example: ./dynamic matrix run --kernel rolling/sma")
@click.option("--kernel", "wanted", multiple=True, help="Only this kernel, like rolling/sma; may be repeated.")
@click.option("--device", default="", help="Only the devices whose platform, name or type holds this.")
@click.option(
    "--precision", type=click.Choice([precision.value for precision in Precision]), help="Only this precision."
)
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="Draw the inputs of that run again; else fresh ones.")
@click.option(
    "--timeout-s", default=120.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds for one cell."
)
@click.option(
    "--timing",
    is_flag=True,
    help="Measure each cell's times too: compiling with empty caches and with full ones, and a call beside the roofs.",
)
@_json
@_repo
def run_command(
    wanted: tuple[str, ...],
    device: str,
    precision: str | None,
    seed: int | None,
    timeout_s: float,
    timing: bool,
    as_json: bool,
    repo: Path | None,
) -> int:
    """Judge each kernel on each device found, in each precision, and record it in .dynamic/matrix.

    Exits 1 if a cell fails. An engine that is not on this machine is shown as not present, with the way to get it.
    """
    console = Console(as_json=as_json)
    root = repo or repository_root(Path.cwd())
    names = {row.kernel for row in kernel_rows()}
    if unknown := sorted(set(wanted) - names):
        raise UsageError(f"no kernel is called {unknown[0]}", f"choose from {', '.join(sorted(names))}")
    chosen = wanted or tuple(sorted(names))
    drawn = secrets.randbits(32) if seed is None else seed
    matrix = _run(console, _devices(device), chosen, precision, drawn, timeout_s, TimingPlan() if timing else None)
    path = save(root, matrix)
    _show(console, matrix, path, whole=False)
    return ExitCode.NO if any(cell.status is Status.FAIL for cell in matrix.cells) else ExitCode.YES


@matrix_group.command("show", epilog="Example: ./dynamic matrix show")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_json
@_repo
def show_command(file: Path | None, as_json: bool, repo: Path | None) -> int:
    """Show a recorded matrix, by default the newest, and which of its cells are stale.

    A cell is stale when its kernel was changed, or its driver is another or gone. Exits 3 if none was recorded.
    """
    console = Console(as_json=as_json)
    path = file or latest(repo or repository_root(Path.cwd()))
    _show(console, load(path), path, whole=True)
    return ExitCode.YES


def _devices(selector: str) -> list[tuple[str, DeviceInfo]]:
    found = [(f"#{n}", info) for n, info in enumerate(devices())]
    if not found:
        raise no_device()
    words = selector.casefold()
    chosen = [(n, info) for n, info in found if words in f"{info.platform} {info.name} {info.type}".casefold()]
    if not chosen:
        raise UsageError(f"no device is called {selector!r}", "see './dynamic devices'")
    return chosen


def _run(
    console: Console,
    chosen: Sequence[tuple[str, DeviceInfo]],
    kernels: Sequence[str],
    precision: str | None,
    seed: int,
    timeout_s: float,
    timing: TimingPlan | None,
    clock: Clock | None = None,
) -> Matrix:
    import numpy as np

    time = (clock or SystemClock()).now()
    precisions = [Precision(precision)] if precision else list(Precision)
    cells = []
    with console.activity() as say:
        say(f"judging {len(kernels)} kernels on {len(chosen)} devices; --seed {seed} draws the same inputs again")
        for cell in run_matrix(kernel_rows, kernels, chosen, precisions, seed, timeout_s, timing):
            cells.append(cell)
            if cell.device:
                say(
                    f"{cell.status}: {cell.kernel} on {cell.device} in {cell.precision}, {cell.maths} maths,"
                    f" {cell.cases} cases"
                )
    return Matrix(time, seed, np.__version__, tuple(cells))


def _show(console: Console, matrix: Matrix, path: Path, *, whole: bool) -> None:
    stale = [_stale(cell) for cell in matrix.cells]
    console.document({**matrix.document(), "file": str(path), "stale": [n for n, why in enumerate(stale) if why]})
    if whole:
        console.text(Text(f"{matrix.time:%Y-%m-%d %H:%M} UTC, seed {matrix.seed}, oracle NumPy {matrix.oracle}"))
    present = [(cell, why) for cell, why in zip(matrix.cells, stale, strict=True) if cell.device]
    console.text(_table(present))
    for cell, _ in present:
        if cell.status is Status.FAIL:
            console.text(Text(_failure(cell), style="red"))
    missing = {cell.engine: cell.reason for cell in matrix.cells if cell.status is Status.NOT_PRESENT}
    for engine, reason in missing.items():
        console.text(Text(f"{engine}: not present; {reason}", style="dim"))
    counts = ", ".join(f"{sum(cell.status is s for cell in matrix.cells)} {s}" for s in Status)
    console.text(Text(f"{counts}; recorded in {path}"))


def _table(cells: Sequence[tuple[Cell, str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in (
        "kernel",
        "engine",
        "precision",
        "maths",
        "status",
        "cases",
        "worst ULP",
        "of bound",
        "where",
        "device",
    ):
        table.add_column(heading, justify="right" if heading in {"cases", "worst ULP", "of bound"} else "left")
    for cell, why in cells:
        worst = cell.worst
        table.add_row(
            Text(cell.kernel),
            cell.engine,
            str(cell.precision),
            str(cell.maths),
            Text(f"{cell.status}{f', stale: {why}' if why else ''}", style=_STYLES[cell.status]),
            str(cell.cases),
            f"{worst.ulp:.3g}" if worst else "",
            f"{cell.bound_share:.1%}" if worst else "",
            Text(f"{worst.output}[{worst.bar}] of {worst.case}" if worst else ""),
            Text(f"{cell.device}, {cell.driver}"),
        )
    return table


def _failure(cell: Cell) -> str:
    said = f"{cell.kernel} on {cell.device} in {cell.precision}: {cell.reason}"
    if cell.worst is None:
        return said
    worst = cell.worst
    return (
        f"{said}\n  worst: {worst.output}[{worst.bar}] of {worst.case}, settings {worst.settings}: got {worst.got!r},"
        f" not {worst.expected!r}, {worst.ulp:.3g} ULP away; the inputs up to there end with {worst.inputs}"
    )


def _stale(cell: Cell) -> str:
    """Return why ``cell`` says nothing of the present tree and machine; "" if it still does."""
    try:
        if load_kernel(cell.kernel).digest != cell.kernel_digest:
            return "the kernel was changed"
    except EngineError:
        return "the kernel is gone"
    here = {(info.name, f"{info.platform} {info.driver_version}") for info in devices()}
    return "" if not cell.device or (cell.device, cell.driver) in here else "the device or its driver is gone"
