"""The drawing: causes on the left, what they can break to the right; shapes and words say what colour says."""

from collections.abc import Sequence
from xml.etree import ElementTree as Svg  # nosec B405  # writes only, parses nothing

from dynamic_impact.model import Selection
from dynamic_impact.pictures.boxes import Box, box
from dynamic_impact.pictures.layout import HEIGHT, Layout, Place, lay_out
from dynamic_impact.pictures.tree import Kind, Node, shorten, split, tree_of

LIMIT = 100
_NAMED = 40
_LINE = 34
_LEGEND = 1130
_STYLE = """
svg { background: #ffffff; font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
text { font-size: 12px; fill: #1f2328; direction: ltr; unicode-bidi: isolate }
.title { font-size: 16px; font-weight: bold } .note, .folder, .column { fill: #57606a } .folder { font-size: 11px }
.name { font-weight: bold }
.shape { fill: #f3f5f7; stroke: #6e7781 } .stack { fill: #ffffff; stroke: #6e7781 }
.cause .shape, .cause .stack { fill: #fff1d6; stroke: #8a5a00; stroke-width: 2.5 }
.idle .shape, .idle .stack { stroke: #afb8c1 } .idle .name { font-weight: normal }
.test .shape { fill: #dcf5e3; stroke: #1f6f3a } .test .stack { stroke: #1f6f3a }
.line { fill: none; stroke: #8c959f; stroke-width: 1.2 } .line.source { stroke-dasharray: 5 3 }
.on .shape { stroke: #0550ae; stroke-width: 3 } .line.on { stroke: #0550ae; stroke-width: 3 } .off { opacity: 0.25 }
"""
_COUNTED = {Kind.CAUSE: "changes", Kind.TARGET: "targets", Kind.TEST: "tests"}


def draw(selection: Selection) -> bytes:
    """Return an SVG of what the change can break and how, that a person can read; its bytes are bounded.

    O(affected) time. Targets with the same cause, of one kind and one folder, share a box with their number.
    """
    nodes = tree_of(selection)
    return bytes(Svg.tostring(picture(selection, nodes, box(nodes, LIMIT)), encoding="utf-8", xml_declaration=True))


def headline(selection: Selection, nodes: Sequence[Node]) -> str:
    """Return the title of the picture."""
    causes = sum(node.kind is Kind.CAUSE for node in nodes)
    tests = len(selection.tests)
    return (
        f"{causes} change{'' if causes == 1 else 's'} can break {tests} of {selection.tests_total} tests "
        f"and {len(selection.affected) - tests} other targets"
    )


def picture(selection: Selection, nodes: Sequence[Node], boxes: Sequence[Box], *, titled: bool = True) -> Svg.Element:
    """Return the drawing as an element; box ``n`` is the group ``b<n>`` and the line to it ``e<n>``."""
    labels = [label(one, nodes) for one in boxes]
    layout = lay_out(boxes, labels)
    width = max(layout.width, _LEGEND)
    root = Svg.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {layout.height}",
        width=str(width),
        height=str(layout.height),
        role="img",
    )
    root.set("aria-labelledby", "picture-title picture-description")
    title = headline(selection, nodes)
    Svg.SubElement(root, "title", id="picture-title").text = title
    Svg.SubElement(root, "desc", id="picture-description").text = (
        "Boxes from left to right: what changed, what uses it, and so on to the tests. " + _in_words(boxes, labels)
    )
    Svg.SubElement(root, "style").text = _STYLE
    if titled:
        Svg.SubElement(root, "text", {"class": "title"}, x="24", y="28").text = title
    _legend(root)
    for depth, x in enumerate(layout.columns):
        heading = "what changed" if depth == 0 else f"{depth} step{'' if depth == 1 else 's'} on"
        Svg.SubElement(root, "text", {"class": "column"}, x=str(x), y="84").text = heading
    for number, one in enumerate(boxes):
        if one.parent >= 0:
            _line(root, number, one, nodes, layout)
    for number, one in enumerate(boxes):
        _box(root, number, one, nodes, labels[number], layout.places[number])
    return root


def label(one: Box, nodes: Sequence[Node]) -> tuple[str, str]:
    """Return the two lines of a box: its name or number, and its folder."""
    if len(one.members) == 1:
        folder, name = split(nodes[one.members[0]].name)
    else:
        name, folder = f"{len(one.members)} {_COUNTED[one.kind]}", one.folder or "in several folders"
        if one.idle:
            folder = "that no test hangs on"
        if one.beyond:
            name, folder = f"{len(one.members)} in all", f"{one.beyond} of them further on"
    return shorten(name, _LINE), shorten(folder, _LINE + 3)


def _in_words(boxes: Sequence[Box], labels: Sequence[tuple[str, str]]) -> str:
    causes = [" in ".join(filter(None, words)) for one, words in zip(boxes, labels, strict=True) if one.parent < 0]
    return "It starts from " + ", ".join(causes[:_NAMED]) + "."


def _legend(root: Svg.Element) -> None:
    group = Svg.SubElement(root, "g", {"class": "legend"})
    x = 24
    for kind, words, stacked in (
        (Kind.CAUSE, "a change", False),
        (Kind.TARGET, "a target that it reaches", False),
        (Kind.TEST, "a test", False),
        (Kind.TEST, "several that share cause and folder", True),
    ):
        item = Svg.SubElement(group, "g", {"class": kind.value})
        _shape(item, kind, Place(x, 44, 28), 16, stacked=stacked)
        Svg.SubElement(group, "text", {"class": "note"}, x=str(x + 38), y="57").text = words
        x += 38 + round(len(words) * 7.3) + 26
    for name, words in (("line", "depends on it"), ("line source", "is made of it")):
        Svg.SubElement(group, "path", {"class": name}, d=f"M{x} 53 h28")
        Svg.SubElement(group, "text", {"class": "note"}, x=str(x + 36), y="57").text = words
        x += 36 + round(len(words) * 7.3) + 26


def _line(root: Svg.Element, number: int, one: Box, nodes: Sequence[Node], layout: Layout) -> None:
    source, target = layout.places[one.parent], layout.places[number]
    x, y, to_x, to_y = source.x + source.width, source.y + HEIGHT // 2, target.x, target.y + HEIGHT // 2
    reasons = [nodes[member] for member in one.members]
    made = all("source of" in reason.why for reason in reasons)
    curve = f"M{x} {y} C{x + 28} {y} {to_x - 28} {to_y} {to_x} {to_y}"
    line = Svg.SubElement(root, "path", {"class": "line source" if made else "line", "id": f"e{number}"}, d=curve)
    Svg.SubElement(line, "title").text = "\n".join(
        [*(f"{nodes[reason.parent].name} {reason.why} {reason.name}" for reason in reasons[:_NAMED]), *_more(reasons)]
    )


def _box(root: Svg.Element, number: int, one: Box, nodes: Sequence[Node], words: tuple[str, str], at: Place) -> None:
    group = Svg.SubElement(root, "g", {"class": f"box {one.kind}{' idle' if one.idle else ''}", "id": f"b{number}"})
    names = [nodes[member].name for member in one.members]
    Svg.SubElement(group, "title").text = "\n".join([*names[:_NAMED], *_more(names)])
    _shape(group, one.kind, at, HEIGHT, stacked=len(one.members) > 1)
    name, folder = words
    Svg.SubElement(group, "text", {"class": "name"}, x=str(at.x + 14), y=str(at.y + 16)).text = name
    Svg.SubElement(group, "text", {"class": "folder"}, x=str(at.x + 14), y=str(at.y + 31)).text = folder


def _shape(group: Svg.Element, kind: Kind, at: Place, height: int, *, stacked: bool) -> None:
    """Draw an arrow for a cause, round ends for a test, corners for a target; a second behind it for several."""
    for name, shift in (("stack", 4), ("shape", 0)) if stacked else (("shape", 0),):
        x, y = at.x + shift, at.y + shift
        if kind is Kind.CAUSE:
            right, middle = x + at.width, y + height // 2
            outline = f"M{x} {y} H{right - 9} L{right} {middle} L{right - 9} {y + height} H{x} Z"
            Svg.SubElement(group, "path", {"class": name}, d=outline)
        else:
            radius = str(height // 2) if kind is Kind.TEST else "2"
            size = {"width": str(at.width), "height": str(height), "rx": radius}
            Svg.SubElement(group, "rect", {"class": name, "x": str(x), "y": str(y), **size})


def _more(items: Sequence[object]) -> list[str]:
    return [f"… and {len(items) - _NAMED} more"] if len(items) > _NAMED else []
