"""What a change can break as a tree: each target hangs on the step before it on its shortest path."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from dynamic_impact.graph import FILE
from dynamic_impact.model import Selection

_HIDDEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
_LONGEST = 300


class Kind(StrEnum):
    """What a node is to the reader."""

    CAUSE = "cause"
    TARGET = "target"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Node:
    """One cause, target or test.

    Parameters
    ----------
    name : str, fit to be shown
    parent : int, the node before it, which stands before it in the tree; -1 for a cause
    why : str, "PARENT why NAME" reads as a sentence
    """

    name: str
    kind: Kind
    parent: int = -1
    why: str = ""


def tree_of(selection: Selection) -> tuple[Node, ...]:
    """Return every affected target with the steps that lead to it, parents first.

    O(steps) time. A file and the one target of the same name that it is the source of are one node. What depends on a
    test only gathers tests (the target of their folder), and is left out.
    """
    tests = {item.address for item in selection.affected if item.is_test}
    places: dict[str, int] = {}
    nodes: list[Node] = []
    for item in selection.affected:
        if item.path[-1].source in tests:
            continue
        for step in item.path:
            if step.source not in places:
                places[step.source] = len(nodes)
                nodes.append(Node(visible(step.source.removeprefix(FILE)), Kind.CAUSE))
            if step.target in places:
                continue
            parent = places[step.source]
            if nodes[parent].kind is Kind.CAUSE and step.source == FILE + step.target and step.target not in tests:
                places[step.target] = parent
                continue
            places[step.target] = len(nodes)
            kind = Kind.TEST if step.target in tests else Kind.TARGET
            nodes.append(Node(visible(step.target), kind, parent, visible(step.why)))
    return tuple(nodes)


def visible(text: str) -> str:
    """Return ``text`` with what cannot be seen written out, and its middle left out where it is very long.

    A file name may hold control characters, which XML forbids, marks that turn the direction of writing around, and
    bytes that are no UTF-8.
    """
    shown = "".join(_written_out(sign) if unicodedata.category(sign) in _HIDDEN else sign for sign in text)
    return shorten(shown, _LONGEST)


def _written_out(sign: str) -> str:
    return f"\\u{ord(sign):04x}"


def shorten(text: str, length: int) -> str:
    """Return ``text`` in at most ``length`` characters: its middle goes."""
    if len(text) <= length:
        return text
    tail = (length - 1) * 2 // 3
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def split(name: str) -> tuple[str, str]:
    """Return the folder of a file or address, and the rest."""
    found = re.match(r"[^:#@]*", name)
    path = found[0] if found else ""
    folder, _, last = path.rstrip("/").rpartition("/")
    if path.endswith("/"):
        folder, last = path.rstrip("/") or "//", ""
    return folder, last + name[len(path) :]
