"""Folders that are known by their content: a canonical manifest, the files that it names, and their sums.

``manifest.json`` is canonical JSON (RFC 8785), and its SHA-256 is the folder's digest. ``SHA256SUMS`` lists it and all
files, so that ``sha256sum -c SHA256SUMS`` judges the folder without us.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dynamic_base.canonical import canonical_json
from dynamic_base.errors import DynamicError, UsageError
from dynamic_base.files import write_atomic

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"


class FolderTakenError(UsageError):
    """The folder holds something else already; nothing was written."""


class SealError(DynamicError):
    """The folder cannot be written, or holds no manifest that can be read."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One file that is not as it was written."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it stands in a folder, byte for byte, and what it says."""

    content: bytes
    document: Mapping[str, object]

    @property
    def digest(self) -> str:
        return sha256(self.content)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of ``content``, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def sums_text(sums: Mapping[str, str]) -> bytes:
    """Return the lines of ``sha256sum`` for digests by file name, sorted by name."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def seal(folder: Path, manifest: bytes, files: Mapping[str, bytes]) -> str:
    """Write ``files`` and their ``manifest`` to ``folder``, whole or not at all, and return the folder's digest.

    A folder that holds this very content is left as it is.

    Raises
    ------
    FolderTakenError : the folder holds something else
    SealError, WriteError : the disk refused
    """
    whole = {**files, MANIFEST: manifest}
    whole[SUMS] = sums_text({name: sha256(content) for name, content in whole.items()})
    if folder.is_dir() and any(folder.iterdir()):
        if {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} != whole:
            raise FolderTakenError(f"{folder} holds something else", "give --out a new or empty folder")
    else:
        _place(folder, whole)
    return sha256(manifest)


def _place(folder: Path, files: Mapping[str, bytes]) -> None:
    """Fill a folder beside ``folder``, and rename it: a reader sees all files or none."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise SealError(f"cannot write {folder} ({error.strerror})", "choose another --out") from error
    try:
        for name, content in files.items():
            write_atomic(beside / name, content)
        beside.chmod(0o755)
        beside.replace(folder)
    except OSError as error:
        raise SealError(f"cannot write {folder} ({error.strerror})", "choose another --out") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def read_manifest(folder: Path, schema: str) -> Manifest:
    """Return the manifest in ``folder``.

    Raises
    ------
    SealError : there is none, it is no JSON, or of another schema
    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
        document = json.loads(content)
    except OSError as error:
        raise SealError(f"cannot read {path} ({error.strerror})", "name a folder that holds a snapshot") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SealError(f"{path} is no JSON ({error})", "take the snapshot again") from error
    if not isinstance(document, dict) or document.get("schema") != schema:
        raise SealError(f"{path} is no manifest of {schema}", "take the snapshot again")
    return Manifest(content, document)


def faults(folder: Path, manifest: Manifest, named: Mapping[str, str], expected: str = "") -> tuple[Fault, ...]:
    """Compare every file of ``folder`` with its digest in ``named``, the sums with both, and the manifest's digest.

    Someone who edits a file, the manifest and the sums alike can only be found by ``expected``.
    """
    found = []
    if not _is_canonical(manifest):
        found.append(Fault(MANIFEST, "is not canonical JSON: it was edited"))
    if expected and manifest.digest != expected:
        found.append(Fault(MANIFEST, f"has the digest {manifest.digest}, not {expected}"))
    sums = sums_text({**named, MANIFEST: manifest.digest})
    found.extend(_sum_faults(folder, sums))
    for name, wanted in named.items():
        content = _bytes_of(folder / name)
        if isinstance(content, str):
            found.append(Fault(name, content))
        elif sha256(content) != wanted:
            found.append(Fault(name, f"has the digest {sha256(content)}, not {wanted}"))
    strangers = sorted(path.name for path in folder.iterdir() if path.name not in {*named, MANIFEST, SUMS})
    return (*found, *(Fault(name, "is not of this snapshot") for name in strangers))


def _sum_faults(folder: Path, sums: bytes) -> list[Fault]:
    content = _bytes_of(folder / SUMS)
    if isinstance(content, str):
        return [Fault(SUMS, content)]
    if content != sums:
        return [Fault(SUMS, "does not list what the manifest holds: one of the two was edited")]
    return []


def _bytes_of(path: Path) -> bytes | str:
    """Return what ``path`` holds, or why it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _is_canonical(manifest: Manifest) -> bool:
    try:
        return canonical_json(manifest.document) == manifest.content
    except DynamicError:
        return False
