"""The drawing as one page: a search, the names behind each box, and the way to each name. It asks no network."""

import html
import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from xml.etree import ElementTree as Svg  # nosec B405  # writes only, parses nothing

from dynamic_impact.model import Selection
from dynamic_impact.pictures.boxes import Box, box
from dynamic_impact.pictures.svg import LIMIT, headline, label, picture
from dynamic_impact.pictures.tree import Node, tree_of

_LISTED = 20_000


def page(selection: Selection) -> bytes:
    """Return an HTML page of what the change can break and how.

    O(affected) time; about 150 bytes a target. Without scripts it still holds the drawing and every name.
    """
    nodes = tree_of(selection)
    boxes = box(nodes, LIMIT)
    drawing = Svg.tostring(picture(selection, nodes, boxes, titled=False), encoding="unicode")
    template = (files("dynamic_impact.pictures") / "page.html").read_text(encoding="utf-8")
    parts = {
        "TITLE": html.escape(headline(selection, nodes)),
        "REASON": html.escape(_question(selection)),
        "DRAWING": drawing,
        "NAMES": "\n".join(_lists(boxes, nodes)),
        "DATA": _script_safe(json.dumps(_data(boxes, nodes), ensure_ascii=False, separators=(",", ":"))),
    }
    # In one pass over the template, so that a name that looks like a mark is left alone.
    pieces = template.split("@@")
    return "".join(parts[piece] if index % 2 else piece for index, piece in enumerate(pieces)).encode()


def _question(selection: Selection) -> str:
    words = [f"Against {selection.change.reason}, in the mode {selection.mode}."]
    if selection.spared:
        words.append(f"The mode leaves out {len(selection.spared)} tests that a change reaches.")
    words += [f"{wide.path} {wide.why} all." for wide in selection.fallbacks[:5] if wide.path]
    return " ".join(words)


def _data(boxes: Sequence[Box], nodes: Sequence[Node]) -> dict[str, list[object]]:
    """Return what the script needs: a node: name, parent, number of its reason, box; a box: its parent."""
    reasons = {why: number for number, why in enumerate(dict.fromkeys(node.why for node in nodes))}
    holder = {member: number for number, one in enumerate(boxes) for member in one.members}
    return {
        "why": list(reasons),
        "nodes": [[node.name, node.parent, reasons[node.why], holder[place]] for place, node in enumerate(nodes)],
        "boxes": [one.parent for one in boxes],
    }


def _lists(boxes: Sequence[Box], nodes: Sequence[Node]) -> Iterator[str]:
    left = _LISTED
    for number, one in enumerate(boxes):
        name, folder = label(one, nodes)
        shown, left = one.members[:left], left - min(left, len(one.members))
        items = "".join(f'<li data-n="{place}"><bdi>{html.escape(nodes[place].name)}</bdi>' for place in shown)
        rest = len(one.members) - len(shown)
        more = f"<li>and {rest} more: the list has them in <code>impact select --json</code>" if rest else ""
        summary = f"{one.kind}: <bdi>{html.escape(name)}</bdi> <span><bdi>{html.escape(folder)}</bdi></span>"
        yield f'<details id="d{number}"><summary>{summary}</summary><ul>{items}{more}</ul></details>'


def _script_safe(document: str) -> str:
    r"""Return JSON that no name can end early: ``<`` only stands in strings, where ``\u003c`` means the same."""
    return document.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
