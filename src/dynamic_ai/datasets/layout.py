"""What a snapshot's folder looks like.

``manifest.json`` is canonical JSON (RFC 8785), and its SHA-256 is the snapshot's digest. Each column is one file of raw
little-endian numbers. ``SHA256SUMS`` lists them all, so that ``sha256sum -c SHA256SUMS`` judges the folder without us.
"""

import hashlib
from collections.abc import Mapping

SCHEMA = "dynamic.snapshot/1"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"

FLOAT = "<f8"
TIME = "<i8"
LABEL = "|u1"
SUFFIX = {FLOAT: "f64", TIME: "i64", LABEL: "u8"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sums_text(files: Mapping[str, bytes]) -> bytes:
    """Return the lines of ``sha256sum`` for ``files``, sorted by name."""
    return "".join(f"{sha256(files[name])}  {name}\n" for name in sorted(files)).encode()
