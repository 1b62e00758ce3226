"""A scratch copy of the repository in which past commits are checked out, so that nobody's work is touched."""

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dynamic_base import run, state_folder
from dynamic_impact.engine import Engine
from dynamic_impact.errors import NotARepositoryError

_CLEAN: dict[str, str | None] = {
    **dict.fromkeys(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")),
    "GIT_LFS_SKIP_SMUDGE": "1",  # the graph does not need the large files' content
}
_EXCLUDED = "/.dynamic\n.pants.d\n.pids\n.pants.workdir.file_lock*\n/dist\n__pycache__\n"


@dataclass(frozen=True, slots=True)
class Scratch:
    """The copy.

    Parameters
    ----------
    build_root : where its ``pants.toml`` is, in commits that have one
    """

    top: Path
    build_root: Path

    def check_out(self, commit: str) -> None:
        """Make the files those of ``commit``.

        Raises
        ------
        NotARepositoryError : it has no ``pants.toml``
        ProcessFailedError : git cannot
        """
        _git(self.top, "-c", "core.hooksPath=/dev/null", "checkout", "--quiet", "--force", "--detach", commit)
        _git(self.top, "clean", "-ffdq")
        if not (self.build_root / "pants.toml").is_file():
            raise NotARepositoryError("it has no pants.toml", "leave out commits before Pants came, with --commits")


@contextmanager
def scratch_of(engine: Engine) -> Iterator[Scratch]:
    """Give a copy of the repository of ``engine`` that shares its objects, and what it keeps in ``.dynamic``."""
    with tempfile.TemporaryDirectory(prefix="dynamic-replay-", ignore_cleanup_errors=True) as folder:
        top = Path(folder) / engine.git.top.name
        top.mkdir()
        scratch = Scratch(top, top / engine.build_root.resolve().relative_to(engine.git.top.resolve()))
        _share_objects(engine, top)
        _share_state(state_folder(engine.build_root), scratch.build_root / ".dynamic")
        try:
            yield scratch
        finally:
            _end_daemon(scratch.build_root)


def _share_objects(engine: Engine, top: Path) -> None:
    _git(top, "init", "--quiet")
    objects = engine.git.objects()
    (top / ".git/objects/info").mkdir(exist_ok=True)
    (top / ".git/objects/info/alternates").write_text(f"{objects}\n", encoding="utf-8")
    if (objects.parent / "shallow").exists():
        shutil.copyfile(objects.parent / "shallow", top / ".git/shallow")
    (top / ".git/info").mkdir(exist_ok=True)
    (top / ".git/info/exclude").write_text(_EXCLUDED, encoding="utf-8")


def _share_state(state: Path, there: Path) -> None:
    """Link each part of ``state``, so that a graph that is read here is kept there.

    The folder itself must be a real one: Pants ignores folders that begin with a dot, and would follow such a link.
    """
    (state / "impact" / "graphs").mkdir(parents=True, exist_ok=True)
    (there / "impact").mkdir(parents=True)
    for part in (*state.iterdir(), *(state / "impact").iterdir()):
        link = there / part.relative_to(state)
        if not link.exists():
            link.symlink_to(part)


def _end_daemon(build_root: Path) -> None:
    """End the Pants daemon that was started for the copy alone."""
    for file in build_root.glob(".pids/*/pantsd/pid"):
        with contextlib.suppress(ProcessLookupError, ValueError, OSError):
            os.kill(int(file.read_text(encoding="ascii")), signal.SIGTERM)


def _git(folder: Path, *words: str) -> None:
    run(["git", *words], cwd=folder, env=_CLEAN).checked("see whether the disk is full, or fetch the commits")
