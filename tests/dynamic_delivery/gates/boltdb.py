"""Writes a BoltDB file (bbolt, format version 2), so that a real Trivy reads a database whose advisories a test chose.

One page a bucket, as long as it must be, and nothing else: an empty free list, no branch pages, no inline buckets. The
same tree gives the same bytes. Layout: ``page.go`` and ``meta.go`` of go.etcd.io/bbolt.
"""

import struct
from collections.abc import Mapping
from typing import TypeAlias

Bucket: TypeAlias = "Mapping[str, bytes | Bucket]"

_PAGE_SIZE = 4096
_MAGIC, _VERSION = 0xED0CDAED, 2
_LEAF, _META, _FREELIST = 0x02, 0x04, 0x10
_IS_BUCKET = 0x01
_HEADER = struct.Struct("<QHHI")  # page number, kind, count of elements, how many more pages belong to it
_ELEMENT = struct.Struct("<IIII")  # flags, place of the key counted from this element, length of key, length of value
_FIRST_FREE = 3  # two meta pages and the free list come first


def bolt(root: Bucket) -> bytes:
    """Return the file that holds ``root``: a mapping is a bucket, bytes are a value."""
    pages: list[bytes] = []
    at = _write(root, pages)
    end = _FIRST_FREE + len(pages)
    free = _HEADER.pack(2, _FREELIST, 0, 0).ljust(_PAGE_SIZE, b"\0")
    return _meta(0, at, end) + _meta(1, at, end) + free + b"".join(pages)


def _write(bucket: Bucket, pages: list[bytes]) -> int:
    """Append the pages of ``bucket``, its own last, and return the number of its page."""
    items: list[tuple[bytes, bytes, int]] = []
    for name, value in sorted(bucket.items(), key=lambda item: item[0].encode()):
        if isinstance(value, bytes):
            items.append((name.encode(), value, 0))
        else:
            items.append((name.encode(), struct.pack("<QQ", _write(value, pages), 0), _IS_BUCKET))
    number = _FIRST_FREE + len(pages)
    body = _elements(items)
    more = (_HEADER.size + len(body) - 1) // _PAGE_SIZE
    whole = (_HEADER.pack(number, _LEAF, len(items), more) + body).ljust((more + 1) * _PAGE_SIZE, b"\0")
    pages.extend(whole[start : start + _PAGE_SIZE] for start in range(0, len(whole), _PAGE_SIZE))
    return number


def _elements(items: list[tuple[bytes, bytes, int]]) -> bytes:
    heads, data = [], b""
    for index, (key, value, flags) in enumerate(items):
        place = (len(items) - index) * _ELEMENT.size + len(data)
        heads.append(_ELEMENT.pack(flags, place, len(key), len(value)))
        data += key + value
    return b"".join(heads) + data


def _meta(number: int, root: int, end: int) -> bytes:
    # Magic, version, page size, flags; the root bucket's page and sequence; free list, pages in use, transaction.
    meta = struct.pack("<IIIIQQQQQ", _MAGIC, _VERSION, _PAGE_SIZE, 0, root, 0, 2, end, number)
    meta += struct.pack("<Q", _fnv1a(meta))
    return (_HEADER.pack(number, _META, 0, 0) + meta).ljust(_PAGE_SIZE, b"\0")


def _fnv1a(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % (1 << 64)
    return value
