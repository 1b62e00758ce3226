"""The first half of the data's way: a change goes in, a selection with its reasons comes out."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_base import Clock, state_folder
from dynamic_impact.changes import Question, find_change
from dynamic_impact.errors import PantsFailedError
from dynamic_impact.git import Git
from dynamic_impact.graph import Graph
from dynamic_impact.locks import LockEdit, LockFormatError, compare_locks, parse_lock
from dynamic_impact.model import Change, Selection
from dynamic_impact.options import Options, compare_options, read_options
from dynamic_impact.pants import Pants, find_build_root
from dynamic_impact.reading import Reader
from dynamic_impact.seeds import locks_in, needs_base
from dynamic_impact.select import close
from dynamic_impact.snapshot import Snapshots


@dataclass(slots=True)
class Engine:
    """Judges changes of one repository.

    Parameters
    ----------
    folder : any folder of a git work tree with a ``pants.toml`` in or above it
    setting : what outside the tree steers Pants (`setting_of`)
    on_step : called with a line for a person before each step that may take long
    """

    folder: Path
    pants: Pants
    clock: Clock
    setting: str
    on_step: Callable[[str], None] = lambda _: None
    build_root: Path = field(init=False)
    git: Git = field(init=False)
    snapshots: Snapshots = field(init=False)
    reader: Reader = field(init=False)
    _seconds: dict[str, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.git = Git(self.folder)
        self.build_root = find_build_root(self.folder)
        self.snapshots = Snapshots(state_folder(self.build_root) / "impact" / "graphs", self._setting_here())
        self.reader = Reader(self.git, self.build_root, self.pants, self.snapshots, self.on_step)

    def _setting_here(self) -> str:
        """Return the setting with the build root's own options, which git may be told to ignore."""
        try:
            return f"{self.setting}-{hashlib.sha256((self.build_root / '.pants.rc').read_bytes()).hexdigest()[:12]}"
        except OSError:
            return self.setting

    def select(self, question: Question) -> tuple[Selection, Graph]:
        """Return what the change can break, and the graph that says so.

        Raises
        ------
        UnknownRevisionError, NoMergeBaseError, PantsFailedError : see each; nothing was run
        """
        with self._timed("change"):
            change = find_change(self.git, self.build_root, question)
        options = read_options(self.build_root)
        options = compare_options(options, change, self.build_root, lambda path: self.old(change, path))
        with self._timed("head_graph"):
            reading = self.reader.head(change, options)
        head, graphs = reading.graph, {"head": reading.how}
        base, unread = None, ""
        if needs_base(change, head, options):
            with self._timed("base_graph"):
                try:
                    reading = self.reader.base(change, options)
                    base, graphs["base"] = reading.graph, reading.how
                except PantsFailedError as error:
                    unread = error.message
        with self._timed("closure"):
            locks = {path: self._lock_edit(change, path, options) for path in locks_in(change, head)}
            closure = close(change, head, base, options, unread, locks)
        selection = Selection(
            change=change,
            changed_targets=closure.changed_targets,
            changed_requirements=closure.changed_requirements,
            affected=closure.affected,
            fallbacks=closure.fallbacks,
            unowned=closure.unowned,
            tests_total=int(head.targets.tests.sum()),
            targets_total=len(head.targets),
            seconds=self._seconds,
            graphs=graphs,
            changed_options=closure.changed_options,
            anew=closure.anew,
        )
        return selection, head

    def new(self, path: str) -> bytes | None:
        """Return what the file ``path`` holds now, or None."""
        try:
            return (self.build_root / path).read_bytes()
        except OSError:
            return None

    def old(self, change: Change, path: str) -> bytes | None:
        """Return the content of ``path`` in the base, or None; with no base nothing is as it was."""
        if not change.base:
            return None
        below = self.build_root.resolve().relative_to(self.git.top.resolve())
        return self.git.read(change.base_tree, (below / path).as_posix())

    def _lock_edit(self, change: Change, path: str, options: Options) -> LockEdit | str:
        """Return what happened to the lock ``path``, or why that cannot be told."""
        if options.whole_locks:  # a pytest plugin acts without being imported
            return "is installed whole for each test (run_against_entire_lockfile), so that any pin of it can change"
        if not change.base:
            return "was named and is not compared with another, so it can change"
        old = self.old(change, path)
        if old is None:
            return "was no file in the base, which can change"
        try:
            new = (self.build_root / path).read_text(encoding="utf-8")
            return compare_locks(parse_lock(old.decode()), parse_lock(new))
        except (LockFormatError, OSError, UnicodeDecodeError) as error:
            return f"cannot be compared pin by pin ({error}), which can change"

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        start = self.clock.monotonic_s()
        try:
            yield
        finally:
            self._seconds[step] = round(self.clock.monotonic_s() - start, 3)
