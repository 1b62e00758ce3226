"""Files that are whole or absent, whatever kills the writer."""

import contextlib
import os
import tempfile
from pathlib import Path

from dynamic_base.errors import DynamicError, UsageError


class WriteError(DynamicError):
    """A file could not be written; what stood there before is untouched."""


def write_atomic(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` through a temporary file in the same folder, synced, then renamed over it.

    Raises
    ------
    WriteError : the folder or the disk refused; no partial file is left at ``path``
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise WriteError(f"cannot write {path} ({error.strerror})", "free the disk or choose another folder") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise WriteError(f"cannot write {path} ({error.strerror})", "free the disk or choose another folder") from error
    finally:
        temporary.unlink(missing_ok=True)


def repository_root(start: Path) -> Path:
    """Return the nearest folder, ``start`` or above it, that is a git repository or keeps our state.

    Raises
    ------
    UsageError : there is none
    """
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in (".dynamic", ".git")):
            return folder
    raise UsageError(f"{start} is in no git repository", "go into one, or name one with --repo DIR")


def state_folder(root: Path) -> Path:
    """Return ``root/.dynamic``, where runs keep their records; hidden from git. A read-only ``root`` keeps none."""
    folder = root / ".dynamic"
    ignore = folder / ".gitignore"
    if not ignore.exists():
        with contextlib.suppress(WriteError):
            write_atomic(ignore, b"*\n")
    return folder
