"""The log on disk: content-addressed files that nobody rewrites, so writing needs no lock and merging is copying."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from dynamic_base import Clock, state_folder, write_atomic
from dynamic_events.errors import EventInputError
from dynamic_events.model import AttributeValue, Event, decode, encode
from dynamic_events.query import Rows, run_query

_NAME = re.compile(r".+-([0-9a-f]{16})\.jsonl")


@dataclass(frozen=True, slots=True)
class Torn:
    """A file that is not what its writer wrote, and where it lies now."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The events of the whole files, oldest first, every file that was left out, and the names of those read."""

    events: tuple[Event, ...]
    torn: tuple[Torn, ...]
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventLog:
    """The events under ``root/.dynamic/events``.

    Each file's name ends with the SHA-256 prefix of its content. A file that no longer matches is moved into
    ``torn/`` and stays reported until a person removes it; should it match after all (it was read while being
    copied), it counts from where it lies.
    """

    root: Path
    clock: Clock

    @property
    def folder(self) -> Path:
        return self.root / ".dynamic" / "events"

    def event(self, kind: str, run: str, subject: str, attributes: Mapping[str, AttributeValue] | None = None) -> Event:
        """Return a new event of this moment; nothing is written."""
        return Event(uuid4(), self.clock.now(), kind, run, subject, attributes or {})

    def append(self, run: str, events: Iterable[Event]) -> Path:
        """Write the events of ``run`` as one new file and return its path. The same events give the same file.

        Raises
        ------
        EventInputError : no events, or one that belongs to another run
        CanonicalError : an attribute that JSON cannot carry exactly
        WriteError : the folder or the disk refused; the log is as it was
        """
        records = tuple(events)
        if not records or any(event.run != run for event in records):
            raise EventInputError(
                f"the events of run {run} are empty or of another run", "append one run's events at a time"
            )
        content = encode(records)
        month = min(event.time for event in records).strftime("%Y-%m")
        path = self.folder / month / f"{run}-{_prefix(content)}.jsonl"
        state_folder(self.root)
        write_atomic(path, content)
        return path

    def names(self) -> frozenset[str]:
        """Return the files' names. A name ends with its content's digest, so what it once held, it holds."""
        return frozenset(path.name for path in self._paths())

    def read(self, *, skip: Collection[str] = ()) -> Reading:
        """Return every event once, and every torn file. Bad files are set aside; none is fatal.

        Parameters
        ----------
        skip : names of files whose events the caller keeps from an earlier reading; they are not opened
        """
        whole, torn = self._scan(skip)
        unique = {event.id: event for _, events in whole for event in events}
        ordered = sorted(unique.values(), key=lambda event: (event.time, event.id))
        return Reading(tuple(ordered), torn, tuple(path.name for path, _ in whole))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> Rows:
        """Return the rows of one SELECT over the view ``events`` (the fields of Event; ``attributes`` is JSON).

        Raises
        ------
        QueryError : not one SELECT, or DuckDB refused it
        """
        whole, torn = self._scan()
        return run_query([path for path, _ in whole], sql, parameters, skipped=[file.path for file in torn])

    def _paths(self) -> list[Path]:
        return sorted(self.folder.rglob("*.jsonl"))

    def _scan(self, skip: Collection[str] = ()) -> tuple[list[tuple[Path, tuple[Event, ...]]], tuple[Torn, ...]]:
        whole: list[tuple[Path, tuple[Event, ...]]] = []
        torn: list[Torn] = []
        for path in self._paths():
            if path.name in skip:
                continue
            found = self._examine(path)
            if isinstance(found, Torn):
                torn.append(found)
            else:
                whole.append((path, found))
        return whole, tuple(torn)

    def _examine(self, path: Path) -> tuple[Event, ...] | Torn:
        try:
            content = path.read_bytes()
        except OSError as error:
            return Torn(path, f"cannot be read ({error.strerror})")
        name = _NAME.fullmatch(path.name)
        if name is None:
            return Torn(path, "its name carries no digest")
        if name[1] != _prefix(content):
            return self._set_aside(path, content)
        try:
            return decode(content)
        except EventInputError as error:
            return Torn(path, str(error))

    def _set_aside(self, path: Path, content: bytes) -> Torn:
        reason = "its content does not match its name: cut short or edited"
        aside = self.folder / "torn"
        if path.is_relative_to(aside):
            return Torn(path, reason)
        # Led by what it holds, so that two torn files of one name do not meet; the end of the name stays.
        target = aside / f"{_prefix(content)}.{path.name}"
        try:
            aside.mkdir(exist_ok=True)
            path.replace(target)
        except FileNotFoundError:  # another reader was first
            return Torn(target, reason)
        except OSError as error:
            return Torn(path, f"{reason}; left in place ({error.strerror})")
        return Torn(target, reason)


def _prefix(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
