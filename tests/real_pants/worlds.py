"""The repository of all edge cases: a build root below git's top, with a folder, and where needed a resolve, a case."""

import json
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamic_base import SystemClock, run
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from dynamic_impact.graph import targets_of
from dynamic_impact.model import Selection
from dynamic_impact.pants import PantsProcess
from tests.dynamic_impact.repositories import Repository, new_repository
from tests.real_pants.edges import Case, World
from tests.real_pants.edges_definitions import DEFINITIONS
from tests.real_pants.edges_locks import LOCKS
from tests.real_pants.edges_sources import SOURCES

CASES = (*SOURCES, *DEFINITIONS, *LOCKS)

_TOML = """\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = [
  "pants.backend.experimental.adhoc",
  "pants.backend.experimental.visibility",
  "pants.backend.python",
  "pants.backend.shell",
  "odd",
]
build_file_prelude_globs = ["macros/*.py"]
pythonpath = ["%(buildroot)s/plugins"]
ignore_warnings = ["DEPRECATED: Running Pants in an external Python interpreter"]

[anonymous-telemetry]
enabled = false

[source]
root_patterns = ["/", "/src"]

[python]
interpreter_constraints = ["CPython>=3.9"]
enable_resolves = true
default_resolve = "products"
resolves_generate_lockfiles = false

[python-infer]
string_imports = true
use_rust_parser = true

[pytest]
args = ["-q"]

[shell-setup]
dependency_inference = false

[python.resolves]
products = "products.lock"
"""
_PLUGIN = """\
from pants.engine.target import COMMON_TARGET_FIELDS, Dependencies, FloatField, SingleSourceField, Target


class Depth(FloatField):
    alias = "depth"
    help = "How deep it is."


class OddThing(Target):
    alias = "odd_thing"
    core_fields = (*COMMON_TARGET_FIELDS, Dependencies, SingleSourceField, Depth)
    help = "A type that nobody else knows."


def target_types():
    return (OddThing,)
"""


def toml(cases: Sequence[Case] = CASES) -> str:
    """Return the configuration, with the resolves of ``cases``."""
    resolves = {name: lock for case in cases for name, lock in case.resolves.items()}
    return _TOML + "".join(f'{name} = "{lock}"\n' for name, lock in resolves.items())


@dataclass(frozen=True, slots=True)
class Worlds:
    """The repository, and the Pants that reads it."""

    repository: Repository
    command: str

    @property
    def root(self) -> Path:
        return self.repository.root / "mono"

    def make(self, cases: Sequence[Case]) -> None:
        """Write and commit the files of ``cases``."""
        self.repository.write_all(
            {
                "mono/pants.toml": toml(cases),
                "mono/.gitignore": "/.dynamic/\n/.pants.d/\n/.pids/\n/dist/\n__pycache__/\n",
                "mono/plugins/odd/__init__.py": "",
                "mono/plugins/odd/register.py": _PLUGIN,
                "mono/products.lock": "",
                "mono/src/BUILD": "python_sources()\n",
            }
        )
        for case in cases:
            world = World(self.root, case.folder)
            for name, text in case.files.items():
                world.write(name, text)
            for edit in case.before:
                edit(world)
        self.repository.commit()

    def edit(self, case: Case) -> None:
        """Do what ``case`` does."""
        for edit in case.edit:
            edit(World(self.root, case.folder))

    def ask(self) -> tuple[Selection, set[str]]:
        """Return what the engine selects for what was edited since the commit, and all tests that there are."""
        engine = Engine(self.root, PantsProcess(self.command), SystemClock(), "edges")
        selection, graph = engine.select(Question("HEAD"))
        return selection, {address for address, target in targets_of(graph).items() if target.is_test}

    def select(self) -> Selection:
        """Return what the engine selects."""
        return self.ask()[0]

    def stock(self) -> set[str]:
        """Return what Pants itself selects, generated targets and all."""
        words = ("--changed-since=HEAD", "--changed-dependents=transitive", "list")
        done = run([self.command, "--no-dynamic-ui", *words], cwd=self.root)
        assert done.exit_code == 0, done.stderr.decode()
        return set(done.stdout.decode().splitlines())

    def undo(self) -> None:
        """Bring everything back to the commit."""
        self.repository.git("submodule", "--quiet", "foreach", "--quiet", "git reset -q --hard && git clean -qfd")
        self.repository.git("reset", "--quiet", "--hard")
        self.repository.git("clean", "--quiet", "--force", "-d")
        self.repository.git("submodule", "--quiet", "update", "--force")

    def stop(self) -> None:
        """End the daemon."""
        for pid in self.root.glob(".pids/*/pantsd/pid"):
            os.kill(int(pid.read_text()), signal.SIGTERM)


def new_worlds(folder: Path, command: str, cases: Sequence[Case] = CASES) -> Worlds:
    """Return the worlds of ``cases``, read once, so that the graph of the commit is at hand."""
    repository = new_repository(folder / "top")
    (repository.root / "pants.toml").unlink()
    worlds = Worlds(repository, command)
    worlds.make(cases)
    # On a busy machine the daemon's first start can take longer than Pants waits for it.
    for _ in range(3):
        if run([command, "--no-dynamic-ui", "list", "//:"], cwd=worlds.root).exit_code == 0:
            break
    clean = worlds.select()
    assert clean.affected == (), json.dumps([item.address for item in clean.affected])
    return worlds
