"""The kinds of entries: from which class of account tokens may leave, and which they may enter. A new kind is a row.

Classes: ``issuance`` (the one account below zero: minus what was ever minted), ``locked:BUCKET``, ``pending:BUCKET``
(an unlock was requested, the timelock runs), ``vested:BUCKET``, ``holder:NAME``, ``burned``.
"""

from dataclasses import dataclass

ISSUANCE, LOCKED, PENDING, VESTED, HOLDER, BURNED = "issuance", "locked", "pending", "vested", "holder", "burned"
LONE = frozenset({ISSUANCE, BURNED})  # classes of one account
OF_BUCKETS = frozenset({LOCKED, PENDING, VESTED})  # an account for each bucket
_FREE = frozenset({VESTED, HOLDER})


@dataclass(frozen=True, slots=True)
class Flow:
    """One kind. ``one_bucket``: two postings, both of the same bucket."""

    kind: str
    sources: frozenset[str]
    targets: frozenset[str]
    one_bucket: bool = False


GENESIS = Flow("genesis", frozenset({ISSUANCE}), frozenset({LOCKED}))
RELEASE = Flow("release", frozenset({LOCKED}), frozenset({VESTED}), one_bucket=True)
TRANSFER = Flow("transfer", _FREE, _FREE)
BURN = Flow("burn", _FREE, frozenset({BURNED}))
REQUEST = Flow("unlock-request", frozenset({LOCKED}), frozenset({PENDING}), one_bucket=True)
EXECUTE = Flow("unlock-execute", frozenset({PENDING}), frozenset({VESTED}), one_bucket=True)
CANCEL = Flow("unlock-cancel", frozenset({PENDING}), frozenset({LOCKED}), one_bucket=True)

FLOWS = (GENESIS, RELEASE, TRANSFER, BURN, REQUEST, EXECUTE, CANCEL)


def class_of(account: str) -> str:
    """Return the part before the colon."""
    return account.partition(":")[0]


def bucket_of(account: str) -> str:
    """Return the part after the colon, or ""."""
    return account.partition(":")[2]
