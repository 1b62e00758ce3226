"""One cell of the matrix on the page: everything that is known of it."""

from collections.abc import Iterator
from html import escape

from dynamic_engines.matrix import Cell, Timing, Worst
from dynamic_engines.matrix.remediations import unexpected_pass


def anchor(number: int) -> str:
    """Return the name of a cell's place on the page."""
    return f"cell-{number}"


def details(number: int, cell: Cell, why: str, sign: str, kind: str) -> str:
    """Return the cell as a line that opens."""
    facts = "".join(f"<dt>{escape(term)}<dd>{said}" for term, said in _facts(cell, why))
    where = _text(f"{cell.device}, {cell.driver}" if cell.device else "not on this machine")
    old = f"; stale: {_text(why)}" if why else ""
    return (
        f'<details id="{anchor(number)}" class="cell {kind}{" stale" if why else ""}" data-status="{kind}">'
        f"<summary><b>{sign}</b> <span>{escape(str(cell.status))}</span>"
        f" <strong>{_text(cell.kernel)}</strong> {escape(cell.engine)} {cell.precision} {cell.maths}"
        f" <i>{'; '.join(_glance(cell))}</i><small>{where}{old}</small></summary><dl>{facts}</dl></details>"
    )


def _glance(cell: Cell) -> Iterator[str]:
    if cell.worst:
        yield f"{cell.worst.ulp:.3g} ULP, {cell.bound_share:.1%} of the bound"
    if cell.timing:
        yield from _speed(cell.timing)
    if cell.deterministic is False:
        yield "other bits again"


def _speed(timing: Timing) -> Iterator[str]:
    """Of the two rates, the one that limits the kernel."""
    if timing.bound_by == "arithmetic" and timing.operations_per_s is not None:
        yield f"{timing.operations_per_s / 1e9:.3g} GFLOP/s"
    elif timing.bytes_per_s is not None:
        yield f"{timing.bytes_per_s / 1e9:.3g} GB/s"
    if timing.roof_share is not None:
        yield f"{timing.roof_share:.0%} of the roof"


def _facts(cell: Cell, why: str) -> Iterator[tuple[str, str]]:
    if cell.reason:
        yield "reason", "<br>".join(map(_text, (cell.reason, *cell.others)))
    if row := unexpected_pass(cell):
        yield "unexpected", f'passes, though <a href="#remedy-{escape(row)}">{escape(row)}</a> expects it to fail'
    if why:
        yield "stale", _text(why)
    if cell.remediation:
        yield "remediation", f'<a href="#remedy-{escape(cell.remediation)}">{escape(cell.remediation)}</a>'
    if cell.first_divergence:
        yield "first other decision", _text(cell.first_divergence)
    if cell.worst:
        yield from _worst(cell, cell.worst)
    if cell.cases:
        yield "cases", str(cell.cases)
    if cell.deterministic is not None:
        yield "again", "the same bits" if cell.deterministic else f"other bits: {_text(cell.nondeterminism)}"
    if cell.timing:
        yield from _times(cell.timing)
    yield "kernel's digest", f"<code>{escape(cell.kernel_digest)}</code>"


def _worst(cell: Cell, worst: Worst) -> Iterator[tuple[str, str]]:
    place = f"{worst.output}[{worst.bar}] of {worst.case}, settings {worst.settings}"
    yield "worst error", f"{worst.ulp:.4g} ULP, {worst.error:.4g}: {_text(place)}"
    yield "expected, got", f"<code>{worst.expected!r}</code>, <code>{worst.got!r}</code>"
    lines = "<br>".join(f"<code>{escape(', '.join(map(repr, line)))}</code>" for line in worst.inputs)
    yield "its inputs end with", lines
    yield "share of the bound", f"{cell.bound_share:.3%}"


def _times(timing: Timing) -> Iterator[tuple[str, str]]:
    cold, cached = (_seconds(value) for value in (timing.compile_cold_s, timing.compile_cached_s))
    yield "compile cold, cached", f"{cold}, {cached}"
    clock = {"cpu": "processor time", "wall": "wall time"}.get(timing.clock, timing.clock)
    sent = "" if timing.resident else ", with sending and fetching"
    yield "call", f"{_seconds(timing.call_s)}, {_text(clock)}, best of {timing.rounds}{sent}: {_text(timing.case)}"
    if timing.bytes_per_s is not None:
        yield "throughput", f"{timing.bytes_per_s / 1e9:.3g} GB/s{_of(timing.roof_bytes_per_s)}"
    if timing.operations_per_s is not None:
        yield "operations", f"{timing.operations_per_s / 1e9:.3g} GFLOP/s{_of(timing.roof_operations_per_s)}"
    if timing.roof_share is not None:
        yield "share of roof", f"{timing.roof_share:.1%}, bound by {_text(timing.bound_by)}"


def _of(roof: float | None) -> str:
    return "" if roof is None else f" of {roof / 1e9:.3g} measured"


def _seconds(value: float | None) -> str:
    if value is None:
        return "not known"
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.3g} ms"


def _text(said: str) -> str:
    return f"<bdi>{escape(said)}</bdi>"
