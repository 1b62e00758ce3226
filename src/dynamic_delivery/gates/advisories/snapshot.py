"""A snapshot of advisories in OSV form: a folder, a .zip as OSV publishes it, or one file of JSON or JSON Lines."""

import hashlib
import json
import os
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dynamic_delivery.gates.advisories.archive import read_members
from dynamic_delivery.gates.advisories.model import Advisory, AdvisoryError, Snapshot, SnapshotError
from dynamic_delivery.gates.advisories.osv import read_record, read_time

# Says when a snapshot was taken: {"taken": "2026-11-30T12:00:00Z"}. At the top of the folder, or of a .zip alone: one
# .zip of a folder cannot speak for the others.
DATE_FILE = "snapshot.json"

MOST_FILE_BYTES = 4 << 30

_LINES = (".jsonl", ".ndjson")
_NEXT = "take the snapshot anew"


@dataclass(slots=True)
class _Reading:
    """A snapshot as it is read, entry by entry."""

    wanted: Set[tuple[str, str]]
    date_entry: str
    found: dict[tuple[str, str], list[Advisory]] = field(default_factory=dict)
    newest: dict[str, datetime] = field(default_factory=dict)
    taken: datetime | None = None
    count: int = 0
    corrupt: list[str] = field(default_factory=list)
    left: int = 0

    def bad(self, entry: str, why: object) -> None:
        self.corrupt.append(f"{entry}: {' '.join(str(why).split())[:200]}")

    def take(self, advisory: Advisory) -> None:
        self.count += 1
        packages = {(each.ecosystem, each.name) for each in advisory.affected}
        for ecosystem in {ecosystem for ecosystem, _ in packages}:
            self.newest[ecosystem] = max(advisory.modified, self.newest.get(ecosystem, advisory.modified))
        if not advisory.withdrawn:
            for key in packages & self.wanted:
                self.found.setdefault(key, []).append(advisory)


def read_snapshot(path: Path, wanted: Set[tuple[str, str]]) -> Snapshot:
    """Read every entry of the snapshot at ``path``, and keep those that speak of a ``wanted`` (ecosystem, package).

    Raises
    ------
    SnapshotError : there is none, or it cannot be read as a whole; a bad entry is kept as ``corrupt`` instead
    """
    alone = not path.is_dir()
    if alone and path.exists() and not path.is_file():
        raise SnapshotError(f"the snapshot {path} is neither a folder nor a file", _NEXT)
    reading = _Reading(wanted, f"{path.name}!{DATE_FILE}" if alone else DATE_FILE)
    try:
        sha256 = _read_alone(path, reading) if alone else _read_folder(path, reading)
    except OSError as error:
        raise SnapshotError(f"the snapshot {path} cannot be read ({error.strerror or error})", _NEXT) from error
    if not reading.count and not reading.corrupt:
        raise SnapshotError(f"the snapshot {path} holds no advisory", "name a folder, .zip, .json or .jsonl of OSV")
    return Snapshot(
        by_package={key: tuple(sorted(held, key=lambda each: each.id)) for key, held in sorted(reading.found.items())},
        newest=dict(sorted(reading.newest.items())),
        taken=reading.taken,
        count=reading.count,
        corrupt=tuple(reading.corrupt),
        left=reading.left,
        sha256=sha256,
    )


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _read_alone(path: Path, reading: _Reading) -> str:
    _read_file(path, path.name, reading)
    return _digest(path).hex()


def _read_folder(path: Path, reading: _Reading) -> str:
    digest = hashlib.sha256()
    for name in sorted(_names(path, reading)):
        file = path / name
        if not name.endswith((".json", ".zip", *_LINES)):
            reading.left += 1
            continue
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0" + _digest(file))
        _read_file(file, name, reading)
    return digest.hexdigest()


def _names(path: Path, reading: _Reading) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise error

    for folder, folders, files in os.walk(path, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]  # git's, and the parts of downloads
        for name in (*folders, *files):
            entry = Path(folder) / name
            if name in folders and not entry.is_symlink():
                continue
            named = entry.relative_to(path).as_posix()
            if entry.is_file():
                yield named
            else:  # what lies behind it would be left in silence; and whoever opens a pipe waits
                reading.bad(named, "it is a link to a folder, or no file")


def _read_file(path: Path, name: str, reading: _Reading) -> None:
    if name.endswith(".zip"):
        for entry, content in read_members(path, name, reading.bad):
            if entry.endswith(".json"):
                _read_entry(entry, content, reading)
            else:
                reading.left += 1
    elif path.stat().st_size > MOST_FILE_BYTES:
        reading.bad(name, f"it has more than {MOST_FILE_BYTES >> 30} GiB")
    elif name.endswith(_LINES):
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    _read_entry(f"{name}:{number}", line, reading)
    else:
        _read_entry(name, path.read_bytes(), reading)


def _read_entry(entry: str, content: bytes, reading: _Reading) -> None:
    """Read one record; a list of records or {"vulns": […]}, as OSV's interface answers, counts each."""
    try:
        document = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        reading.bad(entry, error)
        return
    if entry == reading.date_entry:
        _read_date(entry, document, reading)
        return
    if isinstance(document, dict) and "vulns" in document and "id" not in document:
        document = document["vulns"]
    records = document if isinstance(document, list) else [document]
    for number, record in enumerate(records):
        named = entry if record is document else f"{entry}[{number}]"
        try:
            reading.take(read_record(record, named))
        except AdvisoryError as error:
            reading.bad(named, error.message)


def _read_date(entry: str, document: object, reading: _Reading) -> None:
    held = document.get("taken") if isinstance(document, dict) else None
    try:
        reading.taken = read_time(held)
    except ValueError as error:
        reading.bad(entry, f"taken: {error}")
