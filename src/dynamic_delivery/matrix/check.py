"""``matrix check``: each kernel under the Oclgrind simulator."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, UsageError
from dynamic_delivery.matrix.panel_row import PanelRow
from dynamic_delivery.matrix.rows import kernel_rows
from dynamic_engines.checked import Check, Checked, RoofsRow, Watch, check_kernels, find_simulator
from dynamic_engines.matrix import KernelRow
from dynamic_ta import INDICATORS


def checked_rows() -> Sequence[KernelRow]:
    """Return a row for each kernel of this repository, those that no matrix judges too."""
    panels = (PanelRow(row, row.panel) for row in INDICATORS if row.panel is not None)
    return (*kernel_rows(), RoofsRow(), *panels)


@click.command("check", epilog="Example: ./dynamic matrix check rolling/sma")
@click.argument("kernels", nargs=-1)
@click.option(
    "--watch",
    type=click.Choice([watch.value for watch in Watch]),
    default=Watch.RACES.value,
    show_default=True,
    help="Look for data races, or for values that were never set; out of bounds and divergence are found with both.",
)
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="Draw the inputs of that run again; else fresh ones.")
@click.option(
    "--timeout-s", default=600.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds for one form."
)
@click.option(
    "--oclgrind",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that Oclgrind was installed into; by default it is looked for.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check_command(
    kernels: tuple[str, ...], watch: str, seed: int | None, timeout_s: float, oclgrind: Path | None, as_json: bool
) -> int:
    """Run KERNELS, or all, under the Oclgrind simulator, in a CPU's and in a GPU's sizes.

    It sees each read and write beyond an array, each race between items, and each barrier that not all items reach.
    Exits 1 if it saw one, and 3 if Oclgrind is not here or a kernel could not be run in it.
    """
    console = Console(as_json=as_json)
    names = sorted({row.kernel for row in checked_rows()})
    if unknown := sorted(set(kernels) - set(names)):
        raise UsageError(f"no kernel is called {unknown[0]}", f"choose from {', '.join(names)}")
    folders = [oclgrind] if oclgrind else [Path(".dynamic/oclgrind")]
    chosen = secrets.randbits(32) if seed is None else seed
    check = Check(checked_rows, find_simulator(folders), Watch(watch), chosen, timeout_s)
    checked = []
    with console.activity() as say:
        say(f"checking {len(kernels or names)} kernels; --seed {chosen} draws the same inputs again")
        for one in check_kernels(check, kernels or names):
            checked.append(one)
            say(_line(one))
    console.document({"version": 1, "seed": chosen, "checked": [asdict(one) for one in checked]})
    _show(console, checked)
    return _code(checked)


def _line(one: Checked) -> str:
    return f"{one.kernel}, {one.maths}, {one.precision}, as on a {one.form}: {'clean' if one.clean else 'see below'}"


def _show(console: Console, checked: Sequence[Checked]) -> None:
    for one in checked:
        if one.clean:
            continue
        console.text(Text(f"{one.kernel}, {one.maths} maths, {one.precision}, in the sizes of a {one.form}:"))
        for finding in one.findings:
            console.text(Text(f"  {finding}"))
        if one.failure:
            console.text(Text(f"  not checked to the end: {one.failure}"))
    clean = sum(one.clean for one in checked)
    console.text(Text(f"{clean} of {len(checked)} forms are clean ({sum(one.cases for one in checked)} inputs)"))


def _code(checked: Sequence[Checked]) -> ExitCode:
    if any(one.findings and not one.failure for one in checked):
        return ExitCode.NO
    return ExitCode.UNDECIDED if any(one.failure for one in checked) else ExitCode.YES
