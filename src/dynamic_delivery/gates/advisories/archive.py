"""The members of a .zip, all of them or a word about each that is missing."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 64 << 20

# What the reader of archives raises of a damaged one; RuntimeError, and NotImplementedError below it: of a member that
# is encrypted, or packed in a way that is not known.
_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError, OSError)

# The records that end a .zip, each with the number of members (APPNOTE.TXT 6.3.10, sections 4.3.16 and 4.3.14).
_END, _END_SIZE, _MOST_COMMENT = b"PK\x05\x06", 22, 0xFFFF
_END_64, _END_64_SIZE, _MANY = b"PK\x06\x06", 56, 0xFFFF


def read_members(path: Path, name: str, bad: Callable[[str, object], None]) -> Iterator[tuple[str, bytes]]:
    """Yield (``name!member``, content) of each file in the archive, in order of name; tell ``bad`` of all others."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            named = _count(file)
            if named != len(members):
                # A damaged length can hide the next member: Python's reader then sees a smaller archive, and no fault.
                bad(name, f"it should hold {named} members, and {len(members)} were found")
            for member in sorted(members, key=lambda each: each.filename):
                if not member.is_dir():
                    yield from _read(archive, member, f"{name}!{member.filename}", bad)
    except _ERRORS as error:
        bad(name, error)


def _read(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, entry: str, bad: Callable[[str, object], None]
) -> Iterator[tuple[str, bytes]]:
    if member.file_size > MOST_BYTES:
        bad(entry, f"it has more than {MOST_BYTES >> 20} MiB")
        return
    try:
        content = archive.read(member)
    except _ERRORS as error:
        bad(entry, error)
        return
    yield entry, content


def _count(file: BinaryIO) -> int:
    """Return the number of members that the archive's end names."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _MOST_COMMENT - _END_SIZE - _END_64_SIZE - 20))
    tail = file.read()
    end = tail.rfind(_END)
    (count,) = struct.unpack_from("<H", tail, end + 10)
    end_64 = tail.rfind(_END_64, 0, end)
    if count == _MANY and end_64 >= 0:
        (count,) = struct.unpack_from("<Q", tail, end_64 + 32)
    return int(count)
