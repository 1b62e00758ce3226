"""The tree that a secret scanner is shown: the files, what the history holds beside them, and both without coats."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.git_run import git, git_asked
from dynamic_delivery.gates.model import Scope
from dynamic_delivery.gates.secrets_layers import Line, uncoated

_BATCH_BYTES = 32 << 20
MOST_BYTES = 256 << 20  # of a file or version: each is held whole


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file of the tree comes from.

    Parameters
    ----------
    blob : str, git's id of a version in the history; "" for the file as it is now
    lines : of a file without its coats, where each line comes from; empty for a file as it is
    """

    path: str
    blob: str = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Blob:
    """A version of a file, which some commit of the history holds."""

    name: str
    path: str
    size: int


@dataclass(slots=True)
class Tree:
    """A folder, and the origin of each file in it, by its path there."""

    folder: Path
    origins: dict[str, Origin] = field(default_factory=dict)

    def put(self, path: str, data: bytes, blob: str = "") -> None:
        """Write ``data`` under its own name, since rules go by names, and beside it what stands in it under a coat."""
        self._write(f"history/{blob}/{path}" if blob else f"files/{path}", data, Origin(path, blob))
        lines = uncoated(data)
        if lines:
            text = "\n".join(line.text for line in lines).encode("utf-8", errors="replace")
            name = f"uncoated/{len(self.origins)}/{PurePosixPath(path).name}"
            self._write(name, text, Origin(path, blob, lines))

    def rename(self, names: Iterable[str]) -> None:
        """Leave of the tree only ``names``, each under a name that no rule on paths knows."""
        held = {name: (self.folder / name).read_bytes() for name in names}
        shutil.rmtree(self.folder)
        for number, (name, data) in enumerate(sorted(held.items())):
            self._write(f"renamed/{number}.txt", data, self.origins[name])

    def _write(self, name: str, data: bytes, origin: Origin) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.origins[name] = origin


def add_files(tree: Tree, scope: Scope) -> tuple[list[str], set[str]]:
    """Put the files of ``scope`` into ``tree``. Return those that cannot be read whole, and git's ids of the others."""
    failed, blobs = [], set()
    for path in scope.files:
        file = scope.root / path
        try:
            # A link is the text that it leads to, as git has it: what it leads to is read under its own name.
            link = file.is_symlink()
            if not link and file.stat().st_size > MOST_BYTES:
                failed.append(path)
                continue
            data = os.fsencode(file.readlink()) if link else file.read_bytes()
        except OSError:
            failed.append(path)
            continue
        tree.put(path, data)
        blobs.add(hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest())
    return failed, blobs


def add_history(tree: Tree, scope: Scope, known: set[str]) -> tuple[list[str], list[str]]:
    """Put every version of a file that the commits since the base hold, or all commits.

    Return the path of each, and the paths of those that are too long. Versions, not diffs: a merge's own changes are
    in no diff that ``git log -p`` prints.

    Raises
    ------
    ToolError : git cannot say what the history holds
    """
    since = [f"{scope.base}..HEAD"] if scope.base else ["HEAD"]
    held = [blob for blob in _blobs(scope.root, since) if blob.name not in known]
    blobs = [blob for blob in held if blob.size <= MOST_BYTES]
    for batch in _batches(blobs):
        for blob, data in _contents(scope.root, batch):
            tree.put(blob.path, data, blob.name)
    return [blob.path for blob in blobs], sorted({blob.path for blob in held if blob.size > MOST_BYTES})


def commit_of(root: Path, blob: str, base: str) -> str:
    """Return the first commit since ``base`` that holds a version of a file; "" where git does not say."""
    since = f"{base}..HEAD" if base else "HEAD"
    said = git(root, "log", "--format=%H", "--reverse", f"--find-object={blob}", "-m", since, "--")
    return said.decode("ascii", errors="replace").partition("\n")[0][:12]


def is_shallow(root: Path) -> bool:
    """Say whether the clone lacks its oldest commits."""
    return git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def _blobs(root: Path, since: Sequence[str]) -> list[Blob]:
    words = ("rev-list", "--objects", "--filter=object:type=blob", "--filter-provided-objects", *since, "--")
    said = git(root, *words).decode("utf-8", errors="surrogateescape")
    named = dict(line.split(" ", 1) for line in said.split("\n") if " " in line)
    asked = "".join(f"{name}\n" for name in named).encode()
    sizes = git_asked(root, asked, "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
    found = []
    for line in sizes.decode("ascii", errors="replace").splitlines():
        match line.split():
            case [name, "blob", size]:
                found.append(Blob(name, named[name], int(size)))
            case [_, "commit" | "tree" | "tag", _]:
                continue
            case _:
                raise ToolError(f"git cannot read an object of the history ({line[:80]})", "run git fsck")
    return found


def _batches(blobs: Sequence[Blob]) -> Iterator[list[Blob]]:
    batch: list[Blob] = []
    held = 0
    for blob in blobs:
        batch.append(blob)
        held += blob.size
        if held > _BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _contents(root: Path, blobs: Sequence[Blob]) -> Iterator[tuple[Blob, bytes]]:
    """Give each version with what it holds; git answers in the order of the question, a head line before each."""
    said = git_asked(root, "".join(f"{blob.name}\n" for blob in blobs).encode(), "cat-file", "--batch")
    at = 0
    for blob in blobs:
        start = said.index(b"\n", at) + 1
        if said[at:start].split() != [blob.name.encode(), b"blob", str(blob.size).encode()]:
            raise ToolError(f"git gave another object than {blob.name[:12]}", "run git fsck")
        yield blob, said[start : start + blob.size]
        at = start + blob.size + 1
