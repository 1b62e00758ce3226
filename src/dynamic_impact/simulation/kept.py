"""What was replayed is kept, commit by commit, so that an interrupted replay goes on where it was."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import dynamic_impact
from dynamic_base import digest, write_atomic
from dynamic_base.files import WriteError
from dynamic_impact.simulation.model import Commit, Replayed


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of results.

    Parameters
    ----------
    key : what else than the commit decides a result (`key_of`)
    """

    folder: Path
    key: str

    def load(self, commit: Commit) -> Replayed | None:
        """Return the result for ``commit``, or None where none is whole. What could not be read is tried again."""
        try:
            document = json.loads(self._path(commit).read_bytes())
            if document.pop("sha256") != digest(document):
                return None
            picks = {picker: tuple(tests) for picker, tests in document.pop("picks").items()}
            return Replayed(commit, picks=picks, **document)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, row: Replayed) -> None:
        """Keep ``row`` unless it could not be read; a full or read-only disk only costs the next replay its time."""
        if row.unread:
            return
        document = {name: value for name, value in asdict(row).items() if name != "commit"}
        document["picks"] = {picker: list(tests) for picker, tests in row.picks.items()}
        try:
            write_atomic(self._path(row.commit), json.dumps({**document, "sha256": digest(document)}).encode())
        except WriteError:
            return

    def _path(self, commit: Commit) -> Path:
        return self.folder / f"{commit.id}-{self.key}.json"


def key_of(parts: Iterable[str]) -> str:
    """Return a digest of ``parts`` and of this program's own text: another version judges anew."""
    here = Path(dynamic_impact.__file__).parent
    program = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        program.update(path.read_bytes())
    return digest([program.hexdigest(), *parts])[:12]
