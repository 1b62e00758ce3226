"""``indicators``: what can be computed, and how far a device may be off."""

from collections.abc import Sequence

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, UsageError
from dynamic_ta.indicators import INDICATORS
from dynamic_ta.indicators.model import Indicator

_NO_KERNEL = "no kernel: computed in NumPy"

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("indicators")
def indicators_group() -> None:
    """Show the indicators and their warm-up."""


@indicators_group.command("list", epilog="Example: ./dynamic indicators list --json")
@_json
def list_command(as_json: bool) -> int:
    """Print every indicator with its inputs, its defaults and its warm-up in bars."""
    console = Console(as_json=as_json)
    console.document({"version": 1, "indicators": [_document(row) for row in INDICATORS]})
    header = ("name", "title", "inputs", "parameters", "warm-up", "kernel")
    for line in _aligned([header, *(_cells(row) for row in INDICATORS)]):
        console.text(Text(line))
    return ExitCode.YES


@indicators_group.command("show", epilog="Example: ./dynamic indicators show macd")
@click.argument("name")
@_json
def show_command(name: str, as_json: bool) -> int:
    """Print all that is known of one indicator."""
    console = Console(as_json=as_json)
    row = _row(name)
    console.document({"version": 1, "indicator": _document(row)})
    console.text(Text(f"{row.name}: {row.title}"))
    pairs = [
        ("inputs", ", ".join(row.inputs)),
        *((f"parameter {p.name}", f"{p.default}, at least {p.least}; {p.doc}") for p in row.parameters),
        *((f"output {output}", f"NaN for the first {bars} bars") for output, bars in _warm_ups(row)),
        *_kernel(row),
    ]
    for line in _aligned(pairs):
        console.text(Text(f"  {line}"))
    return ExitCode.YES


def _row(name: str) -> Indicator:
    row = next((row for row in INDICATORS if row.name == name), None)
    if row is None:
        raise UsageError(
            f"no indicator is called {name!r}", f"choose one of {', '.join(row.name for row in INDICATORS)}"
        )
    return row


def _document(row: Indicator) -> dict[str, object]:
    return {
        "name": row.name,
        "title": row.title,
        "inputs": row.inputs,
        "parameters": [{"name": p.name, "default": p.default, "least": p.least, "doc": p.doc} for p in row.parameters],
        "outputs": [{"name": output, "warm_up_bars": bars} for output, bars in _warm_ups(row)],
        "kernel": row.kernel and row.kernel.name,
        "bound_source": row.kernel and row.kernel.bound_source,
    }


def _cells(row: Indicator) -> tuple[str, ...]:
    parameters = ", ".join(f"{p.name} {p.default}" for p in row.parameters)
    warm_up = max(bars for _, bars in _warm_ups(row))
    kernel = row.kernel.name if row.kernel else _NO_KERNEL
    return row.name, row.title, ", ".join(row.inputs), parameters, str(warm_up), kernel


def _kernel(row: Indicator) -> list[tuple[str, str]]:
    if row.kernel is None:
        return [("kernel", _NO_KERNEL)]
    return [("kernel", f"kernels/{row.kernel.name}.cl"), ("error bound", row.kernel.bound_source)]


def _warm_ups(row: Indicator) -> list[tuple[str, int]]:
    return list(zip(row.outputs, row.warm_up(row.defaults), strict=True))


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
