"""Where the search begins: what a change touches itself, and which edges it is known not to travel."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dynamic_impact.graph import FILE, Graph
from dynamic_impact.locks import LockEdit
from dynamic_impact.model import Change, Fallback, Status, Step, Target
from dynamic_impact.options import Options

_BUILD_FILE = re.compile(r"(^|/)BUILD(\.[^/]+)?$")
# Files that tools read by their place, without a target that owns them.
_TOOL_CONFIG = frozenset(
    (
        ".bandit",
        ".coveragerc",
        ".flake8",
        ".isort.cfg",
        ".pylintrc",
        ".ruff.toml",
        ".shellcheckrc",
        "mypy.ini",
        "pyproject.toml",
        "pytest.ini",
        "ruff.toml",
        "setup.cfg",
        "tox.ini",
    )
)

LockEdits = Mapping[str, LockEdit | str]


@dataclass(slots=True)
class Seeds:
    """What the change touches.

    Parameters
    ----------
    steps : the first step of the way to each target that is touched
    spared : edges over which the change does not spread, though their source is touched
    fallbacks : what could not be judged finely
    unowned : changed files that no target holds
    """

    steps: dict[str, Step] = field(default_factory=dict)
    spared: set[tuple[str, str]] = field(default_factory=set)
    fallbacks: list[Fallback] = field(default_factory=list)
    unowned: list[str] = field(default_factory=list)

    def add_locks(self, graph: Graph, locks: LockEdits) -> None:
        """Touch the requirements that stand on a changed pin; where that is not known, all of the lock's users."""
        for path, edit in locks.items():
            if isinstance(edit, str):
                self.fallbacks.append(Fallback(path, edit, everything=False))
                continue
            for edge in (edge for owner in _owners(graph, path) for edge in _to_requirements(graph, owner)):
                if why := _reached_by(edit, _target(graph, edge[1]).requirements):
                    self.steps[edge[1]] = Step(FILE + path, edge[1], f"modified ({why}), pins")
                else:
                    self.spared.add(edge)

    def add_files(self, change: Change, graph: Graph, options: Options, *, compared: bool) -> None:
        """Touch the owners of each changed file; of a list of requirements just its lines, if it was ``compared``."""
        for file in change.files:
            owners = _owners(graph, file.path)
            for owner in owners:
                self.steps.setdefault(owner, Step(FILE + file.path, owner, f"{file.status}, is a source of"))
                if compared and _is_list(graph, owner):
                    self.spared.update(_to_requirements(graph, owner))
            supposed = not change.base and not change.everything
            if supposed and _BUILD_FILE.search(file.path):
                self.fallbacks.append(Fallback(file.path, "is not compared with another, so it can define anew"))
            elif why := _reason_to_widen(file.path, options):
                self.fallbacks.append(Fallback(file.path, why))
            elif not owners and not _BUILD_FILE.search(file.path):
                self.unowned.append(file.path)

    def add_redefined(self, before: Mapping[str, Target], here: Mapping[str, Target]) -> None:
        """Touch each target whose definition is another, or that came or went."""
        for address, why in _redefined(before, here):
            self.steps.setdefault(address, Step(f"definition of {address}", address, why))

    def widen(self, here: Iterable[str], everything: str) -> None:
        """Touch all of ``here`` where something was not understood, or where ``everything`` says why it counts."""
        causes = [*(f for f in self.fallbacks if f.everything), *((Fallback("", everything),) if everything else ())]
        for cause in causes:
            for address in here:
                source = FILE + cause.path if cause.path else "everything"
                self.steps.setdefault(address, Step(source, address, cause.why))


def needs_base(change: Change, head: Graph) -> bool:
    """Say whether the base's graph can add to the answer.

    It can where something went (a deletion, half a rename), where a BUILD file may have moved, changed or dropped
    targets, where a new file may have taken over another's name and so removed an edge, and where only comparison
    tells which lines of a list of requirements changed.
    """
    if change.everything or not change.base:
        return False
    return any(
        file.status is Status.DELETED
        or _BUILD_FILE.search(file.path)
        or any(_is_list(head, owner) for owner in _owners(head, file.path))
        or (file.status is Status.ADDED and _shadows(file.path, head))
        for file in change.files
    )


def _shadows(path: str, graph: Graph) -> bool:
    added = PurePosixPath(path)
    twins = (PurePosixPath(node.removeprefix(FILE)) for node in graph if node.startswith(FILE))
    return any(twin != added and (twin.parent.name, twin.stem) == (added.parent.name, added.stem) for twin in twins)


def locks_in(change: Change, head: Graph) -> tuple[str, ...]:
    """Return the edited lockfiles that requirements are pinned in."""
    return tuple(
        file.path
        for file in change.files
        if file.status is Status.MODIFIED
        and any(_type(head, owner).startswith("_lockfile") for owner in _owners(head, file.path))
    )


def _reached_by(edit: LockEdit, names: tuple[str, ...]) -> str:
    """Return how the edit reaches one of ``names``, or "". A name that no lock holds is not understood, so reached."""
    touched = next((name for name in names if name in edit.reached or name not in edit.known), "")
    return edit.why(touched) if touched in edit.reached else touched and f"{touched} is not in it"


def _owners(graph: Graph, path: str) -> list[str]:
    """Return the targets that hold ``path``, or anything below it where it is a submodule's folder."""
    if FILE + path in graph:
        return sorted(graph.successors(FILE + path))
    below = FILE + path + "/"
    return sorted({owner for node in graph if node.startswith(below) for owner in graph.successors(node)})


def _to_requirements(graph: Graph, owner: str) -> Iterator[tuple[str, str]]:
    return ((owner, user) for user in graph.successors(owner) if _target(graph, user).requirements)


def _is_list(graph: Graph, address: str) -> bool:
    """Say whether ``address`` holds a list from which requirement targets are made, a line each."""
    return _type(graph, address) == "_generator_sources_helper" and any(_to_requirements(graph, address))


def _target(graph: Graph, address: str) -> Target:
    found: Target = graph.nodes[address].get("target") or Target(address, "", (), (), "", is_test=False)
    return found


def _type(graph: Graph, address: str) -> str:
    return _target(graph, address).type


def _reason_to_widen(path: str, options: Options) -> str:
    if re.fullmatch(r"pants(\.[^/]+)?\.toml|\.pants\.(rc|bootstrap)", path):
        return "configures Pants, which can change any result of"
    if PurePosixPath(path).name in _TOOL_CONFIG:
        return "configures a tool by its place, which can change any result of"
    if _BUILD_FILE.search(path):
        return ""
    option = options.naming(path)
    return f"is named by {option} in pants.toml, which can change any result of" if option else ""


def _redefined(before: Mapping[str, Target], here: Mapping[str, Target]) -> Iterable[tuple[str, str]]:
    for address in sorted(before.keys() | here.keys()):
        old, new = before.get(address), here.get(address)
        if old is None:
            yield address, "is new:"
        elif new is None:
            yield address, "was dropped:"
        elif old.definition != new.definition:
            yield address, "was changed:"
