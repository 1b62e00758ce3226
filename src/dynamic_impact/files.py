"""The Python files of a selection, one a target, parsed where a name makes it worth it; and whom each serves."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dynamic_impact.definitions import Definition, definitions_of
from dynamic_impact.graph import FILE, Graph, owners_of
from dynamic_impact.model import Selection

MOST_PARSED, MOST_READ = 1 << 19, 1 << 23
"""Bytes of sources that are parsed, and looked through: well under a second of each. What is farther says nothing."""
PYTHON = (".py", ".pyi")
Read = Callable[[str], bytes | None]
_WORDS = re.compile(rb"[\w\x80-\xff]+")


def stem_of(path: str) -> str:
    """Return the last name of the module that ``path`` holds."""
    file = PurePosixPath(path)
    return file.parent.name if file.stem == "__init__" else file.stem


@dataclass(slots=True)
class Module:
    """One file that was parsed, and which of its definitions mention a name."""

    path: str
    definitions: tuple[Definition, ...]
    by_name: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    lent: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, one in enumerate(self.definitions):
            self.lent.update(one.lends)
            for of, name in sorted(one.mentions):
                self.by_name.setdefault(name, []).append((place, of))


class Files:
    """The targets of a selection that hold one Python file each, and whom each of them serves."""

    def __init__(self, selection: Selection, graph: Graph, read: Read) -> None:
        self.graph = graph
        self._read = read
        self._contents: dict[str, tuple[bytes, frozenset[bytes]]] = {}
        self._left_to_parse, self._left_to_read = MOST_PARSED, MOST_READ
        self._parsed: dict[str, Module | None] = {}
        self._users: dict[str, tuple[str, ...]] = {}
        self._stems: dict[str, frozenset[str]] = {}
        self._next: dict[str, set[str]] = {}
        self._wide = False
        reached = {item.address for item in selection.affected}
        for item in selection.affected:
            steps = {(step.source, step.target) for step in item.path}
            before = graph.predecessors(item.address) if item.address in graph else ()
            steps.update((cause, item.address) for cause in before if cause in reached or cause.startswith(FILE))
            for cause, end in steps:
                self._next.setdefault(cause, set()).add(end)

    def holders(self, path: str) -> tuple[str, ...]:
        """Return the targets that hold just ``path``; the file's own node where there is none, or it went."""
        owners = [owner for owner in owners_of(self.graph, path) if self.path(owner) == path]
        return tuple(owners) or (FILE + path,)

    def path(self, holder: str) -> str:
        """Return the one Python file of ``holder``, or ""; a target that went holds none any more."""
        target = self.graph.targets.get(holder)
        sources = target.sources if target is not None else (holder.removeprefix(FILE),) * holder.startswith(FILE)
        return sources[0] if len(sources) == 1 and sources[0].endswith(PYTHON) else ""

    def widen(self) -> None:
        """Follow what the change does not reach too."""
        self._wide = True
        self._users.clear()

    def users(self, holder: str) -> tuple[str, ...]:
        """Return the targets with one Python file that stand on ``holder``, over others that hold none or many."""
        if holder not in self._users:
            found: set[str] = set()
            queue, seen = [holder], {holder}
            while queue:
                cause = queue.pop()
                wide = self.graph.successors(cause) if self._wide and cause in self.graph else ()
                for node in sorted({*self._next.get(cause, ()), *wide}):
                    if node not in seen:
                        seen.add(node)
                        if self.path(node):
                            found.add(node)
                        else:
                            queue.append(node)
            self._users[holder] = tuple(sorted(found))
        return self._users[holder]

    def below(self, holder: str) -> tuple[str, ...]:
        """Return the targets with one Python file that ``holder`` stands on itself."""
        before = self.graph.predecessors(holder) if holder in self.graph else ()
        return tuple(sorted(node for node in before if not node.startswith(FILE) and self.path(node)))

    def stems(self, holder: str) -> frozenset[str]:
        """Return the names of the modules that ``holder`` stands on itself."""
        if holder not in self._stems:
            self._stems[holder] = frozenset(stem_of(self.path(node)) for node in self.below(holder))
        return self._stems[holder]

    def module(self, holder: str, name: str) -> Module | None:
        """Return the file of ``holder``, parsed, if it may hold ``name``."""
        path = self.path(holder)
        if path in self._parsed:
            return self._parsed[path]
        content, words = self._contents.get(path) or self._look_through(path)
        if name.encode() not in words and b"import *" not in content:
            return None  # another name may be there
        self._left_to_parse -= len(content)
        parsed = definitions_of(content) if self._left_to_parse >= 0 else None
        self._parsed[path] = None if parsed is None else Module(path, parsed)
        return self._parsed[path]

    def _look_through(self, path: str) -> tuple[bytes, frozenset[bytes]]:
        content = (self._read(path) or b"") if path and self._left_to_read > 0 else b""
        self._left_to_read -= len(content)
        self._contents[path] = content, frozenset(_WORDS.findall(content))
        return self._contents[path]
