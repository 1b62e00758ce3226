"""The targets of a subject: asked of Pants once, kept beside it, and derived for each fault."""

import fnmatch
import json
import os
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.dynamic_impact.faults.mutants import Mutant
from benchmarks.dynamic_impact.faults.subjects import Subject

Document = dict[str, Any]
_KEPT = Path(__file__).parent / "peeks"
_FIELDS = ("address", "target_type", "sources", "sources_raw", "dependencies")


def targets_of(subject: Subject, repository: Path, work: Path, say: Callable[[str], None]) -> list[Document]:
    """Return what ``pants peek`` says of the subject, from a file named by its tree where one is kept."""
    name = f"{subject.name}-{subject.tree[:12]}.json"
    for kept in (_KEPT / name, work / name):
        if kept.exists():
            return list(json.loads(kept.read_text(encoding="utf-8")))
    say(f"{subject.name}: asking Pants for the targets, once")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    argv = [str(repository / "pants"), "--no-pantsd", "--level=error", "peek", "::"]
    said = subprocess.run(argv, cwd=subject.root, env=environment, stdout=subprocess.PIPE, check=True).stdout
    documents = [{field: one[field] for field in _FIELDS if one.get(field)} for one in json.loads(said)]
    for one in documents:
        one.setdefault("dependencies", [])
    (work / name).write_text(json.dumps(documents, indent=0) + "\n", encoding="utf-8")
    return documents


@dataclass(frozen=True, slots=True)
class KnownPants:
    """A Pants port over known targets: of the subject with the fault in it, and of the subject as it was.

    An edit of one file changes no edge that leads away from it, and the search follows only those, so the targets serve
    for it as they are. A file that goes takes its target along.
    """

    root: Path
    documents: Sequence[Document]

    def peek(self, build_root: Path, *, daemon: bool) -> list[Document]:
        del daemon
        if build_root != self.root:
            return list(self.documents)
        gone = {
            source for one in self.documents for source in one.get("sources", ()) if not (self.root / source).exists()
        }
        return without(self.documents, gone)

    def run_goal(
        self,
        build_root: Path,
        goal: str,
        addresses: Sequence[str],
        options: Sequence[str],
        on_line: Callable[[str], None],
    ) -> int:
        raise NotImplementedError("the study runs tests itself")


def without(documents: Iterable[Document], gone: set[str]) -> list[Document]:
    """Return ``documents`` as they are when the files ``gone`` are."""
    dropped = {one["address"] for one in documents if gone and one.get("sources") and gone.issuperset(one["sources"])}
    return [
        {
            **one,
            "sources": [source for source in one.get("sources", ()) if source not in gone],
            "dependencies": [needed for needed in one["dependencies"] if needed not in dropped],
        }
        for one in documents
        if one["address"] not in dropped
    ]


def stock(documents: Sequence[Document], mutant: Mutant) -> tuple[set[str], set[str]]:
    """Return what ``pants --changed-since --changed-dependents=transitive`` lists, and what ``test`` makes of that.

    As Pants 2.17 does: a file that is there is owned by the targets that hold it; one that went, by the declared
    targets whose globs it matches. ``test`` takes a listed target that generates others for all of them.
    """
    there = without(documents, {mutant.path} if mutant.operator == "drop_file" else set())
    if mutant.operator == "drop_file":
        owners = {one["address"] for one in there if _declares(one, mutant.path)}
    else:
        owners = {one["address"] for one in there if mutant.path in one.get("sources", ())}
    dependents: dict[str, list[str]] = {}
    for one in there:
        for needed in one["dependencies"]:
            dependents.setdefault(needed, []).append(one["address"])
    for owner in owners:
        dependents.setdefault(owner, []).extend(_users_of_all(documents, owner))
    listed, queue = set(owners), list(owners)
    while queue:
        fresh = [user for user in dependents.get(queue.pop(), ()) if user not in listed]
        listed.update(fresh)
        queue.extend(fresh)
    generated = {
        needed for one in there if one["address"] in listed and _generates(one) for needed in one["dependencies"]
    }
    return listed, listed | generated


def _users_of_all(documents: Sequence[Document], address: str) -> list[str]:
    """Return the targets that name ``address``, which generates others: ``peek`` shows them as users of all those."""
    made: set[str] = set()
    made.update(*(one["dependencies"] for one in documents if one["address"] == address))
    if len(made) <= 1:
        return []
    others = (one for one in documents if one["address"] != address)
    return [one["address"] for one in others if made.issubset(one["dependencies"])]


def _generates(document: Document) -> bool:
    return str(document["target_type"]).endswith("_tests")


def _declares(document: Document, path: str) -> bool:
    address = str(document["address"])
    if ":" not in address or "/" in address.partition(":")[2] or "sources_raw" not in document:
        return False
    folder = PurePosixPath(address.partition(":")[0].removeprefix("//"))
    if not PurePosixPath(path).is_relative_to(folder):
        return False
    below = str(PurePosixPath(path).relative_to(folder))
    globs = document["sources_raw"]
    wanted = (glob for glob in globs if not glob.startswith("!"))
    barred = (glob[1:] for glob in globs if glob.startswith("!"))
    return (
        "/" not in below
        and any(fnmatch.fnmatch(below, glob) for glob in wanted)
        and not any(fnmatch.fnmatch(below, glob) for glob in barred)
    )
