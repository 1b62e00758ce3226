"""Questions to git, each answered by a plumbing command with NUL-separated output, so that any file name survives."""

import os
import shutil
import tempfile
from pathlib import Path

from dynamic_base import Completed, run
from dynamic_impact.errors import NoMergeBaseError, NotARepositoryError, UnknownRevisionError
from dynamic_impact.model import FileChange, Status

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_SHALLOW_HINT = "fetch more history with 'git fetch --unshallow', or run with --all"

# A hook's own variables would point git at another repository or index.
_CLEAN = dict.fromkeys(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"))


class Git:
    """One repository, named by any folder inside it.

    Raises
    ------
    NotARepositoryError : ``folder`` is in no git work tree
    ToolMissingError : git is not installed
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotARepositoryError(f"no folder {folder}", "name an existing one with --repo")
        top = run(["git", "rev-parse", "--show-toplevel"], cwd=folder, env=_CLEAN)
        if top.exit_code != 0:
            said = top.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
            raise NotARepositoryError(
                f"{folder} is not in a git work tree ({said[0]})", "run 'git init', or name another folder with --repo"
            )
        self.top = Path(os.fsdecode(top.stdout.removesuffix(b"\n")))
        self._listings: dict[str, bytes] = {}

    def _git(self, *words: str, env: dict[str, str | None] | None = None) -> Completed:
        return run(["git", *words], cwd=self.top, env={**_CLEAN, **(env or {})})

    def _text(self, *words: str, env: dict[str, str | None] | None = None) -> str:
        done = self._git(*words, env=env).checked("see the message above it with 'git status'")
        return os.fsdecode(done.stdout).strip()

    def _resolve(self, revision: str) -> str:
        done = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return os.fsdecode(done.stdout).strip() if done.exit_code == 0 else ""

    def commit(self, revision: str) -> str:
        """Return the commit id of ``revision``, or raise UnknownRevisionError."""
        found = self._resolve(revision)
        if not found:
            raise UnknownRevisionError(
                f"no revision {revision!r} in {self.top}", "see 'git log --oneline --all', or fetch it first"
            )
        return found

    def head(self) -> str:
        """Return HEAD's commit id, or "" on an unborn branch."""
        return self._resolve("HEAD")

    def is_shallow(self) -> bool:
        """Say whether the history was cut off by a shallow clone."""
        return self._text("rev-parse", "--is-shallow-repository") == "true"

    def default_branch(self) -> str:
        """Return the ref that branches are cut from: the remote's HEAD, else a local main or master, else ""."""
        remote = self._git("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        named = os.fsdecode(remote.stdout).strip()
        candidates = (named, "origin/main", "origin/master", "main", "master")
        return next((ref for ref in candidates if ref and self._resolve(ref)), "")

    def merge_base(self, one: str, other: str) -> str:
        """Return the best common ancestor, or raise NoMergeBaseError."""
        done = self._git("merge-base", one, other)
        if done.exit_code != 0:
            hint = (
                _SHALLOW_HINT if self.is_shallow() else "name a commit of this history with --since, or run with --all"
            )
            raise NoMergeBaseError(f"{one} and {other} have no common ancestor in this clone", hint)
        return os.fsdecode(done.stdout).strip()

    def first_parent(self, commit: str) -> str:
        """Return the first parent, or "" of a root commit; raise NoMergeBaseError where a shallow clone hides it."""
        parent = self._resolve(f"{commit}^1")
        if not parent and self.is_shallow():
            raise NoMergeBaseError(f"this shallow clone does not hold the parent of {commit[:12]}", _SHALLOW_HINT)
        return parent

    def tree(self, commit: str) -> str:
        """Return the tree id of ``commit``; the empty tree for ""."""
        return self._text("rev-parse", f"{commit}^{{tree}}") if commit else EMPTY_TREE

    def compare(self, base_tree: str) -> tuple[str, tuple[FileChange, ...]]:
        """Return the tree id of the files as they are now, and what differs from ``base_tree``.

        Untracked files count and ignored ones do not. A rename gives both its halves. The new objects go to a folder
        that is thrown away: the repository is only read.
        """
        with tempfile.TemporaryDirectory(prefix="dynamic-git-") as scratch:
            env = self._scratch_env(Path(scratch))
            index = Path(self._text("rev-parse", "--path-format=absolute", "--git-path", "index"))
            if index.exists():
                # With its time: an edit in the second of the index's own writing is known by that (git's "racy" files).
                shutil.copy2(index, Path(scratch, "index"))
            self._git("add", "--all", ".", env=env).checked("make the files readable, or ignore them")
            head_tree = self._text("write-tree", env=env)
            self._listings[head_tree] = self._list(head_tree, env)  # its objects are gone after this
            done = self._git("diff-tree", "-r", "-z", "--name-status", "-M", base_tree, head_tree, env=env)
            return head_tree, _parse_name_status(done.checked("fetch the base commit").stdout)

    def listing(self, tree: str) -> bytes:
        """Return the files of ``tree``: for each its mode, type, blob, a tab and its path, ended by NUL, in order."""
        if tree not in self._listings:
            self._listings[tree] = self._list(tree, {})
        return self._listings[tree]

    def _list(self, tree: str, env: dict[str, str | None]) -> bytes:
        return self._git("ls-tree", "-r", "-z", "--full-tree", tree, env=env).checked("fetch the base commit").stdout

    def blob(self, name: str) -> bytes | None:
        """Return the content of the blob ``name``; None if the repository does not hold it."""
        done = self._git("cat-file", "blob", name)
        return done.stdout if done.exit_code == 0 else None

    def read(self, tree: str, path: str) -> bytes | None:
        """Return the content of ``path`` in ``tree``; None if it is no file there."""
        done = self._git("cat-file", "blob", f"{tree}:{path}")
        return done.stdout if done.exit_code == 0 else None

    def export(self, tree: str, folder: Path) -> None:
        """Write the files of ``tree`` below ``folder``."""
        with tempfile.TemporaryDirectory(prefix="dynamic-git-") as scratch:
            env = self._scratch_env(Path(scratch))
            self._git("read-tree", tree, env=env).checked("fetch the base commit")
            self._git("checkout-index", "--all", f"--prefix={folder}/", env=env).checked("free the disk")

    def _scratch_env(self, scratch: Path) -> dict[str, str | None]:
        objects = self._text("rev-parse", "--path-format=absolute", "--git-path", "objects")
        return {
            "GIT_INDEX_FILE": str(scratch / "index"),
            "GIT_OBJECT_DIRECTORY": str(scratch),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{objects}"',
        }


def _parse_name_status(raw: bytes) -> tuple[FileChange, ...]:
    fields = iter(os.fsdecode(raw).split("\0"))
    found: list[FileChange] = []
    for code in fields:
        if code.startswith(("R", "C")):
            old, new = next(fields), next(fields)
            found.append(FileChange(new, Status.ADDED, renamed=old))
            if code.startswith("R"):
                found.append(FileChange(old, Status.DELETED, renamed=new))
        elif code:
            status = {"A": Status.ADDED, "D": Status.DELETED}.get(code[0], Status.MODIFIED)
            found.append(FileChange(next(fields), status))
    return tuple(sorted(found))
