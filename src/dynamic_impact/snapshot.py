"""Graphs kept by the tree that they were read from, so that the same tree is never read twice."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from dynamic_base import digest, write_atomic
from dynamic_base.files import WriteError
from dynamic_impact.model import Target

_FORMAT = 2
_KEPT = 40


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
        return self.folder / f"{tree}-{self.setting}.jsonl"

    def load(self, tree: str) -> tuple[Target, ...] | None:
        """Return the targets of ``tree``, or None without a whole snapshot; a torn or foreign one is removed."""
        path = self._path(tree)
        try:
            header, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        try:
            if json.loads(header) == {"format": _FORMAT, "sha256": hashlib.sha256(body).hexdigest(), "tree": tree}:
                return tuple(_target(json.loads(line)) for line in body.splitlines())
        except ValueError:
            pass
        path.unlink(missing_ok=True)
        return None

    def save(self, tree: str, targets: tuple[Target, ...]) -> None:
        """Keep ``targets``; a full or read-only disk only costs the next run its time."""
        body = b"".join(json.dumps(asdict(target), ensure_ascii=False).encode() + b"\n" for target in targets)
        header = json.dumps({"format": _FORMAT, "sha256": hashlib.sha256(body).hexdigest(), "tree": tree}).encode()
        try:
            write_atomic(self._path(tree), header + b"\n" + body)
            for old in sorted(self.folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
                old.unlink(missing_ok=True)
        except (WriteError, OSError):
            return


def setting_of(command: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return a digest of what outside the tree steers Pants: its command, its variables and the user's own files."""
    files = (Path("/etc/pantsrc"), Path(environment.get("HOME", "/nonexistent")) / ".pants.rc")
    seen: dict[str, str] = {name: value for name, value in environment.items() if name.startswith("PANTS_")}
    seen["command"] = command
    seen.update((str(path), path.read_text(encoding="utf-8", errors="replace")) for path in files if path.is_file())
    return digest(seen)[:12]


def _target(fields: dict[str, object]) -> Target:
    sources, dependencies, requirements = fields["sources"], fields["dependencies"], fields["requirements"]
    if not (isinstance(sources, list) and isinstance(dependencies, list) and isinstance(requirements, list)):
        raise ValueError("not a target")  # the file is at fault, not the caller
    return Target(
        str(fields["address"]),
        str(fields["type"]),
        tuple(sources),
        tuple(dependencies),
        str(fields["definition"]),
        bool(fields["is_test"]),
        tuple(requirements),
    )
