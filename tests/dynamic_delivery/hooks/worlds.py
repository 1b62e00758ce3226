"""Small real repositories with policies, and programs in place of ``./dynamic``."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from dynamic_base import Completed, run
from tests.dynamic_impact.repositories import Repository

_IMPORTED_FROM = os.pathsep.join(map(os.path.abspath, sys.path))  # before a test goes elsewhere
_STUB = """\
#!/bin/sh
printf '%s\\n' "$*" >>'{folder}/calls'
case "$*" in *pre-push*) cat >>'{folder}/told' ;; esac
exit "$(cat '{folder}/exit')"
"""
_REAL = """\
#!/bin/sh
PYTHONPATH='{path}' exec '{python}' '{script}' "$@"
"""


@dataclass(frozen=True, slots=True)
class World:
    """One repository, with a folder beside it for what its programs say."""

    root: Path
    beside: Path

    def git(self, *words: str, cwd: Path | None = None) -> Completed:
        return run(
            ["git", "-c", "init.defaultBranch=main", "-c", "advice.detachedHead=false", *words], cwd=cwd or self.root
        )

    def did(self, *words: str) -> str:
        return self.git(*words).checked("").stdout.decode().strip()

    def write(self, files: dict[str, str]) -> None:
        Repository(self.root).write_all(files)

    def commit(self, files: dict[str, str], *words: str) -> Completed:
        """Stage ``files`` and commit, by whatever hooks there are."""
        self.write(files)
        self.git("add", "--", *files).checked("")
        return self.git("commit", "--quiet", "--message", "step", *words)

    def hook(self, name: str, text: str) -> Path:
        """Write somebody else's hook."""
        path = self.root / ".git" / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def exits(self, code: int) -> None:
        """Let the stub in place of ``./dynamic`` end with ``code``."""
        (self.beside / "exit").write_text(str(code), encoding="utf-8")

    @property
    def calls(self) -> list[str]:
        """How the stub was called."""
        path = self.beside / "calls"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    @property
    def told(self) -> list[str]:
        """What the stub got on standard input."""
        path = self.beside / "told"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def new_world(root: Path) -> World:
    """Return a repository of one commit on main, whose ``./dynamic`` is a stub that says yes."""
    beside = root.parent / "beside"
    root.mkdir()
    beside.mkdir()
    world = World(root, beside)
    world.did("init", "--quiet")
    shutil.copytree("ci/policies", root / "ci" / "policies")
    shutil.copy("ci/governance.yaml", root / "ci" / "governance.yaml")
    _program(world, _STUB.format(folder=beside))
    world.exits(0)
    world.write({".gitignore": ".dynamic/\n", ".github/CODEOWNERS": "* @org/all\n", "a.txt": "fine\n"})
    world.did("add", "--all")
    world.did("commit", "--quiet", "--message", "first")
    return world


def with_real_commands(world: World) -> None:
    """Put the real commands, with planted gates, in place of the stub."""
    script = Path(__file__).with_name("planted.py")
    _program(world, _REAL.format(path=_IMPORTED_FROM, python=sys.executable, script=script))
    world.did("commit", "--quiet", "--no-verify", "--all", "--message", "real commands")


def _program(world: World, text: str) -> None:
    path = world.root / "dynamic"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
