"""The affected part of the graph as one SVG: causes on the left, what they can break to the right, tests marked."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from xml.etree import ElementTree as Svg  # nosec B405  # writes only, parses nothing

from dynamic_impact.graph import FILE
from dynamic_impact.model import Selection

_COLUMN, _ROW, _MARGIN, _CHARACTER = 60, 26, 20, 7.4
_STYLE = """
text { font: 12px ui-monospace, monospace; fill: #1f2328 } rect { fill: #eef1f4; stroke: #9aa4af }
.cause rect { fill: #fff1d6; stroke: #c98a00 } .test rect { fill: #dcf5e3; stroke: #2c8a4b }
path { fill: none; stroke: #9aa4af }
svg { background: #ffffff }
"""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node stands, px; each is 20 high."""

    x: int
    y: int
    width: int


def draw(selection: Selection) -> bytes:
    """Return an SVG of shortest paths: to the tests that the change can break, or to all targets where no test is.

    O(affected) time.
    """
    layers: dict[str, int] = {}
    edges: dict[tuple[str, str], str] = {}
    for item in selection.tests or selection.affected:
        for depth, step in enumerate(item.path):
            layers.setdefault(step.source, depth)
            layers.setdefault(step.target, depth + 1)
            edges[step.source, step.target] = step.why
    tests = {item.address for item in selection.tests}
    boxes, (width, height) = _lay_out(layers, tests)
    root = Svg.Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {height}", width=str(width), height=str(height)
    )
    Svg.SubElement(root, "style").text = _STYLE
    for (source, target), why in sorted(edges.items()):
        curve = Svg.SubElement(root, "path", d=_curve(boxes[source], boxes[target]))
        Svg.SubElement(curve, "title").text = f"{_label(source)} {why} {target}"
    for node, box in boxes.items():
        kind = "cause" if layers[node] == 0 else "test" if node in tests else "target"
        group = Svg.SubElement(root, "g", {"class": kind})
        Svg.SubElement(group, "rect", x=str(box.x), y=str(box.y), width=str(box.width), height="20", rx="4")
        Svg.SubElement(group, "text", x=str(box.x + 8), y=str(box.y + 14)).text = _label(node)
    return bytes(Svg.tostring(root, encoding="utf-8", xml_declaration=True))


def _lay_out(layers: Mapping[str, int], tests: Set[str]) -> tuple[dict[str, Box], tuple[int, int]]:
    """Return a box a node, one column a layer with its tests on top, and the size of all; px."""
    columns: dict[int, list[str]] = defaultdict(list)
    for node, depth in sorted(layers.items(), key=lambda pair: (pair[0] not in tests, pair[0])):
        columns[depth].append(node)
    left, boxes = _MARGIN, {}
    for depth in sorted(columns):
        width = round(max(len(_label(node)) for node in columns[depth]) * _CHARACTER) + 16
        boxes.update({node: Box(left, _MARGIN + row * _ROW, width) for row, node in enumerate(columns[depth])})
        left += width + _COLUMN
    rows = max((len(nodes) for nodes in columns.values()), default=0)
    return boxes, (left - _COLUMN + _MARGIN, 2 * _MARGIN + _ROW * rows)


def _curve(source: Box, target: Box) -> str:
    x, y, to_x, to_y, bend = source.x + source.width, source.y + 10, target.x, target.y + 10, _COLUMN // 2
    return f"M{x} {y} C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"


def _label(node: str) -> str:
    return node.removeprefix(FILE)
