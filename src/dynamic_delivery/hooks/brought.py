"""What a hook is to judge: the staged tree, or each commit that a push brings."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_base import run
from dynamic_delivery.hooks.errors import HookError
from dynamic_impact.git import Git
from dynamic_impact.model import Status

_KNOWN = 200  # of a remote's branches, the newest
_UPDATE = re.compile(r"(\S+) ([0-9a-f]{40,64}) (\S+) ([0-9a-f]{40,64})")


@dataclass(frozen=True, slots=True)
class Brought:
    """A tree to judge, and what it is compared with.

    Parameters
    ----------
    name : for a person
    tree : git's name of the tree
    base : the commit that it is compared with, "" where there is none
    head : the commit that it stands on, or is: what lies between the two is brought as well
    files : those that are new or edited in it, from the top, in order
    renames : by new path, the old one of a renamed file
    """

    name: str
    tree: str
    base: str
    head: str
    files: tuple[str, ...]
    renames: Mapping[str, str] = field(default_factory=dict)


def staged(git: Git, here: Path) -> Brought:
    """Return what is staged now.

    Parameters
    ----------
    here : a folder inside the work tree; git is asked from there in this process's own environment, in which
        ``git commit -a`` and ``git commit FILE`` name the index that they are about to commit

    Raises
    ------
    HookError : the index cannot be written as a tree, since a conflict is unresolved
    """
    done = run(["git", "write-tree"], cwd=here)
    if done.exit_code != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise HookError(f"what is staged is no tree ({said[-1]})", "resolve the conflict and 'git add' the files")
    tree, head = os.fsdecode(done.stdout).strip(), git.head()
    return Brought("what is staged", tree, head, head, *_edited(git, git.tree(head), tree))


def pushed(git: Git, remote: str, lines: Iterable[str]) -> Iterator[Brought]:
    """Return what a push brings, each commit once; deleted refs and what is no commit bring nothing.

    Parameters
    ----------
    remote : its name, or its address where it has none
    lines : as git tells a pre-push hook: local ref, its object, remote ref, its object

    Raises
    ------
    HookError, NoMergeBaseError : a line is none of these; this clone does not hold what the branch was cut from
    """
    seen: set[str] = set()
    for line in lines:
        match = _UPDATE.fullmatch(line.strip())
        if match is None:
            raise HookError(f"git told the hook {line.strip()!r}", "run it by 'git push', not by hand")
        ref, local, _, old = match.groups()
        head = _commit(git, local) if local.strip("0") else ""
        if head and head not in seen:
            seen.add(head)
            base = _base(git, remote, head, old)
            yield Brought(ref, git.tree(head), base, head, *_edited(git, git.tree(base), git.tree(head)))


def _base(git: Git, remote: str, head: str, old: str) -> str:
    """Return the newest commit that the remote is known to have."""
    known = _commit(git, old) if old.strip("0") else ""
    if known:
        return git.merge_base(known, head)
    refs = git.text(
        "for-each-ref",
        "--sort=-committerdate",
        f"--count={_KNOWN}",
        "--format=%(objectname)",
        "--",
        f"refs/remotes/{remote}/",
    )
    if not refs:
        return ""  # nothing is known to be there: all of it is brought
    done = git.ask("merge-base", head, *refs.split())
    if done.exit_code != 0:
        raise HookError(f"{head[:12]} and what {remote} has share no commit in this clone", "fetch more of the history")
    return os.fsdecode(done.stdout).strip()


def _commit(git: Git, name: str) -> str:
    done = git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return os.fsdecode(done.stdout).strip() if done.exit_code == 0 else ""


def _edited(git: Git, base_tree: str, tree: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the files that are new or edited in ``tree``, and what the renamed ones were called."""
    changes = git.between(base_tree, tree)
    files = tuple(file.path for file in changes if file.status is not Status.DELETED)
    return files, {file.path: file.renamed for file in changes if file.status is Status.ADDED and file.renamed}
