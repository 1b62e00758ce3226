"""The files as they are now, as one git tree: staged or not, tracked or not, and those of submodules in their place."""

import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from dynamic_base import Completed
from dynamic_impact.errors import FilesUnreadableError

_LINK, _GITLINK = b"120000", b"160000"
# Of `git ls-files -v -s -z`, all but plain files: "tag mode id stage<TAB>path".
_SPECIAL = re.compile(rb"(?:\A|\0)(?!H 100)(\S) (\d+) ([0-9a-f]+) \d\t([^\0]+)")

Env = dict[str, str | None]


class Repository(Protocol):
    """What is asked of a repository (`dynamic_impact.git.Git`)."""

    top: Path

    def ask(self, *words: str, env: Env | None = None, stdin: bytes = b"") -> Completed:
        """Run git."""
        ...

    def text(self, *words: str, env: Env | None = None) -> str:
        """Return what git prints."""
        ...

    def submodule(self, path: str) -> "Repository | None":
        """Return the repository that is checked out at ``path``."""
        ...


@dataclass(slots=True, weakref_slot=True)
class Scratch:
    """A folder for new objects and indexes, gone with its owner; objects are read from repositories beside it."""

    _folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="dynamic-git-")))
    _borrowed: dict[str, None] = field(default_factory=dict)
    _indexes: int = 0

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def borrow(self, repository: Repository) -> None:
        """Read the objects of ``repository`` too."""
        self._borrowed[repository.text("rev-parse", "--path-format=absolute", "--git-path", "objects")] = None

    def index(self) -> Path:
        """Return the path of a new index."""
        self._indexes += 1
        return self._folder / f"index{self._indexes}"

    def env(self, index: Path | None = None) -> Env:
        """Return the variables that lead git here."""
        quoted = (path.replace("\\", "\\\\").replace('"', '\\"') for path in self._borrowed)
        env: Env = {
            "GIT_OBJECT_DIRECTORY": str(self._folder),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(f'"{path}"' for path in quoted),
        }
        return env if index is None else {**env, "GIT_INDEX_FILE": str(index)}


@dataclass(frozen=True, slots=True)
class WorkTree:
    """What a folder holds now.

    Parameters
    ----------
    tree : git tree id
    has_submodules : bool, at whatever depth
    links : where each symbolic link leads, both from the top; those that lead out of it are left out
    """

    tree: str
    has_submodules: bool
    links: Mapping[str, str]

    @classmethod
    def of(cls, repository: Repository, scratch: Scratch) -> "WorkTree":
        """Read ``repository``; its own index is copied, so that what did not change need not be read."""
        env = scratch.env(index := scratch.index())
        own = Path(repository.text("rev-parse", "--path-format=absolute", "--git-path", "index"))
        if own.exists():
            # With its time: git looks again into files that are as young as their index.
            shutil.copy2(own, index)
            _look_at_all(repository, env)
        added = repository.ask("add", "--all", ".", env=env)
        if added.exit_code != 0:
            said = added.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
            named = next((line for line in said if line.startswith("error:")), said[-1])
            raise FilesUnreadableError(
                f"git cannot take in the files of {repository.top} ({named.removeprefix('error: ')})",
                "make them readable, commit once in a repository that lies in this one, or ignore them",
            )
        links: dict[str, str] = {}
        modules: list[str] = []
        for _, mode, _, path in _special(repository, env):
            if mode == _GITLINK:
                modules.append(path)
            elif mode == _LINK and (leads := _leads(repository.top, path)):
                links[path] = leads
        for path in modules:
            if (module := repository.submodule(path)) is not None:
                scratch.borrow(module)
                inner = cls.of(module, scratch)
                _put(repository, scratch.env(index), path, inner.tree)
                links.update({f"{path}/{link}": f"{path}/{leads}" for link, leads in inner.links.items()})
        return cls(repository.text("write-tree", env=scratch.env(index)), bool(modules), links)


def whole_tree(repository: Repository, tree: str, scratch: Scratch) -> str:
    """Return ``tree`` with the files of its submodules in place, as far as their commits are at hand."""
    listed = repository.ask("ls-tree", "-r", "-z", tree, env=scratch.env()).checked("fetch the base commit").stdout
    entries = (entry.partition(b"\t") for entry in listed.split(b"\0") if entry.startswith(_GITLINK))
    modules = [(os.fsdecode(path), meta.split()[2].decode()) for meta, _, path in entries]
    if not modules:
        return tree
    index = scratch.index()
    repository.ask("read-tree", tree, env=scratch.env(index)).checked("fetch the base commit")
    for path, commit in modules:
        module = repository.submodule(path)
        if module is None:
            continue
        scratch.borrow(module)
        found = module.ask("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}")
        if found.exit_code == 0:
            _put(repository, scratch.env(index), path, whole_tree(module, found.stdout.decode().strip(), scratch))
    return repository.text("write-tree", env=scratch.env(index))


def _put(repository: Repository, env: Env, path: str, tree: str) -> None:
    """Put the files of ``tree`` where the index has a submodule."""
    repository.ask("update-index", "-z", "--force-remove", "--stdin", env=env, stdin=os.fsencode(path)).checked(
        "see 'git submodule status'"
    )
    repository.ask("read-tree", f"--prefix={path}/", tree, env=env).checked("fetch the submodule")


def _look_at_all(repository: Repository, env: Env) -> None:
    """Look also at files that git was told to take as unchanged, and at those outside a sparse checkout that exist."""
    flagged = [
        (tag, path)
        for tag, _, _, path in _special(repository, env)
        if tag.islower() or (tag == "S" and os.path.lexists(repository.top / path))
    ]
    for option, paths in (
        ("--no-assume-unchanged", [path for tag, path in flagged if tag.islower()]),
        ("--no-skip-worktree", [path for tag, path in flagged if tag in "Ss"]),
    ):
        if paths:
            names = os.fsencode("\0".join(paths))
            repository.ask("update-index", option, "-z", "--stdin", env=env, stdin=names).checked(
                "see 'git ls-files -v'"
            )


def _special(repository: Repository, env: Env) -> list[tuple[str, bytes, str, str]]:
    """Return (tag, mode, id, path) of each entry of the index that is no plain file."""
    listed = repository.ask("ls-files", "-v", "-s", "-z", env=env).checked("see 'git status'").stdout
    return [
        (tag.decode(), mode, name.decode(), os.fsdecode(path)) for tag, mode, name, path in _SPECIAL.findall(listed)
    ]


def _leads(top: Path, link: str) -> str:
    """Return where ``link`` leads, from ``top``; "" where it leads out, or to a folder that holds it."""
    try:
        aim = (top / link).parent / (top / link).readlink()
    except OSError:
        return ""
    path = os.path.relpath(os.path.normpath(aim), top)
    inside = not path.startswith("..") and path != "."
    return path if inside and not PurePosixPath(link).is_relative_to(path) else ""
