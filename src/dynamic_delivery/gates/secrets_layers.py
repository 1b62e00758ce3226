"""What stands in a file under a coat: UTF-16, escaped strings (notebooks are JSON), base64 over lines, compression.

gitleaks takes off base64 on one line, hex and percent signs by itself. It does not see through these: UTF-16 is binary
to it, a notebook's backslash stands between a key and its quote, and it joins no lines and inflates nothing.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_DEPTH = 3
_MOST_BYTES = 4 << 20  # of one decoded piece
_MOST_TEXT = 32 << 20  # of a file: a larger one is read by gitleaks only
_BASE64 = re.compile(
    # A run on one line, or lines of the same alphabet below each other, indented or quoted as they may be.
    r"[A-Za-z0-9+/_-]{20,}={0,2}(?:[\"'\\n ,]*\r?\n[\s\"'>#]*[A-Za-z0-9+/_-]{2,}={0,2})*"
)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*\\.(?:[^"\\\n]|\\.)*)"')
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # all but blanks, and the escape of coloured output
_URL_SAFE = str.maketrans("-_", "+/")
_LEAST_BASE64 = 20
_LEAST_WIDE = 4  # pairs of bytes
_GZIP, _ZLIB = b"\x1f\x8b", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


@dataclass(frozen=True, slots=True)
class Line:
    """A decoded line.

    Parameters
    ----------
    origin : int, the line of the file, from 1, where its coat begins
    coat : str, what was taken off, outermost first: ``base64, gzip``
    """

    text: str
    origin: int
    coat: str


def uncoated(data: bytes) -> tuple[Line, ...]:
    """Return the lines that stand in ``data`` under a coat, piece after piece; none for plain text.

    O(len(data)) for each of at most three coats; a piece of more than 4 MiB inside is left alone.
    """
    if len(data) > _MOST_TEXT:
        return ()
    wide = wide_text(data)
    if wide is not None:
        coat, text = wide
        plain = [Line(line, number, coat) for number, line in enumerate(text.split("\n"), 1)]
        return (*plain, *_pieces(text, coat, _DEPTH - 1))
    return tuple(_pieces(data.decode("utf-8", errors="replace"), "", _DEPTH))


def _pieces(text: str, coat: str, depth: int) -> Iterator[Line]:
    """Give the lines of each piece of ``text`` that decodes, and of what stands in those."""
    if depth == 0:
        return
    starts = _Lines(text)
    for at, name, piece in (*_strings(text), *_encoded(text)):
        worn = f"{coat}, {name}" if coat else name
        origin = starts.number(at)
        for line in piece.split("\n"):
            yield Line(line, origin, worn)
        for inner in _pieces(piece, worn, depth - 1):
            yield Line(inner.text, origin, inner.coat)


class _Lines:
    """The line of a position; positions are asked for in rising order, more or less."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1

    def number(self, at: int) -> int:
        if at < self._at:
            self._at, self._line = 0, 1
        self._line += self._text.count("\n", self._at, at)
        self._at = at
        return self._line


def _strings(text: str) -> Iterator[tuple[int, str, str]]:
    """Give each string in double quotes that has an escape in it, as JSON reads it."""
    for match in _STRING.finditer(text):
        try:
            piece = json.loads(f'"{match[1]}"')
        except ValueError:  # an escape of another language
            continue
        if '"' in piece or "\n" in piece.rstrip("\n"):
            yield match.start(), "escapes", piece.rstrip("\n")


def _encoded(text: str) -> Iterator[tuple[int, str, str]]:
    """Give each run of base64 that holds text, or compressed text."""
    for match in _BASE64.finditer(text):
        for run in _runs(match[0]):
            found = _decoded(run)
            if found is not None:
                yield match.start(), *found
                break


def _runs(said: str) -> Iterator[str]:
    """Give the run as one, and if that does not decode, its first line: the next lines may be of something else."""
    joined = said.replace("\\n", "").translate(_URL_SAFE)
    yield _NOT_BASE64.sub("", joined)
    if "\n" in joined:
        yield _NOT_BASE64.sub("", joined.partition("\n")[0])


def _decoded(run: str) -> tuple[str, str] | None:
    if len(run) < _LEAST_BASE64:
        return None
    try:
        data = base64.b64decode(run[: len(run) - (len(run) % 4 == 1)] + "=" * (-len(run) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    if data.startswith((_GZIP, *_ZLIB)):
        inflated = _inflated(data)
        return None if inflated is None else ("base64, gzip", inflated)
    text = _text(data)
    return None if text is None else ("base64", text)


def _inflated(data: bytes) -> str | None:
    """Return what was compressed, up to a bound; None for what was not, or is no text."""
    try:
        engine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: gzip or zlib, by its first bytes
        return _text(engine.decompress(data, _MOST_BYTES))
    except zlib.error:
        return None


def _text(data: bytes) -> str | None:
    """Return text; None where it is none, so that a hash in base64 is not read as words."""
    wide = wide_text(data)
    if wide is not None:
        return wide[1]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def wide_text(data: bytes) -> tuple[str, str] | None:
    """Return UTF-16 or UTF-32 as text, by its mark or, for the plain letters of code, by its zeros."""
    for mark, name in (
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return name, data.decode(name, errors="replace")
    head = data[:512]
    half = len(head) // 2
    if half >= _LEAST_WIDE and b"\0" in head:
        for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if head[offset::2].count(0) > 0.9 * half and head[1 - offset :: 2].count(0) == 0:
                return "utf-16", data.decode(name, errors="replace")
    return None
