"""Small real git repositories, and a Pants of one rule that reads them.

In them each file ``x.t`` is a target; its lines name the targets it depends on; ``test_*.t`` are tests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dynamic_base import TickingClock, run
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from dynamic_impact.model import Selection

IDENTITY = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.invalid",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.invalid",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True, slots=True)
class Repository:
    """One git repository in a temporary folder."""

    root: Path

    def git(self, *words: str) -> str:
        done = run(
            ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *words],
            cwd=self.root,
            env={**IDENTITY},
        )
        assert done.exit_code == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def write(self, **files: str) -> None:
        self.write_all(files)

    def write_all(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, files: dict[str, str] | None = None) -> str:
        self.write_all(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "step")
        return self.git("rev-parse", "HEAD")


def new_repository(root: Path) -> Repository:
    """Return an unborn repository with a pants.toml."""
    root.mkdir(parents=True, exist_ok=True)
    repository = Repository(root)
    repository.git("init", "--quiet")
    repository.write_all({"pants.toml": "[GLOBAL]\n"})
    return repository


@dataclass(slots=True)
class OneRulePants:
    """A Pants port over ``*.t`` files.

    Parameters
    ----------
    reads : the folders that were read, in order
    """

    reads: list[Path] = field(default_factory=list)

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        del daemon
        self.reads.append(build_root)
        return [self._document(build_root, path) for path in sorted(build_root.rglob("*.t"))]

    def _document(self, build_root: Path, path: Path) -> dict[str, Any]:
        name = path.relative_to(build_root).as_posix()
        dependencies = [line for line in path.read_text(encoding="utf-8").splitlines() if (build_root / line).is_file()]
        kind = "python_test" if path.name.startswith("test_") else "python_source"
        return {"address": name, "target_type": kind, "sources": [name], "dependencies": dependencies}

    def run_goal(
        self,
        build_root: Path,
        goal: str,
        addresses: Sequence[str],
        options: Sequence[str],
        on_line: Callable[[str], None],
    ) -> int:
        raise AssertionError("nothing is run here")


def select(
    repository: Repository, pants: OneRulePants | None = None, since: str = "", *, everything: bool = False
) -> Selection:
    """Return what the engine selects in ``repository``."""
    engine = Engine(repository.root, pants or OneRulePants(), TickingClock(), "test")
    return engine.select(Question(since, everything))[0]


def names(selection: Selection) -> list[str]:
    """Return the selected tests."""
    return sorted(test.address for test in selection.tests)
