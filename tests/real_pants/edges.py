"""What an edge case is: files, an edit of them, and what of their tests must, must not and may be selected.

Each case has a folder of its own, called W in its literals; ``//`` leads from the build root.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_base import run
from tests.dynamic_impact.repositories import IDENTITY

BUILD = 'python_sources(name="src")\npython_tests(name="tests")\n'
CORE = {"BUILD": BUILD, "core.py": "X = 1\n", "test_core.py": "from W.core import X\n", "test_other.py": ""}

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class World:
    """The folder of one case, in the repository at ``root``."""

    root: Path
    name: str

    def path(self, name: str) -> Path:
        named = name.replace("W", self.name)
        return self.root / named[2:] if named.startswith("//") else self.root / self.name / named

    def write(self, name: str, text: str) -> None:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("W", self.name), encoding="utf-8")

    def git(self, *words: str, folder: str = ".") -> None:
        # A submodule of this machine is fetched over the file protocol.
        done = run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=self.path(folder),
            env={**IDENTITY, "GIT_ALLOW_PROTOCOL": "file"},
        )
        assert done.exit_code == 0, done.stderr.decode()


Edit = Callable[[World], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One edge case.

    Parameters
    ----------
    required, forbidden, allowed : tests by file, relative to W and without their generator; ":name" of other targets.
        Each test that is there after the edit stands in one of the three
    before : what is done to the files before they are committed
    content : bool, the edit changes just the content of files that have owners, so that the stock answer holds them all
    """

    name: str
    files: Mapping[str, str]
    edit: tuple[Edit, ...]
    required: Names = frozenset()
    forbidden: Names = frozenset()
    allowed: Names = frozenset()
    before: tuple[Edit, ...] = field(default=())
    content: bool = False

    @property
    def folder(self) -> str:
        return re.sub(r"\W+", "_", self.name).strip("_").lower()

    @property
    def resolves(self) -> dict[str, str]:
        """The lock of each resolve of the case: W's, and W2's."""
        locks = {"W": "W/py.lock", "W2": "W/other.lock"}
        held = {name: lock for name, lock in locks.items() if lock.removeprefix("W/") in self.files}
        return {name.replace("W", self.folder): lock.replace("W", self.folder) for name, lock in held.items()}

    def holds(self, address: str) -> bool:
        """Say whether a target is of this case's folder."""
        return address.startswith((f"{self.folder}/", f"{self.folder}:"))

    def judge(self, addresses: set[str]) -> list[str]:
        """Return what is wrong with what was selected of this case's folder."""
        here = {self._short(address) for address in addresses if self.holds(address)}
        return [
            *(f"{self.name}: {test} was missed" for test in sorted(self.required - here)),
            *(f"{self.name}: {test} is too much" for test in sorted(here - self.required - self.allowed)),
        ]

    def unjudged(self, addresses: set[str]) -> list[str]:
        """Return the tests of this case's folder that stand in no set, and those of a set that are not there."""
        here = {self._short(address) for address in addresses if self.holds(address)}
        return [f"{self.name}: {test}" for test in sorted(here ^ (self.required | self.forbidden | self.allowed))]

    def _short(self, address: str) -> str:
        return re.sub(r":(\.\./)*tests(?=@|$)", "", address.removeprefix(self.folder).removeprefix("/"))


def case(
    name: str,
    files: Mapping[str, str],
    *edit: Edit,
    required: str = "",
    forbidden: str = "",
    allowed: str = "",
    before: tuple[Edit, ...] = (),
    content: bool = False,
) -> Case:
    """Return a case; its tests are named in one string, with spaces between."""
    must, must_not, may = (frozenset(names.split()) for names in (required, forbidden, allowed))
    return Case(name, files, edit, must, must_not, may, before, content)


def write(name: str, text: str) -> Edit:
    return lambda world: world.write(name, text)


def replace(name: str, old: str, new: str) -> Edit:
    def edit(world: World) -> None:
        text = world.path(name).read_text(encoding="utf-8")
        assert old.replace("W", world.name) in text, (world, old)
        world.path(name).write_text(
            text.replace(old.replace("W", world.name), new.replace("W", world.name)), encoding="utf-8"
        )

    return edit


def delete(name: str) -> Edit:
    return lambda world: world.path(name).unlink()


def move(old: str, new: str) -> Edit:
    def edit(world: World) -> None:
        world.path(new).parent.mkdir(parents=True, exist_ok=True)
        world.path(old).rename(world.path(new))

    return edit


def link(name: str, aim: str) -> Edit:
    return lambda world: world.path(name).symlink_to(aim)


def make_executable(name: str) -> Edit:
    return lambda world: world.path(name).chmod(0o755)


def stage(name: str) -> Edit:
    return lambda world: world.git("add", "--", str(world.path(name)))


def submodule(name: str, files: Mapping[str, str]) -> Edit:
    """Add a submodule at ``name`` that holds ``files``."""

    def edit(world: World) -> None:
        origin = World(world.root.parent.parent / "modules", world.name)
        origin.write("README.md", "")
        origin.git("init", "--quiet")
        for path, text in files.items():
            origin.write(path, text.replace("W", world.name))
        origin.git("add", "--all")
        origin.git("commit", "--quiet", "--message", "step")
        world.git("submodule", "--quiet", "add", str(origin.path(".")), name)

    return edit


def commit_in(folder: str) -> Edit:
    def edit(world: World) -> None:
        world.git("add", "--all", folder=folder)
        world.git("commit", "--quiet", "--message", "step", folder=folder)

    return edit
