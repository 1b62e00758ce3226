"""Cells for a person's terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from dynamic_engines import Maths
from dynamic_engines.matrix import Cell, Change, Finding, Status, Timing

_STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.XFAIL: "magenta",
    Status.UNSUPPORTED: "yellow",
    Status.NOT_PRESENT: "dim",
}


def cells_table(cells: Sequence[tuple[Cell, str]]) -> Table:
    """Return a line a cell, short enough for a terminal: the reasons stand below it, and all else in --json."""
    devices_of: dict[str, set[str]] = {}
    for cell, _ in cells:
        devices_of.setdefault(cell.engine, set()).add(cell.device)
    columns = {"kernel": False, "engine": False, "real": False, "status": False, "worst ULP": True, "of bound": True}
    if any(cell.timing for cell, _ in cells):
        columns |= {"cold, cached s": True, "ms": True, "GB/s": True, "of roof": True}
    table = Table(box=None, pad_edge=False)
    for heading, number in columns.items():
        table.add_column(heading, justify="right" if number else "left")
    for cell, why in cells:
        shared = len(devices_of[cell.engine]) > 1
        again = ", not the same again" if cell.deterministic is False else ""
        row = (
            cell.kernel,
            f"{cell.engine} ({cell.device})" if shared else cell.engine,
            f"{cell.precision}{' relaxed' if cell.maths is Maths.RELAXED else ''}",
            Text(
                f"{cell.status}{again}{f', stale: {why}' if why else ''}",
                style="red" if again else _STYLES[cell.status],
            ),
            f"{cell.worst.ulp:.3g}" if cell.worst else "",
            f"{cell.bound_share:.1%}" if cell.worst else "",
        )
        table.add_row(*row, *(_times(cell.timing) if len(columns) > len(row) else ()))
    return table


def _times(timing: Timing | None) -> tuple[str, ...]:
    if timing is None:
        return ("",) * 4
    compiled = [
        f"{seconds:.2f}" if seconds is not None else "-" for seconds in (timing.compile_cold_s, timing.compile_cached_s)
    ]
    return (
        " ".join(compiled),
        f"{timing.call_s * 1e3:.2f}",
        "" if timing.bytes_per_s is None else f"{timing.bytes_per_s / 1e9:.1f}",
        "" if timing.roof_share is None else f"{timing.roof_share:.0%} {timing.bound_by[:3]}",
    )


def failure(cell: Cell) -> str:
    """Return why ``cell`` is red, with the value, its input and the settings."""
    said = f"{cell.kernel} on {cell.device} in {cell.precision}: {cell.reason}"
    if cell.others:
        said += f" ({len(cell.others)} more of {cell.cases} cases fail; --json has them)"
    if cell.first_divergence:
        said += f"\n  first other decision: {cell.first_divergence}"
    if cell.worst is None:
        return said
    worst = cell.worst
    return (
        f"{said}\n  worst: {worst.output}[{worst.bar}] of {worst.case}, settings {worst.settings}: got {worst.got!r},"
        f" not {worst.expected!r}, {worst.ulp:.3g} ULP away; the inputs up to there end with {worst.inputs}"
    )


def change_line(change: Change) -> Text:
    """Return a change in a line."""
    why = f" ({change.reason})" if change.reason else ""
    style = {Finding.RED: "bold red", Finding.UNKNOWN: "yellow", Finding.CHANGED: ""}[change.finding]
    return Text(f"{change.finding}: {change.key}: {change.what}{why}", style=style)


def change_document(change: Change) -> dict[str, object]:
    """Return a change as JSON."""
    return {**change.key._asdict(), "finding": change.finding, "what": change.what, "reason": change.reason}
