"""Which tests, and which blocks of which files, mean what changed by its name, directly or by way of others.

The graph of targets says that a file leans on another. This says by which of its definitions: those that mention a name
that changed, those that mention their names, and so on, along the dependencies of targets only. Names are matched as
words, so that what is found is a reason to look there first, and what is not found is no proof of anything.

Ordering tests by the names that they share with a change is a form of test-case prioritisation by information
retrieval [1]_ [2]_. There rare words weigh more; here a name counts only where the graph of targets makes it visible.

References
----------
.. [1] R. K. Saha et al., An Information Retrieval Approach for Regression Test Prioritization Based on Program Changes,
   ICSE 2015
.. [2] Q. Peng, A. Shi, L. Zhang, Empirically Revisiting and Enhancing IR-Based Test-Case Prioritization, ISSTA 2020
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import PurePosixPath

from dynamic_impact.definitions import STAR, Definition, changed_definitions, definitions_of, words_of
from dynamic_impact.files import PYTHON, Files, Module, Read, stem_of
from dynamic_impact.graph import Graph
from dynamic_impact.model import NO_USES, FileChange, Selection, Status, Uses
from dynamic_impact.recordings.blocks import MODULE

MOST_CHANGED = 100
"""A change of more files says little of each; nothing is looked for."""
_LARGEST = 1 << 18  # bytes of a data file whose words are compared
_ACTED_ON, _BESIDE = 2, 3  # hops to what a changed definition may itself change, and to the rest of a changed module


def find_uses(selection: Selection, graph: Graph, old: Read, new: Read) -> Uses:
    """Return what means the change by name, as far as the selection reaches.

    Parameters
    ----------
    old, new : the content of a path in the base and now; None where there is no such file

    Notes
    -----
    Only files that hold a name that was found are parsed, the nearest first, as far as `dynamic_impact.files` allows.
    """
    files = selection.change.files
    if selection.change.everything or not 0 < len(files) <= MOST_CHANGED:
        return NO_USES
    search = _Search(Files(selection, graph, new))
    tests = {item.address for item in selection.tests}
    acts_on = [_seed(search, file, old, new) for file in files]
    search.run()
    if tests.isdisjoint(search.direct):  # nobody names it: a fixture for all tests, or what an import does elsewhere
        search.files.widen()
        for file, names in zip(files, acts_on, strict=True):
            search.offer_below(search.files.holders(file.path), names)
        search.run()
    return Uses({holder: hops for holder, hops in search.direct.items() if holder in tests}, search.blocks)


def _seed(search: "_Search", file: FileChange, old: Read, new: Read) -> frozenset[str]:
    """Put the names of what changed in ``file`` in front of the search, and return those that it may act on."""
    before = None if file.status is Status.ADDED else old(file.path)
    after = None if file.status is Status.DELETED else new(file.path)
    holders = search.files.holders(file.path)
    path = PurePosixPath(file.path)
    if not file.path.endswith(PYTHON):
        names = words_of(path.name) | _other_words(before, after)
        search.offer(holders, names, 0)
        return frozenset()
    changed = changed_definitions(before, after)
    search.found_here(file.path, changed)
    mentioned = frozenset(name for one in changed for _, name in one.mentions)
    for one in changed:
        search.offer(holders, one.binds or (name for _, name in one.mentions), 0)
    if before is None or after is None:
        search.offer(holders, frozenset((stem_of(file.path),)), 0)
    elif any(one.block == MODULE for one in changed):
        beside = definitions_of(after) or ()
        search.offer(holders, frozenset().union(*(one.binds for one in beside)), _BESIDE)
    return mentioned


def _other_words(before: bytes | None, after: bytes | None) -> frozenset[str]:
    """Return the words of the lines that only one of two texts holds."""
    if before is None or after is None or max(len(before), len(after)) > _LARGEST:
        return frozenset()
    lines = set(before.splitlines()) ^ set(after.splitlines())
    return words_of(b"\n".join(sorted(lines)).decode(errors="replace"))


@dataclass(slots=True)
class _Search:
    """Dijkstra's algorithm over names, each seen from the target that binds it."""

    files: Files
    direct: dict[str, int] = field(default_factory=dict)
    blocks: dict[str, dict[str, int]] = field(default_factory=dict)
    _queue: list[tuple[int, str, str]] = field(default_factory=list)
    _names: set[tuple[str, str]] = field(default_factory=set)
    _definitions: set[tuple[str, int]] = field(default_factory=set)

    def found_here(self, path: str, changed: Iterable[Definition]) -> None:
        """Note what itself changed."""
        self.blocks.setdefault(path, {}).update((one.block, 0) for one in changed)

    def offer(self, holders: Iterable[str], names: Iterable[str], hops: int) -> None:
        """Put ``names`` of ``holders`` in the queue."""
        for holder in holders:
            for name in names:
                heappush(self._queue, (hops, holder, name))

    def offer_below(self, holders: Iterable[str], names: frozenset[str]) -> None:
        """Put those of ``names`` in the queue that a module below binds: the change may act on it."""
        for holder in holders:
            for below in self.files.below(holder):
                for name in names:
                    module = self.files.module(below, name)
                    if module and any(name in one.binds and one.hops for one in module.definitions):
                        heappush(self._queue, (_ACTED_ON, below, name))

    def run(self) -> None:
        """Find all that means what is in the queue, nearest first."""
        while self._queue:
            hops, holder, name = heappop(self._queue)
            if (holder, name) in self._names:
                continue
            self._names.add((holder, name))
            for user in (holder, *self.files.users(holder)):
                module = self.files.module(user, name)
                if module is not None:
                    self._mentioned(module, user, holder, name, hops)

    def _mentioned(self, module: Module, user: str, holder: str, name: str, hops: int) -> None:
        if user != holder and STAR in module.by_name:
            heappush(self._queue, (hops, user, name))
        for place, of in module.by_name.get(name, ()):
            one = module.definitions[place]
            if (user, place) in self._definitions or not self._can_mean(module, of, user, holder):
                continue
            self._definitions.add((user, place))
            far = hops + one.hops
            for bound in one.binds:
                heappush(self._queue, (far, user, bound))
            if one.hops and one.text:
                self.direct.setdefault(user, far)
                self.blocks.setdefault(module.path, {}).setdefault(one.block, far)

    def _can_mean(self, module: Module, of: str, user: str, holder: str) -> bool:
        """Say whether an attribute of ``of`` can be one of ``holder``: not where it is another module."""
        if not of or user == holder:
            return True
        module_name = module.lent.get(of, of)
        return module_name == stem_of(self.files.path(holder)) or module_name not in self.files.stems(user)
