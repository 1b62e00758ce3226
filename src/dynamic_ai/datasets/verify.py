"""Whether a snapshot is what it was when it was written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dynamic_ai.datasets.layout import SCHEMA
from dynamic_ai.errors import SnapshotError
from dynamic_base.sealed import MANIFEST, Fault, Manifest, SealError, faults, read_manifest


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
    manifest = manifest_of(folder)
    named = {str(column["file"]): str(column["sha256"]) for column in columns_of(manifest.document)}
    return Verification(manifest.digest, faults(folder, manifest, named, expected))


def manifest_of(folder: Path) -> Manifest:
    """Return the manifest in ``folder``.

    Raises
    ------
    SnapshotError : none, no JSON, or none of this schema
    """
    try:
        manifest = read_manifest(folder, SCHEMA)
    except SealError as error:
        raise SnapshotError(error.message, error.hint) from error
    if not _is_shaped(manifest.document):
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
