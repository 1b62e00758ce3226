"""Graphs kept by the tree that they were read from, so that the same tree is never read twice.

A file is the digest of all that follows it, one line of JSON that names the arrays, and the arrays. It is used only
where the digest is right and the line says what was asked for.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynamic_base import digest, write_atomic
from dynamic_base.files import WriteError
from dynamic_impact.compact import Arcs, Names, Rows
from dynamic_impact.graph import Graph
from dynamic_impact.table import Targets

_FORMAT = 3
_KEPT = 40
_ALIGNED = 64
_LISTING = "listing"
_LONGEST = 1 << 16  # bytes of the line
_DIGEST = 64  # characters, and a space after them

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot that was read.

    Parameters
    ----------
    listing : the files of its tree (`dynamic_impact.git.Git.listing`)
    """

    tree: str
    graph: Graph
    listing: bytes


@dataclass(frozen=True, slots=True)
class Snapshots:
    """A folder of snapshots.

    Parameters
    ----------
    setting : what else than the tree decides what Pants would say; part of each key
    """

    folder: Path
    setting: str

    def _path(self, tree: str) -> Path:
        return self.folder / f"{tree}-{self.setting}.graph"

    def load(self, tree: str) -> Kept | None:
        """Return what was kept of ``tree``, or None without a whole snapshot; a torn or foreign one is removed."""
        path = self._path(tree)
        try:
            raw = memoryview(path.read_bytes())
        except OSError:
            return None
        arrays = _arrays(raw, {"tree": tree, "setting": self.setting}, check=True)
        if arrays is not None:
            with contextlib.suppress(OSError):
                os.utime(path)  # a base is written once and read for weeks: what is used stays
            return Kept(tree, _graph(arrays), arrays[_LISTING].tobytes())
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return None

    def listings(self) -> Iterator[tuple[str, bytes]]:
        """Return the tree and the files of each snapshot of this setting, last used first; `load` checks them."""
        suffix = f"-{self.setting}.graph"
        for path in reversed(_by_age(self.folder)):
            if path.name.endswith(suffix):
                tree = path.name.removesuffix(suffix)
                with contextlib.suppress(OSError, ValueError):
                    with path.open("rb") as file:
                        raw = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
                    arrays = _arrays(raw, {"tree": tree, "setting": self.setting}, check=False)
                    if arrays is not None:
                        yield tree, arrays[_LISTING].tobytes()

    def save(self, tree: str, graph: Graph, listing: bytes = b"") -> None:
        """Keep ``graph``; a full or read-only disk only costs the next run its time."""
        with contextlib.suppress(WriteError, OSError):
            write_atomic(self._path(tree), _bytes(graph, listing, {"tree": tree, "setting": self.setting}))
        for old in _by_age(self.folder)[:-_KEPT]:
            with contextlib.suppress(OSError):
                old.unlink(missing_ok=True)


def user_options(build_root: Path | None = None, environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Return the files of options that Pants reads beside ``pants.toml``, whether they are there or not."""
    home = environment.get("HOME", "/nonexistent")
    return (Path("/etc/pantsrc"), Path(home, ".pants.rc"), *((build_root / ".pants.rc",) if build_root else ()))


def setting_of(command: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return a digest of what outside the tree steers Pants: its command, its variables and the user's own files."""
    seen: dict[str, str] = {name: value for name, value in environment.items() if name.startswith("PANTS_")}
    seen["command"] = command
    found = (path for path in user_options(environment=environment) if path.is_file())
    seen.update((str(path), path.read_text(encoding="utf-8", errors="replace")) for path in found)
    return digest(seen)[:12]


def _by_age(folder: Path) -> list[Path]:
    """Return the snapshots of every setting and format, longest unused first; another may take one away meanwhile."""
    aged: list[tuple[float, Path]] = []
    with contextlib.suppress(OSError):
        for path in (*folder.glob("*.graph"), *folder.glob("*.jsonl")):
            with contextlib.suppress(OSError):
                aged.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(aged)]


def _bytes(graph: Graph, listing: bytes, key: Mapping[str, str]) -> bytes:
    arcs, table = graph.arcs, graph.targets
    described = json.dumps({"kinds": table.kinds, "requirements": list(table.requirements.items())})
    arrays: dict[str, NDArray[Any]] = {
        "text": arcs.names.text,
        "starts": arcs.names.starts,
        "files": arcs.files,
        "dependents.starts": arcs.dependents.starts,
        "dependents.ends": arcs.dependents.ends,
        "nodes": table.nodes,
        "types": table.types,
        "tests": table.tests,
        "definitions": table.definitions,
        "sources.starts": table.sources.starts,
        "sources.ends": table.sources.ends,
        "needs.starts": table.needs.starts,
        "needs.ends": table.needs.ends,
        "described": np.frombuffer(described.encode(), np.uint8),
        _LISTING: np.frombuffer(listing, np.uint8),
    }
    parts: list[bytes] = []
    for array in arrays.values():
        parts.extend((array.tobytes(), bytes(-array.nbytes % _ALIGNED)))
    shapes = [[name, array.dtype.str, len(array)] for name, array in arrays.items()]
    line = json.dumps({"format": _FORMAT, **key, "arrays": shapes}).encode()
    padding = b" " * (-(_DIGEST + 1 + len(line) + 1) % _ALIGNED)
    rest = b"".join((line, padding, b"\n", *parts))
    return hashlib.sha256(rest).hexdigest().encode() + b" " + rest


def _arrays(raw: memoryview, key: Mapping[str, str], *, check: bool) -> Arrays | None:
    """Return the arrays of a snapshot's bytes; None where they are torn, or were kept as something else."""
    rest = raw[_DIGEST + 1 :]
    if check and hashlib.sha256(rest).hexdigest().encode() != raw[:_DIGEST]:
        return None
    line = bytes(rest[:_LONGEST]).partition(b"\n")[0]
    try:
        header = json.loads(line)
        if not {"format": _FORMAT, **key}.items() <= header.items():
            return None
        found: dict[str, NDArray[Any]] = {}
        at = _DIGEST + 1 + len(line) + 1
        for name, kind, count in header["arrays"]:
            found[name] = np.frombuffer(raw, np.dtype(kind), count, at)
            at += -(-found[name].nbytes // _ALIGNED) * _ALIGNED
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found


def _graph(arrays: Arrays) -> Graph:
    described = json.loads(arrays["described"].tobytes())
    names = Names(arrays["text"], arrays["starts"])
    table = Targets(
        names=names,
        nodes=arrays["nodes"],
        kinds=tuple(described["kinds"]),
        types=arrays["types"],
        tests=arrays["tests"],
        definitions=arrays["definitions"],
        sources=Rows(arrays["sources.starts"], arrays["sources.ends"]),
        needs=Rows(arrays["needs.starts"], arrays["needs.ends"]),
        requirements={row: tuple(held) for row, held in described["requirements"]},
    )
    dependents = Rows(arrays["dependents.starts"], arrays["dependents.ends"])
    return Graph.over(Arcs(names, dependents, arrays["files"]), table)
