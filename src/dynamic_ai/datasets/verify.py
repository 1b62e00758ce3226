"""Whether a snapshot is what it was when it was written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dynamic_ai.datasets.layout import MANIFEST, SCHEMA, SUMS, sha256
from dynamic_ai.errors import SnapshotError
from dynamic_base import DynamicError, canonical_json


@dataclass(frozen=True, slots=True)
class Fault:
    """One file that is not as it was written."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The digest that the manifest has now, and every fault; none means that the snapshot is whole."""

    digest: str
    faults: tuple[Fault, ...]


def verify_snapshot(folder: Path, expected: str = "") -> Verification:
    """Compare every file of ``folder`` with the manifest, the manifest with the sums, and its digest with ``expected``.

    Someone who edits a column, the manifest and the sums alike can only be found by ``expected``.

    Raises
    ------
    SnapshotError : there is no manifest, or it is none that can be read
    """
    content = _read(folder / MANIFEST)
    manifest = parse_manifest(content, folder)
    faults = [*_manifest_faults(folder, content, manifest, expected), *_column_faults(folder, manifest)]
    return Verification(sha256(content), tuple(faults))


def parse_manifest(content: bytes, folder: Path) -> Mapping[str, object]:
    """Return the manifest in ``content``.

    Raises
    ------
    SnapshotError : no JSON, or none of this schema
    """
    try:
        manifest = json.loads(content)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SnapshotError(f"{folder / MANIFEST} is no JSON ({error})", "take the snapshot again") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise SnapshotError(f"{folder / MANIFEST} is no manifest of {SCHEMA}", "take the snapshot again")
    if not _is_shaped(manifest):
        raise SnapshotError(f"{folder / MANIFEST} lacks parts of {SCHEMA}", "take the snapshot again")
    return manifest


def columns_of(manifest: Mapping[str, object]) -> tuple[Mapping[str, object], ...]:
    """Return the columns of a manifest that was parsed."""
    columns = manifest["columns"]
    return tuple(columns) if isinstance(columns, list) else ()


def _is_shaped(manifest: Mapping[str, object]) -> bool:
    columns = manifest.get("columns")
    if not isinstance(columns, list) or not isinstance(manifest.get("rows"), int):
        return False
    wanted = ("name", "role", "dtype", "file", "sha256")
    return all(
        isinstance(column, dict) and all(isinstance(column.get(key), str) for key in wanted) for column in columns
    ) and all(Path(column["file"]).name == column["file"] for column in columns)


def _manifest_faults(folder: Path, content: bytes, manifest: Mapping[str, object], expected: str) -> list[Fault]:
    faults = []
    if not _is_canonical(manifest, content):
        faults.append(Fault(MANIFEST, "is not canonical JSON: it was edited"))
    if expected and sha256(content) != expected:
        faults.append(Fault(MANIFEST, f"has the digest {sha256(content)}, not {expected}"))
    try:
        sums = (folder / SUMS).read_bytes()
    except OSError as error:
        return [*faults, Fault(SUMS, f"cannot be read ({error.strerror})")]
    named = {str(column["file"]): str(column["sha256"]) for column in columns_of(manifest)}
    named[MANIFEST] = sha256(content)
    if sums != "".join(f"{named[name]}  {name}\n" for name in sorted(named)).encode():
        faults.append(Fault(SUMS, "does not list what the manifest holds: one of the two was edited"))
    return faults


def _is_canonical(manifest: Mapping[str, object], content: bytes) -> bool:
    try:
        return canonical_json(manifest) == content
    except DynamicError:
        return False


def _column_faults(folder: Path, manifest: Mapping[str, object]) -> list[Fault]:
    known = {MANIFEST, SUMS}
    faults = []
    for column in columns_of(manifest):
        name = str(column["file"])
        known.add(name)
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            faults.append(Fault(name, f"cannot be read ({error.strerror})"))
            continue
        if sha256(content) != column["sha256"]:
            faults.append(Fault(name, f"has the digest {sha256(content)}, not {column['sha256']}"))
    strangers = sorted(path.name for path in folder.iterdir() if path.name not in known)
    return [*faults, *(Fault(name, "is not of this snapshot") for name in strangers)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SnapshotError(
            f"cannot read {path} ({error.strerror})", "name a folder that './dynamic datasets snapshot' made"
        ) from error
