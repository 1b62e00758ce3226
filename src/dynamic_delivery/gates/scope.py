"""What the gates look at: what a change edits, and the sources of each target that it can break."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_base import Clock, DynamicError, UsageError
from dynamic_delivery.gates.model import Scope
from dynamic_impact.changes import Question, find_change
from dynamic_impact.engine import Engine
from dynamic_impact.errors import NotARepositoryError
from dynamic_impact.git import Git
from dynamic_impact.graph import targets_of
from dynamic_impact.model import Change, Selection, Status
from dynamic_impact.pants import PantsProcess, find_build_root, find_command
from dynamic_impact.snapshot import setting_of


@dataclass(frozen=True, slots=True)
class Scoped:
    """The scope, and where it comes from.

    Parameters
    ----------
    base : the commit that the change is compared with, with ``everything`` HEAD; "" where there is none
    head : the commit that the files build on, "" on an unborn branch
    reason : why that base, for a person
    renames : by new path, the old one of a renamed file
    notes : what a person should know, such as that the build graph could not be had
    unnamed : files under names that are no UTF-8, with their bytes spelled out: no gate can be given them
    absent : with ``everything``, tracked files that nobody deleted and that a sparse checkout leaves out
    """

    scope: Scope
    base: str
    reason: str
    renames: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    head: str = ""
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks to be looked at.

    Parameters
    ----------
    pants : the Pants to start; "" for the repository's own
    """

    repo: Path
    since: str = ""
    everything: bool = False
    pants: str = ""


def find_root(folder: Path) -> Path:
    """Return the build root around ``folder``, whose paths the graph uses; the work tree's top where there is none.

    Raises
    ------
    UsageError : there is neither
    """
    top = Git(folder).top
    try:
        return find_build_root(folder)
    except NotARepositoryError:
        return top


Select = Callable[[Question], tuple[Selection, Mapping[str, tuple[str, ...]]]]


def find_scope(
    asked: Asked, settings: Mapping[str, str], clock: Clock, say: Callable[[str], None], select: Select | None = None
) -> Scoped:
    """Return what to look at.

    Parameters
    ----------
    select : returns a question's selection, and the sources of each target; the engine of ``dynamic_impact`` by default

    Raises
    ------
    UsageError : the folder is in no git work tree, or the revision is unknown
    NoMergeBaseError : this clone does not hold the base
    """
    git = Git(asked.repo)
    root = find_root(asked.repo)
    question = Question(asked.since, asked.everything)
    if asked.everything:
        return _scoped(git, root, find_change(git, root, question), settings)
    try:
        selection, sources = (select or _engine(asked, clock, say))(question)
    except DynamicError as error:
        if isinstance(error, UsageError) and not isinstance(error, NotARepositoryError):
            raise
        note = f"the build graph could not be had ({error.message}): only what the change edits itself is looked at"
        return _scoped(git, root, find_change(git, root, question), settings, notes=(note,))
    reached = {item.address for item in selection.affected}.union(selection.changed_targets, *selection.anew.values())
    affected = {path for address in reached for path in sources.get(address, ())}
    return _scoped(git, root, selection.change, settings, affected)


def _engine(asked: Asked, clock: Clock, say: Callable[[str], None]) -> Select:
    def select(question: Question) -> tuple[Selection, Mapping[str, tuple[str, ...]]]:
        command = find_command(find_build_root(asked.repo), asked.pants)
        engine = Engine(asked.repo, PantsProcess(command), clock, setting_of(command), say)
        selection, graph = engine.select(question)
        return selection, {address: target.sources for address, target in targets_of(graph).items()}

    return select


def _scoped(
    git: Git,
    root: Path,
    change: Change,
    settings: Mapping[str, str],
    affected: Iterable[str] = (),
    notes: tuple[str, ...] = (),
) -> Scoped:
    if change.everything:
        listed = git.tracked(root)
        files = tuple(sorted(path for path in listed if _is_file(root, path)))
        unnamed = tuple(
            sorted(os.fsencode(path).decode(errors="backslashreplace") for path in listed if not _utf8(path))
        )
        # What git takes for unchanged though it is not there; a deleted file has no name of its content.
        absent = tuple(sorted(path for path, blob in listed.items() if blob and not os.path.lexists(root / path)))
        scope = Scope(root, files, everything=True, settings=settings, changed=files)
        return Scoped(scope, change.base, change.reason, unnamed=unnamed, head=change.head, absent=absent)
    edited = sorted(file.path for file in change.files if file.status is not Status.DELETED)
    changed = tuple(path for path in edited if _is_file(root, path))
    files = tuple(sorted({*changed, *(path for path in affected if _is_file(root, path))}))
    renames = {file.path: file.renamed for file in change.files if file.status is Status.ADDED and file.renamed}
    deleted = tuple(sorted(file.path for file in change.files if file.status is Status.DELETED))
    commits = int(git.text("rev-list", "--count", f"{change.base}..HEAD")) if change.base and change.head else 0
    scope = Scope(root, files, change.base, False, settings, changed, deleted, commits)
    # `dynamic_impact` spells such names out, and nothing stands under what it spells.
    unnamed = tuple(path for path in edited if not os.path.lexists(root / path))
    return Scoped(scope, change.base, change.reason, renames, notes, unnamed, change.head)


def _is_file(root: Path, path: str) -> bool:
    """Say whether ``path`` is a file that a gate can be given: no submodule, no link to a folder or to nothing."""
    return _utf8(path) and (root / path).is_file()


def _utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
