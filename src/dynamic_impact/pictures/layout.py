"""Where each box stands: a column a step, and rows in the order of the tree, so that no two lines cross."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from unicodedata import east_asian_width

from dynamic_impact.pictures.boxes import Box
from dynamic_impact.pictures.tree import Kind

CHARACTER, HEIGHT = 7.3, 38
_ROW, _GAP, _MARGIN, _TOP = 48, 56, 24, 96


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box stands, px; each is ``HEIGHT`` high."""

    x: int
    y: int
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where all stands, px.

    Parameters
    ----------
    columns : the left edge of each column
    """

    places: tuple[Place, ...]
    columns: tuple[int, ...]
    width: int
    height: int


def lay_out(boxes: Sequence[Box], labels: Sequence[tuple[str, str]]) -> Layout:
    """Return a place a box, wide enough for its two lines of ``labels``.

    O(boxes log boxes) time. A box stands in the middle of what it leads to. Among siblings, tests come first and small
    branches before large ones, so that a cause stays near what it breaks directly.
    """
    children: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(boxes):
        children[one.parent].append(place)
    size = [1] * len(boxes)
    for place in reversed(range(len(boxes))):
        size[place] += sum(size[child] for child in children[place])
    widths: dict[int, int] = defaultdict(int)
    for one, lines in zip(boxes, labels, strict=True):
        widths[one.depth] = max(widths[one.depth], round(max(map(cells, lines)) * CHARACTER) + 28)
    edges = list(accumulate((widths[depth] + _GAP for depth in range(len(widths))), initial=_MARGIN))
    rows = _rows(children, boxes, size)
    places = tuple(
        Place(edges[one.depth], round(_TOP + row * _ROW), widths[one.depth])
        for one, row in zip(boxes, rows, strict=True)
    )
    deepest = max(rows, default=0)
    return Layout(places, tuple(edges[:-1]), edges[-1] - _GAP + _MARGIN, round(_TOP + (deepest + 1) * _ROW + _MARGIN))


def cells(text: str) -> int:
    """Return how many places of a fixed-width font ``text`` takes: a Chinese sign takes two."""
    return sum(2 if east_asian_width(sign) in ("F", "W") else 1 for sign in text)


def _rows(children: dict[int, list[int]], boxes: Sequence[Box], size: Sequence[int]) -> list[float]:
    """Return the row of each box: amid its children, and as high as the columns leave it free.

    The children of a box are set one below the other, each branch shifted by what its columns have in common with the
    branch above (Reingold and Tilford, "Tidier Drawings of Trees", 1981). Boxes stand parents first, so that the
    reverse of their order meets children before parents.
    """

    def order(place: int) -> tuple[bool, int, int]:
        return boxes[place].kind is not Kind.TEST, size[place], place

    shifts = [0.0] * len(boxes)
    own = [0.0] * len(boxes)
    spans: list[dict[int, tuple[float, float]]] = [{} for _ in boxes]
    heads = sorted(children[-1], key=order)
    for place in reversed(range(len(boxes))):
        heirs = sorted(children[place], key=order)
        span = _stack(heirs, spans, shifts)
        if heirs:
            own[place] = (own[heirs[0]] + shifts[heirs[0]] + own[heirs[-1]] + shifts[heirs[-1]]) / 2
        spans[place] = {boxes[place].depth: (own[place], own[place]), **span}
    _stack(heads, spans, shifts)
    total = [0.0] * len(boxes)
    for place, one in enumerate(boxes):
        total[place] = shifts[place] + (total[one.parent] if one.parent >= 0 else 0.0)
    rows = [total[place] + own[place] for place in range(len(boxes))]
    highest = min(rows, default=0.0)
    return [row - highest for row in rows]


def _stack(
    branches: Sequence[int], spans: Sequence[Mapping[int, tuple[float, float]]], shifts: list[float]
) -> dict[int, tuple[float, float]]:
    """Shift each of ``branches`` below those before it, and return the first and last row of all by column."""
    whole: dict[int, tuple[float, float]] = {}
    for branch in branches:
        span = spans[branch]
        shift = max((whole[depth][1] + 1 - top for depth, (top, _) in span.items() if depth in whole), default=0.0)
        shifts[branch] = shift
        for depth, (top, bottom) in span.items():
            whole[depth] = (whole[depth][0] if depth in whole else top + shift, bottom + shift)
    return whole
