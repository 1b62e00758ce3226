"""What a hook is to judge: the staged tree, or the tip of each ref that a push brings."""

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
# The first is as a person gave it, `HEAD^{/a subject}` too.
_UPDATE = re.compile(r"(.+) ([0-9a-f]{40,64}) (\S+) ([0-9a-f]{40,64})")


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
    commits : int, how many lie between base and head; a push that takes back in one what it adds in another edits no
        file, and still brings both
    """

    name: str
    tree: str
    base: str
    head: str
    files: tuple[str, ...]
    renames: Mapping[str, str] = field(default_factory=dict)
    commits: int = 0

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to judge."""
        return not self.files and not self.commits


def staged(git: Git, here: Path) -> Brought:
    """Return what is staged now; of a merge, what no side of it has as it is staged.

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
    files, renames = _edited(git, git.tree(head), tree)
    for side in _merged(git):
        other = set(_edited(git, git.tree(side), tree)[0])
        files = tuple(path for path in files if path in other)
    return Brought("what is staged", tree, head, head, files, renames)


def _merged(git: Git) -> list[str]:
    """Return the commits that a merge which is being concluded brings in; none where there is no merge."""
    path = Path(git.text("rev-parse", "--path-format=absolute", "--git-path", "MERGE_HEAD"))
    return path.read_text(encoding="ascii").split() if path.exists() else []


def unpushed(git: Git) -> tuple[str, list[str]]:
    """Return what ``git push`` would tell of HEAD, for who runs the hook by hand: the remote, and the lines."""
    branch = git.ask("symbolic-ref", "--quiet", "--short", "HEAD")
    name = os.fsdecode(branch.stdout).strip()
    keys = (f"branch.{name}.pushRemote", "remote.pushDefault", f"branch.{name}.remote")
    told = (os.fsdecode(git.ask("config", "--get", key).stdout).strip() for key in keys)
    remote = next((each for each in told if each), "origin")
    head = git.head()
    return remote, [f"HEAD {head} HEAD {'0' * len(head)}"] if head else []


def pushed(git: Git, remote: str, lines: Iterable[str]) -> Iterator[Brought]:
    """Return what a push brings, each commit once; deleted refs and what is no commit bring nothing.

    Parameters
    ----------
    remote : its name, or its address where it has none
    lines : as git tells a pre-push hook: local ref, its object, remote ref, its object

    Raises
    ------
    HookError : a line is none of these, or this clone does not hold what the branch was cut from
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
            tree = git.tree(head)
            since = (f"{base}..{head}",) if base else (head,)
            count = int(git.text("rev-list", "--count", *since, "--"))
            yield Brought(ref, tree, base, head, *_edited(git, git.tree(base), tree), count)


def _base(git: Git, remote: str, head: str, old: str) -> str:
    """Return the newest commit that the remote is known to have; "" where it has none of this history."""
    known = _commit(git, old) if old.strip("0") else ""
    # A branch that was cut anew from a newer main lies nearer to that than to where it stood itself.
    refs = [*([known] if known else []), *_tracked(git, _remote(git, remote))]
    if not refs:
        return ""  # nothing is known to be there: all of it is brought
    done = git.ask("merge-base", head, *refs)
    if done.exit_code == 0:
        return os.fsdecode(done.stdout).strip()
    if git.is_shallow():
        raise HookError(f"{head[:12]} and what {remote} has share no commit in this clone", "git fetch --unshallow")
    return ""  # another history, pushed over that which is there: all of it is brought


def _tracked(git: Git, remote: str) -> list[str]:
    """Return where the branches of a remote stood when it was last heard of, the newest first."""
    how = ("--sort=-committerdate", f"--count={_KNOWN}", "--format=%(objectname)")
    return git.text("for-each-ref", *how, "--", f"refs/remotes/{remote}/").split()


def _remote(git: Git, told: str) -> str:
    """Return the name of the remote that git told of: by its address, where a person pushed to that."""
    asked = git.ask("config", "-z", "--get-regexp", r"^remote\..*\.(push)?url$")
    rows = (row.partition("\n") for row in os.fsdecode(asked.stdout).split("\0"))
    named = (key.removeprefix("remote.").rpartition(".")[0] for key, _, address in rows if address == told)
    return next(named, told)


def _commit(git: Git, name: str) -> str:
    done = git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return os.fsdecode(done.stdout).strip() if done.exit_code == 0 else ""


def _edited(git: Git, base_tree: str, tree: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the files that are new or edited in ``tree``, and what the renamed ones were called."""
    changes = git.between(base_tree, tree)
    files = tuple(file.path for file in changes if file.status is not Status.DELETED)
    return files, {file.path: file.renamed for file in changes if file.status is Status.ADDED and file.renamed}
