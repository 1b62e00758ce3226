"""``matrix``: judge each kernel on each device here, and show what was recorded."""

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock, UsageError, repository_root
from dynamic_base.files import WriteError
from dynamic_delivery.matrix.check import check_command
from dynamic_delivery.matrix.diff_cli import diff_command
from dynamic_delivery.matrix.inference import inference_cells, is_inference, names
from dynamic_delivery.matrix.reading import html_command, max_age, remedies_command
from dynamic_delivery.matrix.render import cells_table, failure
from dynamic_delivery.matrix.rows import kernel_rows
from dynamic_delivery.matrix.stale import stale_whys
from dynamic_engines import DeviceInfo, Precision, devices
from dynamic_engines.devices import no_device
from dynamic_engines.matrix import (
    Cell,
    Matrix,
    Status,
    TimingPlan,
    latest,
    load,
    run_matrix,
    save,
)
from dynamic_engines.matrix.engines import engine_of
from dynamic_engines.matrix.remediations import explained, unexpected_pass
from dynamic_engines.matrix.staleness import MAX_AGE_DAYS

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_repo = click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The repository whose .dynamic/matrix keeps the record; by default the one around the current folder.",
)


@click.group("matrix")
def matrix_group() -> None:
    """Check every kernel on every engine and device against its oracle."""


matrix_group.add_command(diff_command)
matrix_group.add_command(html_command)
matrix_group.add_command(remedies_command)
matrix_group.add_command(check_command)


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
    import numpy as np  # ./dynamic --help needs none

    console = Console(as_json=as_json)
    root = repo or repository_root(Path.cwd())
    known = {*(row.kernel for row in kernel_rows()), *names()}
    if unknown := sorted(set(wanted) - known):
        raise UsageError(f"no kernel is called {unknown[0]}", f"choose from {', '.join(sorted(known))}")
    if precision == Precision.FLOAT64 and (models := [name for name in wanted if is_inference(name)]):
        raise UsageError(f"{models[0]} has no form in float64", "inference engines compute in float32: ask for that")
    chosen = wanted or tuple(sorted(known))
    drawn = secrets.randbits(32) if seed is None else seed
    asked = [f"--kernel {name}" for name in wanted] + [f"--precision {precision}"] * (precision is not None)
    matrix = Matrix(SystemClock().now(), drawn, np.__version__, (), " ".join(asked))
    precisions = [Precision(precision)] if precision else list(Precision)
    plan = TimingPlan() if timing else None
    models = [name for name in chosen if is_inference(name) and Precision.FLOAT32 in precisions]
    kernels = [name for name in chosen if not is_inference(name)]
    there = _devices(device) if kernels else ()
    here = {engine_of(info) for info in devices()} if kernels else set()
    of_kernels = run_matrix(kernel_rows, kernels, there, precisions, drawn, timeout_s, plan)
    judged = chain(
        (cell for cell in of_kernels if cell.device or cell.engine not in here),  # left out is not absent
        inference_cells(models, device, drawn, timeout_s, timed=timing),
    )
    with console.activity() as say:
        say(f"judging {len(chosen)} kernels; --seed {drawn} draws the same inputs again")
        matrix = _recorded(root, matrix, map(explained, judged), say)
    try:
        path = save(root, matrix)
    except WriteError:
        _show(console, matrix, None, whole=False)  # what was found out is not lost
        raise
    _show(console, matrix, path, whole=False)
    return ExitCode.NO if any(cell.status is Status.FAIL for cell in matrix.cells) else ExitCode.YES


@matrix_group.command("show", epilog="Example: ./dynamic matrix show")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@max_age
@_json
@_repo
def show_command(file: Path | None, max_age_days: int, as_json: bool, repo: Path | None) -> int:
    """Show a recorded matrix, by default the newest, and which of its cells are stale.

    A cell is stale when its kernel was changed, its driver is another or gone, or it is too old. Exits 3 if none was
    recorded.
    """
    console = Console(as_json=as_json)
    path = file or latest(repo or repository_root(Path.cwd()))
    _show(console, load(path), path, whole=True, max_age_days=max_age_days)
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


def _recorded(root: Path, matrix: Matrix, judged: Iterable[Cell], say: Callable[[str], None]) -> Matrix:
    """Return ``matrix`` with all cells. On the way each one is recorded at once: a run that is killed leaves them."""
    cells: list[Cell] = []
    for cell in judged:
        cells.append(cell)
        if not cell.device:
            continue
        say(_progress(cell))
        stopped = replace(
            matrix, cells=tuple(cells), partial=", ".join(filter(None, (matrix.partial, "it did not come to its end")))
        )
        with suppress(WriteError):  # the whole record is tried again at the end, and says so
            save(root, stopped)
    return replace(matrix, cells=tuple(cells))


def _progress(cell: Cell) -> str:
    where = f"{cell.kernel} on {cell.device} in {cell.precision}, {cell.maths} maths"
    return f"{cell.status}: {where}, {cell.cases} cases"


def _show(
    console: Console, matrix: Matrix, path: Path | None, *, whole: bool, max_age_days: int = MAX_AGE_DAYS
) -> None:
    stale = stale_whys(matrix, max_age_days)
    old = [n for n, why in enumerate(stale) if why]
    console.document({**matrix.document(), "file": str(path) if path else None, "stale": old})
    if whole:
        console.text(Text(f"{matrix.time:%Y-%m-%d %H:%M} UTC, seed {matrix.seed}, oracle NumPy {matrix.oracle}"))
    present = [(cell, why) for cell, why in zip(matrix.cells, stale, strict=True) if cell.device]
    console.text(cells_table(present))
    for cell, _ in present:
        if cell.status is Status.FAIL:
            console.text(Text(failure(cell), style="red"))
        if cell.remediation and cell.status in {Status.FAIL, Status.XFAIL}:
            console.text(Text(f"{cell.kernel} on {cell.device}: see docs/engines/remediation.md#{cell.remediation}"))
        if row := unexpected_pass(cell):
            console.text(Text(f"{cell.kernel} on {cell.device}: passes, though {row} expects it to fail", "magenta"))
        if cell.nondeterminism:
            console.text(
                Text(f"{cell.kernel} on {cell.device}: not the same again: {cell.nondeterminism}", style="red")
            )
    for engine, device in dict.fromkeys((cell.engine, f"{cell.device}, {cell.driver}") for cell, _ in present):
        console.text(Text(f"{engine}: {device}"))
    missing = {cell.engine: cell.reason for cell in matrix.cells if cell.status is Status.NOT_PRESENT}
    for engine, reason in missing.items():
        console.text(Text(f"{engine}: not present; {reason}", style="dim"))
    counts = ", ".join(f"{sum(cell.status is s for cell in matrix.cells)} {s}" for s in Status)
    console.text(Text(f"{counts}; {f'recorded in {path}' if path else 'not recorded'}"))
    if matrix.partial:
        console.text(Text(f"not the whole matrix: {matrix.partial}", style="yellow"))
