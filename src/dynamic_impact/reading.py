"""The graph of a tree: kept from before, served by a kept one that edits cannot have made wrong, or read from Pants.

An edit of a file's content changes what its own targets depend on, and where no inference reads other files' content,
nothing else. Its targets are where the search begins, and what leads to a beginning does not matter; so the graph of
another tree that differs by such edits alone, all of them in the change that is judged, gives the same selection.
"""

import contextlib
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from dynamic_impact.git import Git
from dynamic_impact.graph import Graph, build_graph, owners_of, targets_from_peek
from dynamic_impact.model import Change
from dynamic_impact.options import Options
from dynamic_impact.pants import Pants
from dynamic_impact.saved import SavedPants
from dynamic_impact.snapshot import Snapshots, user_options

# Types whose sources the inference of other targets knows by their paths alone. Not here: what it opens (Java, Go,
# protobuf, Thrift, package.json …), what targets are made from (lists of requirements, locks), and any type unknown.
_BY_PATH = frozenset(
    (
        "file",
        "files",
        "opencl_source",
        "opencl_sources",
        "python_source",
        "python_sources",
        "python_test",
        "python_test_utils",
        "python_tests",
        "resource",
        "resources",
        "shell_source",
        "shell_sources",
        "shunit2_test",
        "shunit2_tests",
    )
)
_PROSE = frozenset((".adoc", ".md", ".rst"))  # the only files without an owner that no plugin is taken to open
_STEERS = re.compile(r"(^|/)(BUILD(\..*)?|pants.*\.toml|\.pants\..*|\.git[^/]*|pyproject\.toml)$")
_INIT = "__init__.py"
_PLAIN = (b"100644 blob", b"100755 blob")
_LINK = b"120000 "
_TRIED = 8  # kept graphs that are compared before Pants is asked
_STOCK, _READS_OTHERS = "pants.backend.", ".framework."  # Django's backend opens each apps.py
_BACKENDS = re.compile(r"\[GLOBAL\]?\.(backend_packages|plugins)\]?")
_ELSEWHERE = (
    "PANTS_BACKEND_PACKAGES",
    "PANTS_BUILD_PATTERNS",
    "PANTS_CONFIG_FILES",
    "PANTS_PLUGINS",
    "PANTS_PYTHONPATH",
)

Edits = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A graph, and how it was had: "kept", "near" (from another tree), or "read"."""

    graph: Graph
    how: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Has the graphs of one repository.

    Parameters
    ----------
    say : called with a line for a person before Pants is started
    """

    git: Git
    build_root: Path
    pants: Pants
    snapshots: Snapshots
    say: Callable[[str], None]

    def head(self, change: Change, options: Options) -> Reading:
        """Return the graph of the files as they are.

        Raises
        ------
        PantsFailedError : Pants, or the saved graph, could not be read
        """
        if isinstance(self.pants, SavedPants):
            return self._saved(self.pants, base=False)
        return self._known(change, change.head_tree, options) or self._read_head(change)

    def base(self, change: Change, options: Options) -> Reading:
        """Return the graph of the base.

        Raises
        ------
        PantsFailedError : Pants, or the saved graph, could not be read
        """
        if isinstance(self.pants, SavedPants):
            return self._saved(self.pants, base=True)
        return self._known(change, change.base_tree, options) or self._read_base(change.base_tree)

    def _saved(self, saved: SavedPants, *, base: bool) -> Reading:
        key = saved.key(base=base)
        kept = self.snapshots.load(key)
        if kept is not None:
            return Reading(kept.graph, "kept")
        self.say("reading the saved targets, once")
        graph = build_graph(targets_from_peek(saved.documents(base=base)))
        self.snapshots.save(key, graph)
        return Reading(graph, "read")

    def _read_head(self, change: Change) -> Reading:
        self.say("reading the targets from Pants")
        # The daemon reads .gitignore when it starts, and not again.
        stale = any(file.path == ".gitignore" for file in change.files)
        graph = build_graph(targets_from_peek(self.pants.peek(self.build_root, daemon=not stale)))
        # What was edited while Pants read would be kept under the tree from before it.
        if self.git.compare(self.git.tree(change.head)).head_tree == change.head_tree:
            self.snapshots.save(change.head_tree, graph, self.git.listing(change.head_tree))
        return Reading(graph, "read")

    def _read_base(self, tree: str) -> Reading:
        self.say("reading the targets of the base, once: the change drops, moves or redefines some")
        below = self.build_root.resolve().relative_to(self.git.top.resolve())
        with tempfile.TemporaryDirectory(prefix="dynamic-base-") as folder:
            self.git.export(tree, Path(folder))
            graph = build_graph(targets_from_peek(self.pants.peek(Path(folder) / below, daemon=False)))
        self.snapshots.save(tree, graph, self.git.listing(tree))
        return Reading(graph, "read")

    def _known(self, change: Change, tree: str, options: Options) -> Reading | None:
        kept = self.snapshots.load(tree)
        if kept is not None:
            return Reading(kept.graph, "kept")
        graph = self._near(change, tree, options)
        return None if graph is None else Reading(graph, "near")

    def _near(self, change: Change, tree: str, options: Options) -> Graph | None:
        """Return a kept graph whose tree differs only by harmless edits of files of ``change``; it is not kept anew.

        What was edited since and is not in the change (because it was committed meanwhile) would be no beginning of the
        search, and what leads to it, as it was, would be followed: such a graph is not taken.
        """
        wanted = self.git.listing(tree)
        if not wanted or not infers_by_path(self.build_root, options):
            return None
        for other, listing in islice(self.snapshots.listings(), _TRIED):
            edits = edited(listing, wanted)
            below = self._below(edits)
            if edits is None or below is None or not below.keys() <= {file.path for file in change.files}:
                continue
            if any(map(_STEERS.search, below)) or self._is_linked(edits, wanted):
                continue
            kept = self.snapshots.load(other)
            if kept is not None and kept.listing == listing and self._harmless(below, kept.graph, options):
                return kept.graph
        return None

    def _below(self, edits: Edits | None) -> Edits | None:
        """Return the edits named from the build root; None where one is not below it."""
        prefix = self.build_root.resolve().relative_to(self.git.top.resolve())
        if edits is None or not all(PurePosixPath(path).is_relative_to(prefix) for path in edits):
            return None
        return {PurePosixPath(path).relative_to(prefix).as_posix(): blobs for path, blobs in edits.items()}

    def _is_linked(self, edits: Edits, listing: bytes) -> bool:
        """Say whether a symbolic link leads to an edited file: its own targets change too, and git does not say so."""
        links = [os.fsdecode(entry.partition(b"\t")[2]) for entry in listing.split(b"\0") if entry.startswith(_LINK)]
        ends = {(self.git.top / link).resolve() for link in links}
        files = ((self.git.top / path).resolve() for path in edits) if ends else ()
        return any(not ends.isdisjoint((file, *file.parents)) for file in files)

    def _harmless(self, edits: Edits, graph: Graph, options: Options) -> bool:
        """Say whether these edits change what their own targets depend on, and nothing else."""
        return all(self._is_harmless(path, blobs, graph, options) for path, blobs in edits.items())

    def _is_harmless(self, path: str, blobs: tuple[str, str], graph: Graph, options: Options) -> bool:
        name = PurePosixPath(path).name
        if any(options.naming(path)) or options.is_build_file(path):
            return False
        owners = owners_of(graph, path)
        if not owners:
            return PurePosixPath(path).suffix in _PROSE
        if any(graph.targets[owner].type not in _BY_PATH for owner in owners):
            return False
        # An `__init__.py` is a dependency of the files beside it only where it holds something (`init_files`).
        return not name.startswith(_INIT) or self._stays_blank_or_not(path, *blobs)

    def _stays_blank_or_not(self, path: str, old: str, new: str) -> bool:
        """Say whether both blobs of ``path`` hold something, or neither; False where that is not known.

        What was never committed git does not hold: the new one is then the file itself, the old one is gone.
        """
        before, now = self.git.blob(old), self.git.blob(new)
        if now is None:
            with contextlib.suppress(OSError):
                now = (self.build_root / path).read_bytes()
        return before is not None and now is not None and bool(before.strip()) is bool(now.strip())


def edited(old: bytes, new: bytes) -> Edits | None:
    """Return the files whose content alone differs between two listings, each with its blob in both.

    None where anything else differs: a file came or went, or changed its mode, or is a link or a submodule.
    """
    before, after = frozenset(old.split(b"\0")), frozenset(new.split(b"\0"))
    was, now = (dict(map(_entry, entries)) for entries in (before - after, after - before))
    if was.keys() != now.keys():
        return None
    if any(was[path][0] != now[path][0] or now[path][0] not in _PLAIN for path in now):
        return None
    return {path: (was[path][1], now[path][1]) for path in now}


def _entry(entry: bytes) -> tuple[str, tuple[bytes, str]]:
    told, _, path = entry.partition(b"\t")
    kind, _, blob = told.rpartition(b" ")
    return os.fsdecode(path), (kind, blob.decode())


def infers_by_path(build_root: Path, options: Options) -> bool:
    """Say whether every backend is known to infer dependencies from its own sources' content and others' paths.

    Pants' own are, for the types of `_BY_PATH`; of a plugin the repository says so in pyproject.toml.
    """
    if any(name in os.environ for name in _ELSEWHERE) or any(path.is_file() for path in user_options(build_root)):
        return False
    named = (value for option, value in options.named if _BACKENDS.fullmatch(option))
    others = {name for name in named if not name.startswith(_STOCK) or _READS_OTHERS in name}
    return not others or others <= _declared(build_root)


def _declared(build_root: Path) -> frozenset[str]:
    """Return the plugins that ``[tool.dynamic.impact].infer_by_path`` in pyproject.toml names."""
    try:
        document = tomllib.loads((build_root / "pyproject.toml").read_text(encoding="utf-8"))
        return frozenset(map(str, document["tool"]["dynamic"]["impact"]["infer_by_path"]))
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()
