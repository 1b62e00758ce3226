"""The repository around a folder, and the files that git tracks in it."""

import os
from pathlib import Path

from dynamic_base import UsageError, run

_MARKS = (".dynamic", ".git")
# A hook's own variables would point git at another repository or index.
_CLEAN = dict.fromkeys(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"))


def find_root(repo: Path | None, here: Path) -> Path:
    """Return ``repo``, or else the nearest folder from ``here`` upward that is a repository.

    Raises
    ------
    UsageError : there is none
    """
    top = repo or next((at for at in (here, *here.parents) if any((at / mark).exists() for mark in _MARKS)), None)
    if top is None:
        raise UsageError(f"{here} is in no git repository", "name one with --repo DIR")
    return top


def tracked_files(root: Path) -> tuple[str, ...]:
    """Return every path in git's index below ``root``, relative to it.

    Raises
    ------
    ProcessFailedError : ``root`` is in no git repository
    """
    done = run(["git", "ls-files", "-z"], cwd=root, env=_CLEAN).checked("name a git repository with --repo DIR")
    return tuple(os.fsdecode(name) for name in done.stdout.split(b"\0") if name)
