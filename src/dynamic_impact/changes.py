"""From what a person asks (a revision, everything, or nothing) to the change to judge."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from dynamic_impact.errors import UnknownFileError
from dynamic_impact.git import Git
from dynamic_impact.model import Change, FileChange, Status


@dataclass(frozen=True, slots=True)
class Question:
    """What to compare with: ``since`` a revision, ``everything``, or, by default, what this branch adds.

    Parameters
    ----------
    files : names relative to the build root; if any, just these are taken as edited, and nothing is compared
    """

    since: str = ""
    everything: bool = False
    files: tuple[str, ...] = ()


def find_change(git: Git, build_root: Path, question: Question) -> Change:
    """Return the change between the base that ``question`` implies and the files as they are now.

    On a branch the base is its merge base with the default branch; on a clean default branch, the commit before the
    last; on an unborn branch there is no base and everything is new.

    Raises
    ------
    UnknownRevisionError, NoMergeBaseError : the base cannot be found in this clone
    UnknownFileError : a file that was named is not there
    """
    head = git.head()
    if question.files:
        return _supposed(git, build_root, head, question.files)
    base, reason = _base(git, head, question)
    found = git.compare(git.tree(base))
    if base and base == head and not found.files and not question.since and not question.everything:
        base = git.first_parent(head)
        found = git.compare(git.tree(base))
        reason = "the last commit, since the default branch is clean"
    everything = question.everything or not base
    files = _below(git.top, build_root, through_links(found.files, found.links))
    return Change(base, found.base_tree, head, found.head_tree, files, reason, everything)


def _supposed(git: Git, build_root: Path, head: str, files: tuple[str, ...]) -> Change:
    """Return the change that an edit of ``files`` would be.

    Raises
    ------
    UnknownFileError : one is not there
    """
    for path in files:
        if not (build_root / path).is_file():
            raise UnknownFileError(
                f"no file {path} in {build_root}", "name it from there; --since finds what is deleted"
            )
    tree = git.compare(git.tree(head)).head_tree
    named = (PurePosixPath(path).as_posix() for path in files)
    changes = tuple(FileChange(path, Status.MODIFIED) for path in sorted(set(named)))
    return Change("", tree, head, tree, changes, "the files that were named")


def _base(git: Git, head: str, question: Question) -> tuple[str, str]:
    if not head:
        return "", "an unborn branch: everything is new"
    if question.everything:
        return head, "everything was asked for"
    if question.since:
        base = git.merge_base(git.commit(question.since), head)
        return base, f"the merge base with {question.since}"
    default = git.default_branch()
    if not default:
        return head, "there is no default branch: the last commit"
    return git.merge_base(default, head), f"the merge base with {default}"


def _below(top: Path, build_root: Path, files: tuple[FileChange, ...]) -> tuple[FileChange, ...]:
    """Return the changes below the build root, named relative to it."""
    prefix = PurePosixPath(build_root.resolve().relative_to(top.resolve()))
    inside = (file for file in files if PurePosixPath(file.path).is_relative_to(prefix))
    return tuple(
        replace(
            file,
            path=_printable(str(PurePosixPath(file.path).relative_to(prefix))),
            renamed=_printable(file.renamed),
            via=_printable(file.via),
        )
        for file in inside
    )


def _printable(name: str) -> str:
    """Return ``name`` with bytes that are no UTF-8 spelled out. Pants passes such files over: no target holds one."""
    return os.fsencode(name).decode(errors="backslashreplace")


def through_links(files: tuple[FileChange, ...], links: Mapping[str, str]) -> tuple[FileChange, ...]:
    """Return ``files`` and each name by which a symbolic link, or a chain of them, leads to one of them.

    Pants reads through links, so that a target can hold a file under another name than the one git sees change.
    """
    found = {file.path: file for file in files}
    queue = list(files)
    while queue:
        file = queue.pop()
        for link, leads in links.items():
            if file.path != leads and not file.path.startswith(f"{leads}/"):
                continue
            path = link + file.path.removeprefix(leads)
            if path not in found:
                found[path] = FileChange(path, file.status, via=file.via or file.path)
                queue.append(found[path])
    return tuple(sorted(found.values()))
