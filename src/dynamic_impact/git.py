"""Questions to git, each answered by a plumbing command with NUL-separated output, so that any file name survives."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dynamic_base import Completed, run
from dynamic_impact.errors import NoMergeBaseError, NotARepositoryError, UnknownRevisionError
from dynamic_impact.model import FileChange, Status
from dynamic_impact.worktree import Scratch, WorkTree, whole_tree

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_SHALLOW_HINT = "fetch more history with 'git fetch --unshallow', or run with --all"

# A person's own configuration may add lines to the log.
_PLAIN_LOG = ("-c", "log.showSignature=false", "log", "-z", "--no-color")

# A hook's own variables would point git at another repository or index.
_CLEAN = dict.fromkeys(
    (
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    )
)
_GITLINK = b"160000 "


@dataclass(frozen=True, slots=True)
class Compared:
    """Two trees and what differs.

    Parameters
    ----------
    base_tree, head_tree : git tree ids, with the files of submodules in place where they are at hand
    links : of the head, where each symbolic link leads, both from the top
    """

    base_tree: str
    head_tree: str
    files: tuple[FileChange, ...]
    links: Mapping[str, str]


def _way_in(said: str, folder: Path) -> str:
    """Return what to do where git refuses ``folder``."""
    if "dubious ownership" in said:
        return f"if you trust it, run 'git config --global --add safe.directory {folder.resolve()}'"
    if "work tree" in said:
        return "name a clone with files, not a bare one, with --repo"
    return "run 'git init', or name another folder with --repo"


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
            raise NotARepositoryError(f"{folder} is in no git work tree ({said[0]})", _way_in(said[0], folder))
        self.top = Path(os.fsdecode(top.stdout.removesuffix(b"\n")))
        self._listings: dict[str, bytes] = {}
        self._scratch = Scratch()
        self._scratch.borrow(self)

    def ask(self, *words: str, env: dict[str, str | None] | None = None, stdin: bytes = b"") -> Completed:
        """Run git with ``words`` at the top of the work tree."""
        return run(["git", *words], cwd=self.top, env={**_CLEAN, **(env or {})}, stdin=stdin)

    def text(self, *words: str, env: dict[str, str | None] | None = None) -> str:
        """Return what git prints, stripped; raise ProcessFailedError where it fails."""
        done = self.ask(*words, env=env).checked("see the message above it with 'git status'")
        return os.fsdecode(done.stdout).strip()

    def _resolve(self, revision: str) -> str:
        done = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
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
        return self.text("rev-parse", "--is-shallow-repository") == "true"

    def default_branch(self) -> str:
        """Return the ref that branches are cut from: the remote's HEAD, else a local main or master, else ""."""
        remote = self.ask("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        named = os.fsdecode(remote.stdout).strip()
        candidates = (named, "origin/main", "origin/master", "main", "master")
        return next((ref for ref in candidates if ref and self._resolve(ref)), "")

    def merge_base(self, one: str, other: str) -> str:
        """Return the best common ancestor, or raise NoMergeBaseError."""
        done = self.ask("merge-base", one, other)
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
        return self.text("rev-parse", f"{commit}^{{tree}}") if commit else EMPTY_TREE

    def submodule(self, path: str) -> "Git | None":
        """Return the repository that is checked out at ``path``, or None."""
        folder = self.top / path
        if not (folder / ".git").exists():
            return None
        try:
            return Git(folder)
        except NotARepositoryError:
            return None

    def compare(self, base_tree: str) -> Compared:
        """Return the files as they are now beside those of ``base_tree``, and what differs.

        Untracked files count and ignored ones do not. A rename gives both its halves. A submodule that is checked out
        counts by its files, whether they are committed there or not; another by the commit that it stands at. New
        objects go to a folder that is thrown away: the repository is only read.
        """
        now = WorkTree.of(self, self._scratch)
        raw = self._difference(base_tree, now.tree)
        if now.has_submodules or _GITLINK in raw:
            base_tree = whole_tree(self, base_tree, self._scratch)
            raw = self._difference(base_tree, now.tree)
        return Compared(base_tree, now.tree, _parse_raw(raw), now.links)

    def _difference(self, one: str, other: str) -> bytes:
        # A person may have told git to hide what a submodule does.
        return self.differ(one, other, "-z", "-M", "--raw", "--no-abbrev", "--ignore-submodules=none")

    def differ(self, one: str, other: str, *how: str, path: str = "") -> bytes:
        """Return how two trees differ as ``diff-tree`` prints it ``how``; either may be one that `compare` gave.

        Parameters
        ----------
        path : just this file, named from the top; "" for all
        """
        words = ("--literal-pathspecs", "diff-tree", "-r", *how, one, other, "--", *((path,) if path else ()))
        return self.ask(*words, env=self._scratch.env()).checked("fetch the base commit").stdout

    def without(self, tree: str, path: str) -> str:
        """Return the id of ``tree`` but for the file ``path``."""
        env = self._scratch.env(self._scratch.index())
        self.ask("read-tree", tree, env=env).checked("fetch the commit")
        self.ask("rm", "--cached", "--quiet", "--ignore-unmatch", "--", path, env=env)
        return self.text("write-tree", env=env)

    def listing(self, tree: str) -> bytes:
        """Return the files of ``tree``: for each its mode, type, blob, a tab and its path, ended by NUL, in order.

        Nothing for a tree that is not here; then no other tree's graph is taken for its own.
        """
        if tree not in self._listings:
            done = self.ask("ls-tree", "-r", "-z", "--full-tree", tree, env=self._scratch.env())
            self._listings[tree] = done.stdout if done.exit_code == 0 else b""
        return self._listings[tree]

    def blob(self, name: str) -> bytes | None:
        """Return the content of the blob ``name``; None if the repository does not hold it."""
        done = self.ask("cat-file", "blob", name, env=self._scratch.env())
        return done.stdout if done.exit_code == 0 else None

    def read(self, tree: str, path: str) -> bytes | None:
        """Return the content of ``path`` in ``tree``; None if it is no file there."""
        done = self.ask("cat-file", "blob", f"{tree}:{path}", env=self._scratch.env())
        return done.stdout if done.exit_code == 0 else None

    def tracked(self, folder: Path) -> dict[str, str]:
        """Return git's name of the content of each file below ``folder``, by its path from there.

        "" stands for one that is not as the index holds it, or that is untracked and not ignored.
        """
        words = ("-C", str(folder))
        listed = self.ask(*words, "ls-files", "-z", "--stage").checked("see 'git status'").stdout
        entries = (entry.partition("\t") for entry in os.fsdecode(listed).split("\0") if entry)
        found = {path: told.split(" ")[1] for told, _, path in entries if told.endswith(" 0")}
        for how in (
            ("diff-files", "-z", "--name-only", "--relative"),
            ("ls-files", "-z", "--others", "--exclude-standard"),
        ):
            names = os.fsdecode(self.ask(*words, *how).checked("see 'git status'").stdout).split("\0")
            found.update((path, "") for path in names if path)
        return found

    def export(self, tree: str, folder: Path) -> None:
        """Write the files of ``tree`` below ``folder``."""
        env = self._scratch.env(self._scratch.index())
        self.ask("read-tree", tree, env=env).checked("fetch the base commit")
        self.ask("checkout-index", "--all", f"--prefix={folder}/", env=env).checked("free the disk")

    def log_files(self, head: str, commits: int) -> bytes:
        """Return what each of the newest ``commits`` edited (`dynamic_impact.cochange.parse_log` reads it).

        Nothing where git cannot tell: only an order hangs on it, and no answer should fail for that.
        """
        words = ("--name-status", "--no-renames", "--no-merges", "--format=%x01", f"-n{commits}", head)
        done = self.ask(*_PLAIN_LOG, *words)
        return done.stdout if done.exit_code == 0 else b""

    def commits(self, head: str, count: int, *, first_parent: bool) -> list[tuple[str, str, int, str]]:
        """Return the newest ``count`` commits up to ``head``: id, first parent ("" of a root), time in s, subject."""
        way = ("--first-parent",) if first_parent else ()
        done = self.ask(*_PLAIN_LOG, "--format=%H%x01%P%x01%ct%x01%s", f"-n{count}", *way, head)
        told = done.checked("see 'git log'").stdout
        fields = (line.split("\x01", 3) for line in told.decode(errors="replace").split("\0") if line)
        return [(commit, parents.partition(" ")[0], int(time), subject) for commit, parents, time, subject in fields]

    def between(self, base_tree: str, head_tree: str) -> tuple[FileChange, ...]:
        """Return what differs between two trees. A rename gives both its halves."""
        return _parse_raw(self._difference(base_tree, head_tree))

    def objects(self) -> Path:
        """Return the folder that holds the objects."""
        return Path(self.text("rev-parse", "--path-format=absolute", "--git-path", "objects"))


def _parse_raw(raw: bytes) -> tuple[FileChange, ...]:
    """Read ``diff-tree --raw -z``: for each entry ":modes ids status", then one path, or two of a rename."""
    fields = iter(os.fsdecode(raw).split("\0"))
    found: list[FileChange] = []
    for field in fields:
        code = field.rpartition(" ")[2]
        if code.startswith(("R", "C")):
            old, new = next(fields), next(fields)
            found.append(FileChange(new, Status.ADDED, renamed=old))
            if code.startswith("R"):
                found.append(FileChange(old, Status.DELETED, renamed=new))
        elif code:
            status = {"A": Status.ADDED, "D": Status.DELETED}.get(code[0], Status.MODIFIED)
            found.append(FileChange(next(fields), status))
    return tuple(sorted(found))
