"""The affected part of the graph as one SVG: causes on the left, what they can break to the right, tests marked."""

from collections import defaultdict
from xml.etree import ElementTree as Svg  # nosec B405  # writes only, parses nothing

from dynamic_impact.graph import FILE
from dynamic_impact.model import Selection

_COLUMN, _ROW, _MARGIN, _CHARACTER = 60, 26, 20, 7
_STYLE = """
text { font: 12px ui-monospace, monospace; fill: #1f2328 } rect { fill: #eef1f4; stroke: #9aa4af }
.cause rect { fill: #fff1d6; stroke: #c98a00 } .test rect { fill: #dcf5e3; stroke: #2c8a4b }
path { fill: none; stroke: #9aa4af }
svg { background: #ffffff }
"""


def draw(selection: Selection) -> bytes:
    """Return an SVG of the shortest paths from the change to all that it can break. O(affected) time."""
    layer: dict[str, int] = {}
    edges: dict[tuple[str, str], str] = {}
    for item in selection.affected:
        for depth, step in enumerate(item.path):
            layer.setdefault(step.source, depth)
            layer.setdefault(step.target, depth + 1)
            edges[step.source, step.target] = step.why
    tests = {item.address for item in selection.tests}
    columns: dict[int, list[str]] = defaultdict(list)
    for node, depth in sorted(layer.items(), key=lambda pair: (pair[0] not in tests, pair[0])):
        columns[depth].append(node)
    left, places = _MARGIN, {}
    for depth in sorted(columns):
        width = max(len(_label(node)) for node in columns[depth]) * _CHARACTER + 16
        for row, node in enumerate(columns[depth]):
            places[node] = (left, _MARGIN + row * _ROW, width)
        left += width + _COLUMN
    height = 2 * _MARGIN + _ROW * max((len(nodes) for nodes in columns.values()), default=0)
    root = Svg.Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {left} {height}", width=str(left), height=str(height)
    )
    Svg.SubElement(root, "style").text = _STYLE
    for (source, target), why in sorted(edges.items()):
        x, y, width = places[source]
        to_x, to_y, _ = places[target]
        start, end, bend = (x + width, y + 10), (to_x, to_y + 10), _COLUMN // 2
        curve = f"M{start[0]} {start[1]} C{start[0] + bend} {start[1]} {end[0] - bend} {end[1]} {end[0]} {end[1]}"
        Svg.SubElement(Svg.SubElement(root, "path", d=curve), "title").text = f"{_label(source)} {why} {target}"
    for node, (x, y, width) in places.items():
        kind = "cause" if layer[node] == 0 else "test" if node in tests else "target"
        box = Svg.SubElement(root, "g", {"class": kind})
        Svg.SubElement(box, "rect", x=str(x), y=str(y), width=str(width), height="20", rx="4")
        Svg.SubElement(box, "text", x=str(x + 8), y=str(y + 14)).text = _label(node)
    return bytes(Svg.tostring(root, encoding="utf-8", xml_declaration=True))


def _label(node: str) -> str:
    return node.removeprefix(FILE)
