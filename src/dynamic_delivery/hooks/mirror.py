"""A tree on disk as git holds it, beside the working tree: so that no unstaged edit is judged, and none is touched.

The mirror is a repository of its own that borrows the objects of the real one. It stays between runs, and git writes
only the files that differ from the last time.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dynamic_base import Completed, run, state_folder, write_atomic
from dynamic_delivery.hooks.errors import HookError
from dynamic_impact.git import EMPTY_TREE, Git

# By these git tells a hook which repository and index it is about.
REPOSITORY = (
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
# None of that is about the mirror; and large files are not fetched to be looked at.
_OWN: dict[str, str | None] = {**dict.fromkeys(REPOSITORY), "GIT_LFS_SKIP_SMUDGE": "1"}
# A person's own configuration starts nothing in there that outlives the hook.
_PLAIN = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "commit.gpgSign=false"),
    *("-c", "user.name=hooks", "-c", "user.email=hooks@example.invalid"),
)
_MEND = "remove that folder, and try again"


@dataclass(frozen=True, slots=True)
class Mirror:
    """The mirror of one work tree.

    Parameters
    ----------
    git : the real repository, which is only read
    say : tells a person what is waited for
    """

    git: Git
    say: Callable[[str], None] = lambda _: None

    @property
    def folder(self) -> Path:
        return state_folder(self.git.top) / "hooks" / "mirror"

    @contextmanager
    def holding(self, tree: str, head: str) -> Iterator[Path]:
        """Give the folder with the files of ``tree``, all of them staged, and ``head`` as its HEAD.

        Only one process holds it at a time; another waits. What one that was killed left unfinished is made anew.

        Parameters
        ----------
        head : "" on an unborn branch; HEAD is then a commit of ``tree`` without parents

        Raises
        ------
        HookError : it cannot be written
        """
        with self._lock() as lock:
            self._wait(lock)
            try:
                self._fill(tree, head)
            except HookError:
                # A lock file of a git that was killed, or a torn index: no other process is at work in here.
                shutil.rmtree(self.folder, ignore_errors=True)
                self._fill(tree, head)
            yield self.folder

    def _wait(self, lock: BinaryIO) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.say("waiting for another hook of this work tree to end")
            fcntl.flock(lock, fcntl.LOCK_EX)

    def _fill(self, tree: str, head: str) -> None:
        self._begin()
        # On an unborn branch HEAD is a commit of the mirror's own that holds just this: a gate asks it for the history.
        words = ("commit-tree", tree or EMPTY_TREE, "-m", "what is staged")
        self._ask("update-ref", "--no-deref", "HEAD", head or self._ask(*words))
        # As `reset --hard`: files that a tool left edited are written anew, too.
        self._ask("read-tree", "--reset", "-u", tree or EMPTY_TREE)
        self._ask("clean", "-ffdxq", "-e", "/.dynamic/")

    def _lock(self) -> BinaryIO:
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            return (self.folder.parent / "lock").open("wb")
        except OSError as error:
            raise HookError(f"cannot write {self.folder.parent} ({error.strerror})", "make it writable") from error

    def _begin(self) -> None:
        made = self.folder / ".git"
        if not (made / "HEAD").exists():
            how = self.git.text("rev-parse", "--show-object-format")
            done = run(
                ["git", "init", "--quiet", "--template=", f"--object-format={how}", str(self.folder)],
                cwd=self.git.top,
                env=_OWN,
            )
            self._checked(done)
        write_atomic(made / "objects" / "info" / "alternates", f"{self.git.objects()}\n".encode())
        shallow = Path(self.git.text("rev-parse", "--path-format=absolute", "--git-path", "shallow"))
        if shallow.exists():
            write_atomic(made / "shallow", shallow.read_bytes())
        else:
            (made / "shallow").unlink(missing_ok=True)

    def _ask(self, *words: str) -> str:
        # Named outright: where the mirror is damaged, git would else take the repository around it, and reset that.
        here = {**_OWN, "GIT_DIR": str(self.folder / ".git"), "GIT_WORK_TREE": str(self.folder)}
        return self._checked(run(["git", *_PLAIN, *words], cwd=self.folder, env=here))

    def _checked(self, done: Completed) -> str:
        if done.exit_code != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
            raise HookError(f"git cannot write {self.folder} ({said[-1]})", _MEND)
        return done.stdout.decode().strip()
