"""Replay a journal from its first byte: what is good, and the first line that is not, with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from dynamic_token.entry import NO_HASH, LineError, unseal
from dynamic_token.ledger import Ledger
from dynamic_token.model import Treasury

_LONGEST_LINE = 1 << 20  # bytes; a file of one endless line is not read into memory


@dataclass(frozen=True, slots=True)
class Head:
    """A point of the chain: keep one elsewhere, and nobody can rewrite or cut what stands before it unseen."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong. ``line`` counts from 1; None where no line of the journal is to blame."""

    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a replay found.

    Parameters
    ----------
    ledger : the state after the good prefix
    good_bytes : where the good prefix ends
    head : its last entry; None without one
    finding : None if the journal is whole
    """

    ledger: Ledger
    good_bytes: int
    head: Head | None
    finding: Finding | None


def replay(file: BinaryIO, treasury: Treasury, expected: Head | None = None) -> Verdict:
    """Check every line of ``file``, from its start, against its form, the chain and the rules of the ledger.

    Parameters
    ----------
    expected : a head that was noted earlier and must be in the chain. Without one, whole lines cut off the end, or a
        history rewritten with fresh hashes, look like a shorter or another journal: no chain can show that by itself.

    Notes
    -----
    O(bytes) time, O(accounts + open requests) memory. Stops at the first bad line.
    """
    ledger, head, good_bytes, held = Ledger(treasury), None, 0, ""
    prev = NO_HASH
    for number, line in enumerate(_lines(file), 1):
        try:
            sealed = unseal(line)
        except LineError as error:
            return Verdict(ledger, good_bytes, head, Finding(number, str(error)))
        reason = ledger.refusal(sealed.entry)
        if sealed.prev != prev and not reason:
            reason = "it does not follow the line before it: the chain is broken"
        if reason:
            return Verdict(ledger, good_bytes, head, Finding(number, reason))
        ledger.post(sealed.entry)
        prev, good_bytes = sealed.hash, good_bytes + len(line)
        head = Head(sealed.entry.seq, prev)
        if expected is not None and head.seq == expected.seq:
            held = prev
    if head is None:
        return Verdict(ledger, 0, None, Finding(None, "it is empty: it has no genesis"))
    return Verdict(ledger, good_bytes, head, _missed(head, expected, held))


def _missed(head: Head, expected: Head | None, held: str) -> Finding | None:
    if expected is None or held == expected.hash:
        return None
    if not held:
        return Finding(None, f"it ends at entry {head.seq}, but entry {expected.seq} was noted: its end was cut off")
    return Finding(None, f"entry {expected.seq} is not the one that was noted: the history was rewritten")


def _lines(file: BinaryIO) -> Iterable[bytes]:
    return iter(lambda: file.readline(_LONGEST_LINE), b"")
