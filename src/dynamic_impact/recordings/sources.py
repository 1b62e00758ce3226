"""Sources as they are now, and what differs between two contents of one of them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_base import write_atomic
from dynamic_base.files import WriteError
from dynamic_impact.recordings.blocks import MODULE, Blocks, blocks_of

_FORMAT = 2  # of the blocks: another one makes all tables strangers


def blob_of(content: bytes) -> str:
    """Return the name that git gives ``content``."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Tables:
    """The digests of the blocks of each content that a recording saw, kept by git's name of it.

    Parameters
    ----------
    folder : a file each; None keeps them in memory only
    """

    folder: Path | None = None
    _known: dict[str, Mapping[str, str] | None] = field(default_factory=dict)

    def _path(self, blob: str) -> Path | None:
        return self.folder / blob[:2] / f"{blob}-{_FORMAT}.json" if self.folder else None

    def get(self, blob: str) -> Mapping[str, str] | None:
        """Return the digests of the blocks of ``blob``, by name; None if they are not known, or torn."""
        if blob not in self._known:
            self._known[blob] = self._read(blob)
        return self._known[blob]

    def _read(self, blob: str) -> Mapping[str, str] | None:
        path = self._path(blob)
        try:
            document: object = json.loads(path.read_bytes()) if path else None
        except (OSError, ValueError):
            return None
        if not isinstance(document, dict) or not isinstance(digests := document.get("blocks"), dict):
            return None
        return digests if document.get("sha256") == _digest(digests) else None

    def put(self, blob: str, blocks: Blocks) -> None:
        """Keep the digests of ``blocks``.

        Raises
        ------
        WriteError : the disk refused
        """
        if self.get(blob) is not None:
            return
        self._known[blob] = blocks.digests
        if path := self._path(blob):
            document = {"blocks": blocks.digests, "sha256": _digest(blocks.digests)}
            write_atomic(path, json.dumps(document, sort_keys=True).encode())


def _digest(digests: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()


@dataclass(slots=True)
class Sources:
    """The repository's files as they are, read at most once each.

    Parameters
    ----------
    unchanged : says of (path, blob) cheaply whether the file is still that blob; may say no in doubt
    """

    root: Path
    tables: Tables
    unchanged: Callable[[str, str], bool] = lambda _path, _blob: False
    _contents: dict[str, bytes | None] = field(default_factory=dict)
    _blobs: dict[str, str] = field(default_factory=dict)
    _blocks: dict[str, Blocks | None] = field(default_factory=dict)
    _differing: dict[tuple[str, str], frozenset[str] | None] = field(default_factory=dict)

    def content(self, path: str) -> bytes | None:
        """Return what ``path`` holds; None if there is no such file."""
        if path not in self._contents:
            try:
                self._contents[path] = (self.root / path).read_bytes()
            except OSError:
                self._contents[path] = None
        return self._contents[path]

    def blob(self, path: str) -> str:
        """Return git's name of what ``path`` holds, or "" if there is no such file."""
        if path not in self._blobs:
            content = self.content(path)
            self._blobs[path] = "" if content is None else blob_of(content)
        return self._blobs[path]

    def blocks(self, path: str) -> Blocks | None:
        """Return the blocks of ``path``, or None if it cannot be parsed."""
        if path not in self._blocks:
            content = self.content(path)
            self._blocks[path] = None if content is None else blocks_of(content)
        return self._blocks[path]

    def is_still(self, path: str, blob: str) -> bool:
        """Say whether ``path`` holds ``blob``."""
        return self.unchanged(path, blob) or self.blob(path) == blob

    def differing(self, path: str, blob: str) -> frozenset[str] | None:
        """Return the blocks of ``blob`` that ``path`` does not hold just so any more; None: only the whole is known."""
        key = (path, blob)
        if key not in self._differing:
            self._differing[key] = self._compare(path, blob)
        return self._differing[key]

    def _compare(self, path: str, blob: str) -> frozenset[str] | None:
        if self.is_still(path, blob):
            return frozenset()
        old, new = self.tables.get(blob), self.blocks(path)
        if old is None or new is None or MODULE not in old:
            return None
        return frozenset(name for name, digest in old.items() if new.digests.get(name) != digest)


__all__ = ["Sources", "Tables", "WriteError", "blob_of"]
