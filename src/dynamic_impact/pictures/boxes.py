"""A tree of targets in few enough boxes to be read: siblings of one kind and one folder share a box."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from dynamic_impact.pictures.tree import Kind, Node, split

_FEW = 3
_CALM = 40
_DEEP = 10


@dataclass(frozen=True, slots=True)
class Box:
    """Nodes that are drawn as one.

    Parameters
    ----------
    members : places in the tree, in order
    parent : int, the box before it, which stands before it in the list; -1 for a box of causes
    depth : int, boxes between it and its cause
    folder : str, that all members share, or ""
    beyond : int, how many of the members stand for boxes behind this one that were left out
    idle : bool, no test hangs on them, and they stand here with all that does
    """

    members: tuple[int, ...]
    kind: Kind
    parent: int
    depth: int
    folder: str
    beyond: int = 0
    idle: bool = False


@dataclass(frozen=True, slots=True)
class _Grain:
    """How siblings are grouped.

    Parameters
    ----------
    least : int, so many share a box
    parts : int, so many parts of the folder's path tell them apart
    gather : bool, what leads to no test is one box with all that hangs on it
    by_end : bool, those that lead on stand apart from those that end
    """

    least: int
    parts: int
    gather: bool = True
    by_end: bool = True


def box(nodes: Sequence[Node], limit: int) -> tuple[Box, ...]:
    """Return boxes that hold each node once, at most ``limit`` of them, parents first.

    The finest grain that fits is taken. Where none does, straight runs of targets are drawn together, and what is
    still too much is counted in the last box that is shown on the way to it.
    """
    tree = _Tree.of(nodes)
    deepest = max((split(node.name)[0].count("/") + 1 for node in nodes), default=0)
    boxes: list[Box] = []
    for grain in _grains(deepest):
        boxes = _grouped(tree, grain)
        if len(boxes) <= (limit if grain.gather else min(limit, _CALM)):
            break
    if len(boxes) > limit or max((one.depth for one in boxes), default=0) > _DEEP:
        boxes = _without_runs(boxes)
    return tuple(_cut(boxes, limit))


@dataclass(frozen=True, slots=True)
class _Tree:
    """Nodes with their children by place, and the places that no test hangs on (none, where there is no test)."""

    nodes: Sequence[Node]
    children: Mapping[int, Sequence[int]]
    idle: Set[int]

    @classmethod
    def of(cls, nodes: Sequence[Node]) -> "_Tree":
        children: dict[int, list[int]] = defaultdict(list)
        busy: set[int] = set()
        for place in reversed(range(len(nodes))):
            children[nodes[place].parent].append(place)
            if nodes[place].kind is Kind.TEST or place in busy:
                busy |= {place, nodes[place].parent}
        ordered = {parent: tuple(reversed(places)) for parent, places in children.items()}
        return cls(nodes, ordered, set(range(len(nodes))) - busy if busy else set())

    def with_all_below(self, places: Sequence[int]) -> tuple[int, ...]:
        found = list(places)
        for place in found:  # grows while it is read
            found.extend(self.children.get(place, ()))
        return tuple(found)


def _grains(deepest: int) -> Iterator[_Grain]:
    """Return the grains to try, the finest first."""
    yield _Grain(_FEW, deepest, gather=False)
    yield _Grain(_FEW, deepest)
    for parts in range(deepest, 0, -1):
        yield _Grain(2, parts)
    yield _Grain(2, 0, by_end=False)


def _grouped(tree: _Tree, grain: _Grain) -> list[Box]:
    boxes = list(_groups(tree, (-1,), -1, 0, grain))
    for place, parent in enumerate(boxes):  # grows while it is read: breadth first
        if not parent.idle:
            boxes.extend(_groups(tree, parent.members, place, parent.depth + 1, grain))
    return boxes


def _groups(tree: _Tree, parents: Sequence[int], box: int, depth: int, grain: _Grain) -> Iterator[Box]:
    """Return the children of ``parents`` in boxes that hang on ``box``."""
    groups: dict[tuple[Kind, bool, str], list[int]] = defaultdict(list)
    idle: list[int] = []
    for place in (child for parent in parents for child in tree.children.get(parent, ())):
        node = tree.nodes[place]
        if grain.gather and place in tree.idle and node.kind is Kind.TARGET:
            idle.append(place)
            continue
        folder = "/".join(split(node.name)[0].split("/")[: grain.parts])
        groups[node.kind, grain.by_end and place in tree.children, folder].append(place)
    for (kind, _, folder), members in groups.items():
        if len(members) >= grain.least:
            yield Box(tuple(members), kind, box, depth, folder)
        else:
            yield from (Box((place,), kind, box, depth, split(tree.nodes[place].name)[0]) for place in members)
    if idle:
        yield Box(tree.with_all_below(idle), Kind.TARGET, box, depth, "", idle=True)


def _without_runs(boxes: Sequence[Box]) -> list[Box]:
    """Return ``boxes`` with each run of targets that neither branches nor ends drawn as one."""
    heirs: dict[int, int] = defaultdict(int)
    for one in boxes:
        heirs[one.parent] += 1
    stands_for: list[int] = []
    kept: list[Box] = []
    for place, one in enumerate(boxes):
        parent = stands_for[one.parent] if one.parent >= 0 else -1
        in_run = one.parent >= 0 and not one.idle and heirs[one.parent] == 1 and heirs[place] == 1
        if in_run and one.kind is kept[parent].kind is Kind.TARGET:
            folder = one.folder if one.folder == kept[parent].folder else ""
            kept[parent] = replace(kept[parent], members=kept[parent].members + one.members, folder=folder)
            stands_for.append(parent)
            continue
        stands_for.append(len(kept))
        kept.append(replace(one, parent=parent, depth=kept[parent].depth + 1 if parent >= 0 else 0))
    return kept


def _cut(boxes: Sequence[Box], limit: int) -> list[Box]:
    """Return the first ``limit`` of ``boxes``, with the members of the others in the last one on the way to them."""
    kept = list(boxes[:limit])
    stands_for = list(range(len(kept)))
    more: dict[int, list[int]] = defaultdict(list)
    for one in boxes[limit:]:
        stands_for.append(stands_for[one.parent] if one.parent >= 0 else len(kept) - 1)
        more[stands_for[-1]].extend(one.members)
    for place, members in more.items():
        kept[place] = replace(kept[place], members=(*kept[place].members, *members), beyond=len(members))
    return kept
