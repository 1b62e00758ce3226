"""The repositories that faults are put into: this one, and generated ones, each as a clean copy with one commit."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dynamic_impact.faults.generated import generate, write

THIS = "this"
# The rooms whose tests are quick enough that all of them can be run for each fault.
ROOMS = ("agi", "ags", "base", "cli", "events", "impact", "tl", "token")
_PRELOAD = ("numpy", "networkx", "rich.console", "rich.table", "click", "yaml", "duckdb", "regopy", "jsonschema")
_IDENTITY = {
    **{f"GIT_{who}_NAME": "study" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "study@example.invalid" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_DATE": "2026-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A repository to break.

    Parameters
    ----------
    root : its folder, a git work tree that is clean
    tree : git's name of its content
    revision : the commit of this repository that it was taken from, or "" where it was generated
    tests : every test file that may be taken
    mutable : the files that get faults: code, what tests share, and data; never a test file, whose edit anyone selects
    slowest_s : a test that takes more processor time unbroken is left out, since each is run once a fault
    """

    name: str
    root: Path
    tree: str
    revision: str
    tests: tuple[str, ...]
    mutable: tuple[str, ...]
    preload: tuple[str, ...]
    slowest_s: float


def prepare(name: str, repository: Path, folder: Path, revision: str = "HEAD") -> Subject:
    """Write the subject ``name`` (``this``, or ``gen`` and a seed) into ``folder``, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if name == THIS:
        revision = git(repository, "rev-parse", revision)
        archive = subprocess.run(["git", "archive", revision], cwd=repository, capture_output=True, check=True).stdout
        subprocess.run(["tar", "x", "-C", str(folder)], input=archive, check=True)
    else:
        write(folder, generate(int(name.removeprefix("gen"))))
    git(folder, "-c", "init.defaultBranch=main", "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "base")
    files = git(folder, "ls-files", "-z").strip("\0").split("\0")
    mine = [file for file in files if name != THIS or _in_rooms(file)]
    return Subject(
        name=name,
        root=folder,
        tree=git(folder, "rev-parse", "HEAD^{tree}"),
        revision=revision if name == THIS else "",
        tests=tuple(file for file in mine if _is_test(file)),
        mutable=tuple(file for file in mine if not _is_test(file) and _is_mutable(file)),
        preload=_PRELOAD if name == THIS else (),
        slowest_s=0.8 if name == THIS else 60.0,
    )


def contents(subject: Subject) -> Mapping[str, bytes]:
    """Return the bytes of each file that gets faults."""
    return {path: (subject.root / path).read_bytes() for path in subject.mutable}


def git(folder: Path, *words: str) -> str:
    """Return what git says in ``folder``; the settings of this machine's user are left out."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *words], cwd=folder, env={**environment, **_IDENTITY}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()


def _in_rooms(file: str) -> bool:
    top, _, rest = file.partition("/")
    return top in ("src", "tests") and rest.partition("/")[0] in {f"dynamic_{room}" for room in ROOMS}


def _is_test(file: str) -> bool:
    name = Path(file).name
    return name.startswith("test_") and name.endswith(".py")


def _is_mutable(file: str) -> bool:
    suffixes: Sequence[str] = (".py", ".json", ".txt", ".yaml", ".yml", ".toml", ".csv", ".rego")
    return file.startswith(("src/", "tests/")) and file.endswith(tuple(suffixes))
