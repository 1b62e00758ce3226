"""One entry of the journal, and its line: canonical JSON (RFC 8785) that names the hash of the line before.

The hash is the SHA-256 of the canonical JSON of all other fields, ``prev`` among them, so a line stands for everything
before it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from dynamic_base import canonical_json
from dynamic_token.errors import RuleError

JOURNAL_SCHEMA = "dynamic.token.journal/1"
NO_HASH = "0" * 64  # what the first entry follows
_INT64 = 2**63  # any language with 64-bit integers can hold an amount
_PAIR = 2
_FIELDS = frozenset({"details", "hash", "kind", "postings", "prev", "seq", "time"})
_PARTS = itemgetter("seq", "time", "kind", "details", "postings")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode


class LineError(ValueError):
    """A line is no entry; the text says why."""


@dataclass(frozen=True, slots=True)
class Posting:
    """``amount`` units enter ``account``; a negative amount leaves it."""

    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened: postings that add up to zero.

    Parameters
    ----------
    seq : int, 0 for the genesis, then one more each
    time : UTC, whole seconds
    kind : a row of ``dynamic_token.flows``
    details : words that the kind asks for, such as the request that an unlock carries out
    """

    seq: int
    time: datetime
    kind: str
    postings: tuple[Posting, ...]
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry in the chain."""

    entry: Entry
    prev: str
    hash: str


def seal(entry: Entry, prev: str) -> tuple[bytes, str]:
    """Return the line of ``entry`` after the line whose hash is ``prev``, newline included, and its own hash.

    Raises
    ------
    RuleError : a time that is not in UTC or has a fraction of a second; a detail that is no text, or its name not ASCII
    CanonicalError : ``seq`` of 2**53 and beyond
    """
    if entry.time.utcoffset() != timedelta(0) or entry.time.microsecond:
        raise RuleError(f"{entry.time} is not in UTC and whole seconds", "give the time of entry as such")
    if not _are_words(entry.details):
        raise RuleError(f"{dict(entry.details)} are not texts under ASCII names", "spell the details so")
    body: dict[str, object] = {
        "details": dict(entry.details),
        "kind": entry.kind,
        "postings": [[posting.account, str(posting.amount)] for posting in entry.postings],
        "prev": prev,
        "seq": entry.seq,
        "time": entry.time.astimezone(UTC).isoformat(),
    }
    mark = hashlib.sha256(canonical_json(body)).hexdigest()
    return canonical_json({**body, "hash": mark}) + b"\n", mark


def unseal(line: bytes) -> Sealed:
    """Return the entry in ``line``, newline included. Whether ``prev`` is right is for the chain to say.

    Its form is judged to the last byte: whatever ``seal`` would have written otherwise is refused.

    Raises
    ------
    LineError : cut short, no JSON, not canonical, other fields, or a hash that does not match the content
    """
    if not line.endswith(b"\n"):
        raise LineError("it is cut short: no newline ends it")
    try:
        text = line[:-1].decode()
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LineError("it is no JSON") from error
    if not isinstance(document, dict) or document.keys() != _FIELDS:
        raise LineError("its fields are not those of an entry")
    if not _is_canonical(document, text):
        raise LineError("it is not in canonical form")
    # Cutting the field out of the text is the canonical form without it, at half the cost of encoding again: only
    # strings and postings follow, and in a string these quotes would be escaped, so the last occurrence is the field.
    before, field_itself, after = text.rpartition(f'"hash":"{document["hash"]}",')
    if not field_itself or hashlib.sha256((before + after).encode()).hexdigest() != document["hash"]:
        raise LineError("its hash does not match its content: it was edited")
    return Sealed(_entry(document), document["prev"], document["hash"])


def _is_canonical(document: Mapping[str, object], text: str) -> bool:
    try:
        return _encode(document) == text
    except (ValueError, RecursionError):
        return False


def _entry(document: Mapping[str, Any]) -> Entry:
    # Plain type tests: class patterns of `match` took a third of a replay's time.
    seq, time, kind, details, rows = _PARTS(document)
    texts = type(time) is str and type(kind) is str and type(document["prev"]) is str
    if not (texts and type(seq) is int and type(rows) is list and type(details) is dict and _are_words(details)):
        raise LineError("a field has the wrong type")
    return Entry(seq, _time(time), kind, tuple([_posting(row) for row in rows]), details)


def _are_words(details: Mapping[Any, Any]) -> bool:
    # RFC 8785 sorts by UTF-16, Python by code point: of ASCII they make the same order.
    return all(isinstance(key, str) and key.isascii() and isinstance(value, str) for key, value in details.items())


def _posting(row: Any) -> Posting:
    if type(row) is list and len(row) == _PAIR and type(row[0]) is str and type(row[1]) is str:
        account, amount = row
        try:
            units = int(amount)
        except ValueError:
            units = _INT64
        if abs(units) < _INT64 and str(units) == amount:
            return Posting(account, units)
    raise LineError(f"{row!r} is no posting: [account, integer as text]")


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.utcoffset() != timedelta(0) or time.microsecond or time.isoformat() != text:
        raise LineError(f"{text!r} is no time in UTC and whole seconds")
    return time
