"""The rules of an entry that need no balance: double entry, known accounts, and the way that tokens may take."""

import re
from collections.abc import Collection

from dynamic_token.entry import Entry
from dynamic_token.flows import FLOWS, HOLDER, LONE, OF_BUCKETS, bucket_of
from dynamic_token.units import format_amount

_FLOW_OF = {flow.kind: flow for flow in FLOWS}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Form:
    """What an entry may look like in a ledger of these ``buckets`` (names)."""

    def __init__(self, buckets: Collection[str]) -> None:
        self._buckets = buckets
        self._classes: dict[str, str] = {}  # of the accounts that were judged

    def refusal(self, entry: Entry) -> str | None:
        """Return the rule that ``entry`` breaks, in words, or None."""
        return self._unbalanced(entry) or self._wrong_way(entry)

    def _unbalanced(self, entry: Entry) -> str | None:
        total, seen = 0, set()
        for posting in entry.postings:
            if posting.amount == 0 or posting.account in seen:
                return f"{posting.account} is posted to twice or with zero"
            seen.add(posting.account)
            total += posting.amount
        if not seen:
            return "it has no postings"
        return f"its postings add up to {format_amount(total)}, not to zero" if total else None

    def _wrong_way(self, entry: Entry) -> str | None:
        flow = _FLOW_OF.get(entry.kind)
        if flow is None:
            return f"there is no kind {entry.kind!r}"
        for posting in entry.postings:
            kind = self._classes.get(posting.account) or self._judge(posting.account)
            if kind is None:
                return f"there is no account {posting.account!r}"
            if kind not in (flow.sources if posting.amount < 0 else flow.targets):
                verb = "leave" if posting.amount < 0 else "enter"
                return f"tokens may not {verb} {posting.account} by a {entry.kind}"
        if not flow.one_bucket:
            return None
        match entry.postings:
            case (one, other) if bucket_of(one.account) == bucket_of(other.account):
                return None
        return f"a {entry.kind} moves tokens of one bucket, in two postings"

    def _judge(self, account: str) -> str | None:
        """Return the class of ``account``, and remember it; None if there can be no such account."""
        kind, colon, name = account.partition(":")
        if kind in LONE:
            known = not colon
        elif kind in OF_BUCKETS:
            known = name in self._buckets
        else:
            known = kind == HOLDER and _NAME.fullmatch(name) is not None
        if not known:
            return None
        self._classes[account] = kind
        return kind
