"""Recordings on disk: one immutable file each, named by its content, so that merging two stores is copying."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_base import canonical_json, write_atomic
from dynamic_impact.recordings.model import Recording, RecordingFormatError, recording_from
from dynamic_impact.recordings.sources import Tables

_KEPT = 8  # of one test: as many contents as a few branches hold at once
_DIGITS = 24


@dataclass(slots=True)
class Store:
    """A folder of recordings.

    Parameters
    ----------
    torn : the files that were not what their names say, and were left out
    """

    folder: Path
    torn: list[Path] = field(default_factory=list)

    def tables(self) -> Tables:
        """Return the digests of blocks that the recordings stand on."""
        return Tables(self.folder / "blocks")

    def _home(self, test: str) -> Path:
        name = hashlib.sha256(test.encode()).hexdigest()[:_DIGITS]
        return self.folder / "tests" / name[:2] / name

    def save(self, recording: Recording) -> Path:
        """Keep ``recording``; the oldest of the same test give way.

        Raises
        ------
        WriteError : the disk refused; what was kept is whole
        """
        content = canonical_json(recording.document())
        home = self._home(recording.test)
        path = home / f"{hashlib.sha256(content).hexdigest()}.json"
        if path.exists() and path.read_bytes() == content:
            path.touch()
        else:
            write_atomic(path, content)
        for old in _newest_first(home)[_KEPT:]:
            old.unlink(missing_ok=True)
        return path

    def load(self, test: str) -> tuple[Recording, ...]:
        """Return the whole recordings of ``test``, the newest first."""
        read = (self._read(path) for path in _newest_first(self._home(test)))
        return tuple(recording for recording in read if recording is not None and recording.test == test)

    def _read(self, path: Path) -> Recording | None:
        try:
            content = path.read_bytes()
        except OSError:
            return None  # gave way while it was looked for
        try:
            if hashlib.sha256(content).hexdigest() == path.stem:
                return recording_from(json.loads(content))
        except (ValueError, RecordingFormatError):
            pass
        self.torn.append(path)
        return None

    def sweep(self) -> int:
        """Drop the digests of contents that no recording stands on any more, and return how many."""
        used = {ran.blob for recording in self._all() for ran in recording.files.values()}
        unused = [path for path in self.folder.glob("blocks/*/*.json") if path.stem.partition("-")[0] not in used]
        for path in unused:
            path.unlink(missing_ok=True)
        return len(unused)

    def _all(self) -> Iterator[Recording]:
        for path in self.folder.glob("tests/*/*/*.json"):
            if (recording := self._read(path)) is not None:
                yield recording


def _newest_first(home: Path) -> list[Path]:
    def age(path: Path) -> tuple[float, str]:
        try:
            return -path.stat().st_mtime, path.name
        except OSError:
            return 0.0, path.name

    return sorted((path for path in home.glob("*.json") if not path.name.startswith(".")), key=age)
