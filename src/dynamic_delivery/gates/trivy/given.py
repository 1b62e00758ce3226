"""What a gate gives to Trivy: a folder of its own, with a copy of each file under a name that Trivy reads.

Trivy skips by name: a lockfile that is not called ``requirements.txt``, a ``dockerfile`` in small letters, secrets
below ``tests/``. In the copy every file has a name that is read, and what makes Trivy pass over a fault is taken out.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_delivery.gates.looking import NOT_READ
from dynamic_delivery.gates.model import Finding, Place, Severity

_IGNORE = re.compile(rb"(trivy|tfsec)([:_-])ignore", re.IGNORECASE)


@dataclass(slots=True)
class Given:
    """The files that were copied, and those that could not be.

    Parameters
    ----------
    root : Path, the repository
    folder : Path, where the copies go
    origin : the path in the repository for each path below ``folder``
    refused : path and reason of each file that could not be given
    """

    root: Path
    folder: Path
    origin: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a file of the repository; None, and a refusal, where it is not one."""
        whole = self.root / path
        try:
            if not whole.resolve(strict=True).is_relative_to(self.root.resolve()):
                self.refused[path] = "it is a link that leads out of the repository"
                return None
            return whole.read_bytes()
        except (OSError, RuntimeError) as error:
            self.refused[path] = f"it cannot be opened ({getattr(error, 'strerror', None) or 'a link to itself'})"
            return None

    def below(self, folder: str) -> dict[str, str]:
        """Return ``origin`` as it is seen from a folder of the copies."""
        return {name.removeprefix(f"{folder}/"): path for name, path in self.origin.items()}

    def put(self, path: str, name: str, content: bytes) -> None:
        """Give ``content`` of the repository's ``path`` under ``name``."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self.origin[name] = path

    def copy(self, path: str, name: str) -> None:
        """Give a file of the repository as ``without_ignores`` leaves it."""
        content = self.content(path)
        if content is not None:
            self.put(path, name, without_ignores(content))


def without_ignores(content: bytes) -> bytes:
    """Return ``content`` without its comments that tell Trivy to look away; lines and columns stay where they are."""
    return _IGNORE.sub(rb"\1\2waived", content)


def not_read(gate: str, path: str, why: str, *, severity: Severity = Severity.HIGH, line: int = 0) -> Finding:
    """Return the finding that a file was given and not looked at."""
    fix = "mend the file so that trivy reads it, or waive it: nothing in it was looked at"
    return Finding(gate, NOT_READ, severity, f"trivy did not read it: {why}", fix, Place(path, line))
