"""The kernels of another commit, out of git."""

import io
import tarfile
from pathlib import Path

from dynamic_base import DynamicError, UsageError, run

_HINT = "name a commit, a tag or a branch with --since"


class PastError(DynamicError):
    """git does not have what was asked for."""


def baseline_commit(root: Path, baseline: Path) -> str:
    """Return the commit that last changed ``baseline``: its kernels are those that were accepted.

    Raises
    ------
    PastError : it was never committed, or ``root`` is no git repository
    """
    done = run(["git", "log", "-1", "--format=%H", "--", str(baseline)], cwd=root)
    commit = done.stdout.decode().strip()
    if done.exit_code or not commit:
        raise PastError(f"no commit holds {baseline}", _HINT)
    return commit


def commit_of(root: Path, ref: str) -> str:
    """Return the full name of a commit.

    Raises
    ------
    UsageError : there is no such commit
    """
    done = run(["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"], cwd=root)
    if done.exit_code:
        raise UsageError(f"no commit is called {ref!r}", _HINT)
    return done.stdout.decode().strip()


def tree_at(root: Path, commit: str, folder: Path) -> Path:
    """Write ``kernels/`` and ``src/`` of ``commit`` into ``folder`` and return it.

    Raises
    ------
    PastError : the commit has no kernels
    """
    for wanted in ("kernels", "src"):
        done = run(["git", "archive", "--format=tar", commit, wanted], cwd=root)
        if done.exit_code == 0:
            with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
                archive.extractall(folder, filter="data")
        elif wanted == "kernels":
            said = done.stderr.decode(errors="replace").strip()
            raise PastError(f"{commit[:12]} has no kernels ({said})", "name a later one with --since")
    return folder


def changed_files(root: Path, commit: str) -> tuple[str, ...]:
    """Return the Python files below src/ that are other than at ``commit``, edits in the tree included."""
    done = run(["git", "diff", "--name-only", commit, "--", "src"], cwd=root).checked("see git status")
    return tuple(line for line in done.stdout.decode().splitlines() if line.endswith(".py"))
