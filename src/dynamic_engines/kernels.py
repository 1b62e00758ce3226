"""Kernel sources: one text, one digest, wherever the program runs from."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.abc import Traversable
from importlib.resources import files
from pathlib import PurePosixPath
from types import MappingProxyType

from dynamic_engines.errors import KernelMissingError

_NAME = re.compile(r"[a-z0-9_]+/[a-z0-9_]+")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"\n]+)"[^\n]*$', re.MULTILINE)
_HINT = "see the names under kernels/; in a sandbox, the kernel must be a dependency of what loads it"

_OTHER: ContextVar[tuple[Traversable | None, dict[str, str]]] = ContextVar("kernels_from")


@dataclass(frozen=True, slots=True)
class KernelSource:
    """A kernel with its headers put in.

    Parameters
    ----------
    name : ``<family>/<name>``; the entry point is ``<name>``
    text : OpenCL C 1.2
    files : the kernel and every header, from ``kernels/``
    """

    name: str
    text: str
    files: tuple[str, ...] = ()

    @property
    def entry(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def digest(self) -> str:
        """SHA-256 of the kernel and its headers."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def load_kernel(
    name: str, root: Traversable | None = None, generated: Mapping[str, str] = MappingProxyType({})
) -> KernelSource:
    """Read ``kernels/<family>/<name>.cl`` from the import path, with each ``#include "…"`` replaced by the header.

    Inside ``kernels_from`` it is that folder, unless ``root`` says otherwise. A header is looked for beside the file
    that names it, then under ``kernels/``.

    Parameters
    ----------
    generated : texts that stand in for files, by their paths from ``kernels/``; they may include others. The digest
        covers them

    Raises
    ------
    KernelMissingError : no such kernel or header, or a header that includes itself
    """
    if not _NAME.fullmatch(name):
        raise KernelMissingError(f"{name!r} is not a kernel's name", "write it like rolling/sma")
    seen: list[str] = []
    other, loaded = _OTHER.get((None, {}))
    folder = _Folder(root or other or _kernels(), generated)
    text = _expand(folder, PurePosixPath(f"{name}.cl"), (), seen)
    source = KernelSource(name, text, tuple(dict.fromkeys(seen)))
    loaded[name] = source.digest
    return source


@contextmanager
def kernels_from(root: Traversable | None) -> Iterator[Mapping[str, str]]:
    """Let ``load_kernel`` read from ``root``, laid out like ``kernels/``; give the digests of what it reads, by name.

    It is how the kernels of two commits run in one process. None is the import path, as outside.
    """
    loaded: dict[str, str] = {}
    token = _OTHER.set((root, loaded))
    try:
        yield loaded
    finally:
        _OTHER.reset(token)


def _kernels() -> Traversable:
    try:
        return files("kernels")
    except ModuleNotFoundError as error:
        raise KernelMissingError("there is no kernels/ folder on the import path", _HINT) from error


@dataclass(frozen=True, slots=True)
class _Folder:
    """``kernels/``, in which some files are replaced or added."""

    root: Traversable
    generated: Mapping[str, str]

    def holds(self, path: PurePosixPath) -> bool:
        return str(path) in self.generated or self._at(path).is_file()

    def read(self, path: PurePosixPath) -> str:
        if str(path) in self.generated:
            return self.generated[str(path)]
        try:
            return self._at(path).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise KernelMissingError(f"there is no kernels/{path}", _HINT) from error

    def _at(self, path: PurePosixPath) -> Traversable:
        found = self.root
        for part in path.parts:  # in 3.11 a namespace package's joinpath takes one name at a time
            found = found.joinpath(part)
        return found


def _expand(folder: _Folder, path: PurePosixPath, within: tuple[PurePosixPath, ...], seen: list[str]) -> str:
    if path in within:
        raise KernelMissingError(f"kernels/{path} includes itself", "break it: " + " -> ".join(map(str, within)))
    seen.append(str(path))
    text = folder.read(path)

    def replace(match: re.Match[str]) -> str:
        header = _find(folder, path, match[1])
        line = text.count("\n", 0, match.start()) + 2
        return f'{_expand(folder, header, (*within, path), seen)}\n#line {line} "{path}"'

    return f'#line 1 "{path}"\n{_INCLUDE.sub(replace, text)}'


def _find(folder: _Folder, includer: PurePosixPath, header: str) -> PurePosixPath:
    for candidate in (_normal(includer.parent, header), _normal(PurePosixPath(), header)):
        if candidate is not None and folder.holds(candidate):
            return candidate
    raise KernelMissingError(f'kernels/{includer} includes "{header}", which is not there', _HINT)


def _normal(folder: PurePosixPath, header: str) -> PurePosixPath | None:
    """Resolve ``..`` by hand (a file in an archive has no working folder); None if it leads out of kernels/."""
    parts: list[str] = []
    for part in (folder / header).parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)
