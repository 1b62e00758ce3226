"""Where the search begins: what a change touches itself, and which edges it is known not to travel."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dynamic_impact.graph import FILE, Graph, owners_of, targets_of
from dynamic_impact.locks import LockEdit, normalised
from dynamic_impact.model import Change, Fallback, FileChange, Status, Step, Target
from dynamic_impact.options import Options, is_pants_toml
from dynamic_impact.reach import EVERYTHING, Reach, reach_of_place

# Types that others find by the path of their sources: an edit of what one says moves no edge that leads from it.
_FOUND_BY_PATH = re.compile(
    r"_\w+|python_\w+|pex_binar\w+|files?|resources?|relocated_files|target|docker_image|shell_\w+|shunit2_\w+"
    r"|\w*shell_command|go_\w+|archive|adhoc_tool|system_binary"
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
    anew : the goals that must judge every target
    """

    steps: dict[str, Step] = field(default_factory=dict)
    spared: set[tuple[str, str]] = field(default_factory=set)
    fallbacks: list[Fallback] = field(default_factory=list)
    unowned: list[str] = field(default_factory=list)
    anew: set[str] = field(default_factory=set)

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

    def add_files(self, change: Change, graph: Graph, options: Options, locks: LockEdits, *, compared: bool) -> None:
        """Touch the owners of each changed file; of a list of requirements just its lines, if it was ``compared``."""
        for file in change.files:
            owners = _owners(graph, file.path)
            for owner in owners:
                source = FILE + (file.via or file.path)
                through = f" (as {file.path})" if file.via else ""
                self.steps.setdefault(owner, Step(source, owner, f"{file.status}{through}, is a source of"))
                if compared and _is_list(graph, owner):
                    self.spared.update(_to_requirements(graph, owner))
            reaches = list(_reaches(file, options))
            by_definition = options.is_build_file(file.path) or any(reach.graph for _, reach in reaches)
            if by_definition and not change.base and not change.everything:
                reaches = [("is not compared with another, so it can define anew", EVERYTHING)]
            if not owners and options.is_lock(file.path):
                reaches = [("is a lock that no target holds, which can change any result of", EVERYTHING)]
            if isinstance(edit := locks.get(file.path), LockEdit) and not edit.changed:
                continue
            for why, reach in reaches:
                self._add_reach(graph, file.path, why, reach)
            judged = bool(reaches) or file.path in options.compared
            if not judged and not owners and not options.is_build_file(file.path):
                self.unowned.append(file.path)

    def _add_reach(self, graph: Graph, path: str, why: str, reach: Reach) -> None:
        """Touch what an edit of ``path`` reaches beyond its owners."""
        owners = {lock: _owners(graph, lock) for lock in reach.locks}
        unlisted = reach.listed and not any(_is_list(graph, owner) for owner in _owners(graph, path))
        if reach.everything or unlisted or not all(owners.values()):
            self.fallbacks.append(Fallback(path, why))
            return
        if reach.goals and not self.anew.issuperset(reach.goals):
            self.fallbacks.append(Fallback(path, why, goals=reach.goals))
            self.anew.update(reach.goals)
        for address, target in targets_of(graph).items() if reach.kinds or reach.tests else ():
            if reach.touches(target.type, is_test=target.is_test):
                self.steps.setdefault(address, Step(FILE + path, address, why))
        for address in (owner for held in owners.values() for owner in held):
            self.steps.setdefault(address, Step(FILE + path, address, why))

    def add_redefined(self, before: Mapping[str, Target], here: Mapping[str, Target]) -> None:
        """Touch each target whose definition is another, or that came or went."""
        for address, why in _redefined(before, here):
            self.steps.setdefault(address, Step(f"definition of {address}", address, why))
            if (here.get(address) or before[address]).type.endswith("_environment"):
                # Targets choose it by name, not by a dependency.
                self.fallbacks.append(Fallback(address, "is where processes run, which can change any result of"))

    def widen(self, here: Iterable[str], everything: str) -> None:
        """Touch all of ``here`` where something was not understood, or where ``everything`` says why it counts."""
        causes = [
            *(f for f in self.fallbacks if f.covers_tests),
            *((Fallback("", everything),) if everything else ()),
        ]
        for cause in causes:
            for address in here:
                source = FILE + cause.path if cause.path else "everything"
                self.steps.setdefault(address, Step(source, address, cause.why))


def needs_base(change: Change, head: Graph, options: Options) -> bool:
    """Say whether the base's graph can add to the answer.

    It can where something went (a deletion, half a rename, the last line of a file that counts only for its content),
    where a BUILD file or an option may have moved, changed or dropped targets, where a new file may have taken over
    another's name and so removed an edge, where users find a file by what it says, and where only comparison tells
    which lines of a list of requirements changed.
    """
    if change.everything or not change.base:
        return False
    names = _Names(head)
    return any(
        file.status is Status.DELETED
        or options.is_build_file(file.path)
        or any(reach.graph for _, reach in _reaches(file, options))
        or any(_moves_edges(head, owner, file) for owner in _owners(head, file.path))
        or (file.status is Status.ADDED and names.taken(file.path))
        for file in change.files
    )


def _moves_edges(graph: Graph, owner: str, file: FileChange) -> bool:
    """Say whether an edit of ``file`` can have removed an edge that leads from its ``owner``."""
    # An `__init__.py` is depended on while it has content.
    by_content = PurePosixPath(file.path).name.startswith("__init__.py")
    return by_content or _is_list(graph, owner) or not _FOUND_BY_PATH.fullmatch(_type(graph, owner))


@dataclass(slots=True)
class _Names:
    """The names by which files are imported, each by its last part: a module, or the folder of an ``__init__``."""

    graph: Graph
    _modules: Counter[str] = field(default_factory=Counter)
    _packages: set[str] = field(default_factory=set)

    def taken(self, path: str) -> bool:
        """Say whether ``path``, which is new, may bear the name of another file, or of a package that is required."""
        if not self._modules:
            self._modules.update(_module(node) for node in self.graph if node.startswith(FILE))
            packages = (name for target in targets_of(self.graph).values() for name in target.requirements)
            self._packages.update(re.sub(r"^(python-|py)(?=.)|-python$", "", name) for name in packages)
        if self._modules[_module(path)] > (FILE + path in self.graph):
            return True
        parts = PurePosixPath(path).with_suffix("").parts
        return path.endswith((".py", ".pyi")) and any(normalised(part) in self._packages for part in parts)


def _module(path: str) -> str:
    folder, _, name = path.removeprefix(FILE).rpartition("/")
    stem = name.partition(".")[0]
    return folder.rpartition("/")[2] if stem == "__init__" else stem


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
        return list(owners_of(graph, path))
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


def _reaches(file: FileChange, options: Options) -> Iterator[tuple[str, Reach]]:
    """Yield how far an edit of ``file`` goes beyond its owners, with the reason."""
    name = PurePosixPath(file.path).name
    if file.path in options.compared:
        for edit, reach in options.edits:
            if edit.file == file.path:
                yield f"sets {edit.option} ({edit.change}), which can change any result of", reach
    elif is_pants_toml(file.path) or file.path in (".pants.rc", ".pants.bootstrap"):
        yield "configures Pants, which can change any result of", EVERYTHING
    elif (placed := reach_of_place(name)) is not None:
        yield "configures a tool by its place, which can change any result of", placed
    if options.is_build_file(file.path):
        return
    for option, reach in options.naming(file.path):
        # A tool reads its own table, which was compared.
        if not (file.path in options.compared and option.endswith(".config")):
            yield f"is named by {option} in pants.toml, which can change any result of", reach


def _redefined(before: Mapping[str, Target], here: Mapping[str, Target]) -> Iterable[tuple[str, str]]:
    for address in sorted(before.keys() | here.keys()):
        old, new = before.get(address), here.get(address)
        if old is None:
            yield address, "is new:"
        elif new is None:
            yield address, "was dropped:"
        elif old.definition != new.definition:
            yield address, "was changed:"
