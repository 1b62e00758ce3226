"""The closure: everything that a change can break, and the shortest path that shows why."""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from dynamic_impact.graph import FILE, Graph, join, targets_of
from dynamic_impact.model import Affected, Change, Fallback, Status, Step, Target
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


@dataclass(frozen=True, slots=True)
class Closure:
    """The targets that the change touches, those it can break, and what could not be judged finely."""

    changed_targets: tuple[str, ...]
    affected: tuple[Affected, ...]
    fallbacks: tuple[Fallback, ...]
    unowned: tuple[str, ...]


def needs_base(change: Change, head: Graph) -> bool:
    """Say whether the base's graph can add to the answer.

    It can where something went (a deletion, half a rename), where a BUILD file may have moved, changed or dropped
    targets, and where a new file may have taken over another's name and so removed an edge.
    """
    if change.everything or not change.base:
        return False
    return any(
        file.status is Status.DELETED
        or _BUILD_FILE.search(file.path)
        or (file.status is Status.ADDED and _shadows(file.path, head))
        for file in change.files
    )


def _shadows(path: str, graph: Graph) -> bool:
    added = PurePosixPath(path)
    twins = (PurePosixPath(node.removeprefix(FILE)) for node in graph if node.startswith(FILE))
    return any(twin != added and (twin.parent.name, twin.stem) == (added.parent.name, added.stem) for twin in twins)


def close(change: Change, head: Graph, base: "Graph | None", options: Options, unread: str = "") -> Closure:
    """Return the closure of ``change`` over the head's graph joined with the base's.

    Parameters
    ----------
    base : the base's graph where `needs_base` said so; None leaves it out
    options : what ``pants.toml`` names
    unread : why the base's graph is missing though it was needed; then everything counts as changed

    Notes
    -----
    O(nodes + edges): one breadth-first search from all changes at once, so each path is a shortest one.
    """
    graph = join(base, head) if base is not None else head
    here, before = targets_of(head), targets_of(base) if base is not None else {}
    fallbacks = (
        [Fallback("the base", f"cannot be compared with ({unread}), which can hide a cause of")] if unread else []
    )
    unowned: list[str] = []
    seeds: dict[str, Step] = {}
    for file in change.files:
        owners = _owners(graph, file.path)
        for owner in owners:
            seeds.setdefault(owner, Step(FILE + file.path, owner, f"{file.status}, is a source of"))
        if why := _reason_to_widen(file.path, options):
            fallbacks.append(Fallback(file.path, why))
        elif not owners and not _BUILD_FILE.search(file.path):
            unowned.append(file.path)
    if base is not None:
        for address, why in _redefined(before, here):
            seeds.setdefault(address, Step(f"definition of {address}", address, why))
    for cause in (*fallbacks, *((Fallback("", change.reason),) if change.everything else ())):
        for address in here:
            seeds.setdefault(address, Step(FILE + cause.path if cause.path else "everything", address, cause.why))
    parents = _search(graph, seeds)
    affected = (
        Affected(address, target.type, target.is_test, len(path), path)
        for address, target in here.items()
        if address in parents and (path := _path(parents, address))
    )
    return Closure(
        changed_targets=tuple(sorted(address for address in seeds if address in here)),
        affected=tuple(sorted(affected, key=lambda item: (not item.is_test, item.distance, item.address))),
        fallbacks=tuple(fallbacks),
        unowned=tuple(unowned),
    )


def _owners(graph: Graph, path: str) -> list[str]:
    """Return the targets that hold ``path``, or anything below it where it is a submodule's folder."""
    if FILE + path in graph:
        return sorted(graph.successors(FILE + path))
    below = FILE + path + "/"
    return sorted({owner for node in graph if node.startswith(below) for owner in graph.successors(node)})


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


def _search(graph: Graph, seeds: Mapping[str, Step]) -> dict[str, Step]:
    """Return, for each node that can be reached, the last step of a shortest path to it."""
    parents = dict(seeds)
    queue = deque(sorted(parents))
    while queue:
        node = queue.popleft()
        for dependent in graph.successors(node) if node in graph else ():
            if dependent not in parents:
                parents[dependent] = Step(node, dependent, str(graph.edges[node, dependent]["why"]))
                queue.append(dependent)
    return parents


def _path(parents: Mapping[str, Step], address: str) -> tuple[Step, ...]:
    steps = [parents[address]]
    while (previous := parents.get(steps[-1].source)) is not None:
        steps.append(previous)
    return tuple(reversed(steps))
