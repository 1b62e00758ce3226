"""What stock Pants would have picked: ``--changed-since=PARENT --changed-dependents=transitive``, on the same graph.

As Pants 2.17 does it: a changed file stands for the targets that own it now, a changed BUILD file for all that it
declares, and from there over dependencies alone. A deleted file is owned by nothing that its dependents know, so they
are lost; an edited lock reaches every user of its resolve; ``pants.toml`` is owned by nothing.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from dynamic_impact.model import Change, Status, Target

_BUILD_FILE = re.compile(r"(^|/)BUILD(\.[^/]+)?$")


def stock(change: Change, targets: Mapping[str, Target]) -> frozenset[str]:
    """Return the tests that stock Pants would have picked among ``targets``. O(targets + dependencies)."""
    dependents: dict[str, list[str]] = {}
    for target in targets.values():
        for dependency in target.dependencies:
            dependents.setdefault(dependency, []).append(target.address)
    reached = set(_owners(change, targets.values()))
    queue = deque(reached)
    while queue:
        for dependent in dependents.get(queue.popleft(), ()):
            if dependent not in reached:
                reached.add(dependent)
                queue.append(dependent)
    return frozenset(address for address in reached if address in targets and targets[address].is_test)


def _owners(change: Change, targets: Iterable[Target]) -> Iterable[str]:
    alive = {file.path for file in change.files if file.status is not Status.DELETED}
    declaring = {str(PurePosixPath(path).parent) for path in alive if _BUILD_FILE.search(path)}
    for target in targets:
        if not alive.isdisjoint(target.sources) or declared_in(target) in declaring:
            yield target.address


def declared_in(target: Target) -> str:
    """Return the folder of the BUILD file that declares ``target``, "." for the build root."""
    body = re.split("[#@]", target.address, maxsplit=1)[0]
    path, _, name = body.removeprefix("//").partition(":")
    folder = PurePosixPath(path)
    if path in target.sources:  # a/b/c.py:../../t is made from one file by a target of the folder a
        folder = folder.parent
        for _ in range(name.count("../")):
            folder = folder.parent
    return str(folder)
