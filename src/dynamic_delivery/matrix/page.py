"""A recorded matrix as one page: what is red first, then the grid, then every cell. It asks no network."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

from dynamic_delivery.matrix.page_cell import anchor, details
from dynamic_engines import Maths
from dynamic_engines.matrix import Cell, Matrix, Status
from dynamic_engines.matrix.remediations import REMEDIATIONS, unexpected_pass

# A sign for each status: colours alone say nothing in grey print, and to one man in twelve.
SIGNS: Mapping[Status, str] = {
    Status.FAIL: "✗",
    Status.XFAIL: "≈",
    Status.PASS: "✓",
    Status.UNSUPPORTED: "-",
    Status.NOT_PRESENT: "·",
}
_CLASSES: Mapping[Status, str] = {status: status.value.replace(" ", "-") for status in Status}
Column = tuple[str, str, str, str, str]


def page(matrix: Matrix, stale: Sequence[str], name: str) -> bytes:
    """Return an HTML page of ``matrix``.

    Parameters
    ----------
    stale : why each of its cells is stale; "" for those that hold
    name : of the record
    """
    ordered = sorted(range(len(matrix.cells)), key=lambda n: _rank(matrix.cells[n], stale[n]))
    shown = [(n, matrix.cells[n], stale[n]) for n in ordered]
    parts = {
        "TITLE": escape(f"Engine matrix, {matrix.time:%Y-%m-%d %H:%M} UTC"),
        "VERDICT": _verdict(matrix.cells, stale),
        "FACTS": _facts(matrix, name),
        "FILTERS": "".join(_filter(status, matrix.cells) for status in SIGNS),
        "NEWS": "".join(_news(n, cell, why) for n, cell, why in shown if _is_news(cell)),
        "GRIDS": "".join(_grids([(n, cell, stale[n]) for n, cell in enumerate(matrix.cells)])),
        "MISSING": "".join(_missing(matrix.cells)),
        "CELLS": "".join(details(n, cell, why, SIGNS[cell.status], _CLASSES[cell.status]) for n, cell, why in shown),
        "REMEDIES": "".join(_remedies(matrix.cells)),
        "DATA": _script_safe({**matrix.document(), "stale": list(stale)}),
    }
    template = (files("dynamic_delivery.matrix") / "page.html").read_text(encoding="utf-8")
    # In one pass over the template, so that a name that looks like a mark is left alone.
    pieces = template.split("@@")
    return "".join(parts[piece] if index % 2 else piece for index, piece in enumerate(pieces)).encode()


def _is_news(cell: Cell) -> bool:
    return cell.status is Status.FAIL or cell.deterministic is False or bool(unexpected_pass(cell))


def _rank(cell: Cell, why: str) -> tuple[object, ...]:
    order = (*(not test for test in (_is_news(cell), cell.status is Status.FAIL)), list(SIGNS).index(cell.status))
    return (*order, bool(why), cell.kernel, cell.engine, cell.device, cell.precision, cell.maths)


def _verdict(cells: Sequence[Cell], stale: Sequence[str]) -> str:
    red = sum(cell.status is Status.FAIL for cell in cells)
    judged = sum(cell.status in {Status.PASS, Status.FAIL, Status.XFAIL} for cell in cells)
    said = [
        f"{red} of {judged} judged cells are red" if red else f"No red cell of {judged} judged",
        *_count(sum(cell.status is Status.XFAIL for cell in cells), "fails as expected", "fail as expected"),
        *_count(sum(bool(unexpected_pass(cell)) for cell in cells), "passes unexpectedly", "pass unexpectedly"),
        *_count(sum(cell.deterministic is False for cell in cells), "gives other bits again", "give other bits again"),
        *_count(sum(map(bool, stale)), "is stale", "are stale"),
    ]
    return f'<p id="verdict" class="{"fail" if red else "pass"}">{"; ".join(said)}.</p>'


def _count(number: int, one: str, many: str) -> Iterator[str]:
    if number:
        yield f"{number} {one if number == 1 else many}"


def _facts(matrix: Matrix, name: str) -> str:
    drivers = dict.fromkeys((cell.engine, f"{cell.device}, {cell.driver}") for cell in matrix.cells if cell.device)
    facts = [
        ("recorded", f"{matrix.time:%Y-%m-%d %H:%M:%S} UTC, as {name}"),
        ("seed", str(matrix.seed)),
        ("oracle", f"NumPy {matrix.oracle}, float64"),
        *drivers,
        ("again", f"./dynamic matrix run --seed {matrix.seed} {_asked(matrix.partial)}".rstrip()),
    ]
    if matrix.partial:
        facts.insert(1, ("not the whole matrix", matrix.partial))
    return "".join(f"<dt>{escape(term)}<dd><bdi>{escape(said)}</bdi>" for term, said in facts)


def _asked(partial: str) -> str:
    """Return the options in ``partial``, which may end in a sentence."""
    words = partial.split()
    pairs = zip(words[::2], words[1::2], strict=False)
    return " ".join(f"{flag} {value}" for flag, value in pairs if flag.startswith("--"))


def _filter(status: Status, cells: Sequence[Cell]) -> str:
    count = sum(cell.status is status for cell in cells)
    checked = "" if status is Status.NOT_PRESENT else " checked"  # a line for each engine says it all
    return (
        f'<label class="{_CLASSES[status]}"><input type="checkbox" name="status" value="{_CLASSES[status]}"{checked}>'
        f"<b>{SIGNS[status]}</b> {status} <span>{count}</span></label>"
    )


def _news(number: int, cell: Cell, why: str) -> str:
    what = cell.reason if cell.status is Status.FAIL else ""
    if row := unexpected_pass(cell):
        what = f"passes, though {row} expects it to fail: the row may go"
    if cell.deterministic is False:
        what = f"{what}; not the same again: {cell.nondeterminism}".lstrip("; ")
    old = f" (stale: <bdi>{escape(why)}</bdi>)" if why else ""
    return (
        f'<li class="{_CLASSES[cell.status]}{" stale" if why else ""}"><b>{SIGNS[cell.status]}</b>'
        f' <a href="#{anchor(number)}"><bdi>{escape(_name(cell))}</bdi></a>{old}: <bdi>{escape(what)}</bdi></li>'
    )


def _name(cell: Cell) -> str:
    return f"{cell.kernel} on {cell.engine} ({cell.device}) in {cell.precision}, {cell.maths}"


def _column(cell: Cell) -> Column:
    return (cell.engine, cell.device, cell.driver, cell.precision, cell.maths)


def _grids(cells: Iterable[tuple[int, Cell, str]]) -> Iterator[str]:
    """One grid of the devices that are here; an engine that is not has no grid, but a line."""
    placed: dict[str, dict[Column, tuple[int, Cell, str]]] = {}
    columns: dict[Column, None] = {}
    for number, cell, why in cells:
        if cell.device:
            columns[_column(cell)] = None
            placed.setdefault(cell.kernel, {})[_column(cell)] = (number, cell, why)
    if not placed:
        return
    ordered = sorted(columns, key=lambda column: (*column[:4], column[4] == Maths.RELAXED))
    yield '<div class="scroll" tabindex="0" role="region" aria-label="The grid"><table id="grid">'
    yield f"<thead>{_heads(ordered)}</thead><tbody>"
    for kernel in sorted(placed, key=lambda name: (_worst(placed[name].values()), name)):
        line = "".join(_square(placed[kernel].get(column)) for column in ordered)
        yield f'<tr><th scope="row">{escape(kernel).replace("/", "/<wbr>")}</th>{line}</tr>'
    yield "</tbody></table></div>"


def _worst(cells: Iterable[tuple[int, Cell, str]]) -> int:
    return min(list(SIGNS).index(cell.status) for _, cell, _ in cells)


def _heads(columns: Sequence[Column]) -> str:
    wide: dict[Column, int] = {}
    for engine, device, driver, *_ in columns:
        key = (engine, device, driver, "", "")
        wide[key] = wide.get(key, 0) + 1
    devices = "".join(
        f'<th scope="colgroup" colspan="{count}"><b>{escape(engine)}</b>'
        f"<small><bdi>{escape(device)}</bdi><br><bdi>{escape(driver)}</bdi></small></th>"
        for (engine, device, driver, *_), count in wide.items()
    )
    forms = "".join(
        f'<th scope="col">{escape(precision)}<br>{"relaxed" if maths == Maths.RELAXED else "strict"}</th>'
        for *_, precision, maths in columns
    )
    return f'<tr><th rowspan="2" scope="col">kernel</th>{devices}</tr><tr>{forms}</tr>'


def _square(found: tuple[int, Cell, str] | None) -> str:
    if found is None:
        return "<td></td>"
    number, cell, why = found
    sign = SIGNS[cell.status] + ("!" if unexpected_pass(cell) else "") + ("~" if cell.deterministic is False else "")
    share = f"<small>{cell.bound_share:.0%}</small>" if cell.worst else ""
    worst = f", {cell.worst.ulp:.3g} ULP at {cell.worst.output}[{cell.worst.bar}]" if cell.worst else ""
    label = f"{_name(cell)}: {cell.status}{worst}{f', stale, {why}' if why else ''}"
    return (
        f'<td class="{_CLASSES[cell.status]}{" stale" if why else ""}" style="--heat:{_heat(cell)}" data-n="{number}">'
        f'<a href="#{anchor(number)}" title="{escape(label)}" aria-label="{escape(label)}">{sign}{share}</a></td>'
    )


def _heat(cell: Cell) -> str:
    """Return how much of the bound is used, 0 to 100."""
    return f"{min(100.0, max(0.0, cell.bound_share * 100)):.0f}%" if cell.worst else "0%"


def _missing(cells: Sequence[Cell]) -> Iterator[str]:
    reasons = {cell.engine: (cell.reason, cell.remediation) for cell in cells if cell.status is Status.NOT_PRESENT}
    for engine, (reason, remediation) in reasons.items():
        link = f' (<a href="#remedy-{escape(remediation)}">why</a>)' if remediation else ""
        yield f"<li><b>{SIGNS[Status.NOT_PRESENT]} {escape(engine)}</b> not present: {escape(reason)}{link}</li>"


def _remedies(cells: Sequence[Cell]) -> Iterator[str]:
    used = {cell.remediation for cell in cells} | {unexpected_pass(cell) for cell in cells}
    for row in REMEDIATIONS:
        if row.id in used:
            count = sum(cell.remediation == row.id for cell in cells)
            yield (
                f'<section id="remedy-{row.id}"><h3>{escape(row.title)}</h3>'
                f"<p><code>{row.id}</code>, {row.kind}, {count} {'cell' if count == 1 else 'cells'} here</p><dl>"
                f"<dt>symptom<dd>{escape(row.symptom)}<dt>cell<dd>{escape(row.cell)}"
                f"<dt>cause<dd>{escape(row.cause)}<dt>mend<dd>{escape(row.mend)}</dl></section>"
            )


def _script_safe(document: Mapping[str, object]) -> str:
    r"""Return JSON that no name can end early: ``<`` only stands in strings, where ``\u003c`` means the same."""
    said = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return said.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
