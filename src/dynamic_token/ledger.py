"""The balances, and every rule that an entry must keep. No files: entries in, balances out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dynamic_token.entry import JOURNAL_SCHEMA, Entry
from dynamic_token.errors import RuleError
from dynamic_token.flows import (
    BURNED,
    CANCEL,
    EXECUTE,
    GENESIS,
    HOLDER,
    ISSUANCE,
    LOCKED,
    PENDING,
    RELEASE,
    REQUEST,
    VESTED,
    bucket_of,
    class_of,
)
from dynamic_token.form import Form
from dynamic_token.model import Bucket, Treasury
from dynamic_token.schedule import Circulating, add_months, months_between, vested
from dynamic_token.units import format_amount

_FIRST_YEAR, _LAST_YEAR = 1970, 9000  # so that calendar arithmetic never leaves what datetime can hold


@dataclass(frozen=True, slots=True)
class Request:
    """An unlock that waits for its timelock."""

    bucket: str
    amount: int
    time: datetime


@dataclass(frozen=True, slots=True)
class State:
    """A ledger at rest: two ledgers of one state are the same ledger."""

    entries: int
    time: datetime | None
    balances: Mapping[str, int]
    requests: Mapping[str, Request]


class Ledger:
    """The state after the entries posted so far.

    ``refusal`` says which rule an entry breaks, ``post`` posts it. Both are O(postings).
    """

    def __init__(self, treasury: Treasury) -> None:
        self.treasury = treasury
        self._digest = treasury.digest()
        self._buckets = {bucket.name: bucket for bucket in treasury.buckets}
        self._form = Form(self._buckets)
        self._balances: dict[str, int] = {}
        self._requests: dict[str, Request] = {}
        self._entries = 0
        self._launch: datetime | None = None
        self._time: datetime | None = None
        self._month = 0
        self._month_ends = datetime.max.replace(tzinfo=UTC)
        self._vested: dict[tuple[str, int], int] = {}  # (bucket, month) -> units, of this month and later ones

    @property
    def entries(self) -> int:
        return self._entries

    @property
    def launch(self) -> datetime | None:
        """When the genesis took place."""
        return self._launch

    @property
    def month(self) -> int:
        """Whole months from launch to the last entry."""
        return self._month

    def balance(self, account: str) -> int:
        return self._balances.get(account, 0)

    def state(self) -> State:
        """Return a copy of everything that later entries depend on; accounts at zero are left out."""
        held = {account: amount for account, amount in self._balances.items() if amount}
        return State(self._entries, self._time, held, dict(self._requests))

    @property
    def minted(self) -> int:
        return -self.balance(ISSUANCE)

    @property
    def burned(self) -> int:
        return self.balance(BURNED)

    def circulating(self) -> Circulating:
        """Return what is outside a lock, counted both ways. A pending unlock is still locked."""
        unlocked = sum(amount for account, amount in self._balances.items() if class_of(account) in (VESTED, HOLDER))
        counted = sum(
            self.balance(f"{kind}:{bucket.name}")
            for bucket in self.treasury.buckets
            if bucket.counted_as_circulating
            for kind in (LOCKED, PENDING)
        )
        return Circulating(unlocked + counted, unlocked)

    def apply(self, entry: Entry) -> None:
        """Post ``entry``, or raise RuleError with the rule that it breaks."""
        reason = self.refusal(entry)
        if reason:
            raise RuleError(f"entry {entry.seq} ({entry.kind}) is refused: {reason}", "mend the entry")
        self.post(entry)

    def post(self, entry: Entry) -> None:
        """Post an ``entry`` that ``refusal`` had nothing against."""
        for posting in entry.postings:
            self._balances[posting.account] = self._balances.get(posting.account, 0) + posting.amount
        self._entries += 1
        self._time = entry.time
        if self._launch is None:
            self._launch = self._month_ends = entry.time
        if entry.time >= self._month_ends:
            self._month = months_between(self._launch, entry.time)
            self._month_ends = add_months(self._launch, self._month + 1)
            self._vested.clear()
        if entry.kind == REQUEST.kind:
            left = entry.postings[0] if entry.postings[0].amount < 0 else entry.postings[1]
            self._requests[str(entry.seq)] = Request(bucket_of(left.account), -left.amount, entry.time)
        elif entry.kind in (EXECUTE.kind, CANCEL.kind):
            del self._requests[entry.details["request"]]

    def refusal(self, entry: Entry) -> str | None:
        """Return the rule that ``entry`` breaks, in words, or None. Nothing is posted."""
        return (
            self._out_of_order(entry)
            or self._form.refusal(entry)
            or self._against_its_kind(entry)
            or self._overdrawn(entry)
        )

    def _out_of_order(self, entry: Entry) -> str | None:
        if entry.seq != self._entries:
            return f"its number is {entry.seq}, {self._entries} was due: a line is missing, doubled or moved"
        if (entry.kind == GENESIS.kind) != (self._entries == 0):
            return "the genesis stands first, and only there"
        if not _FIRST_YEAR <= entry.time.year <= _LAST_YEAR:
            return f"its time {entry.time.isoformat()} is not of the years {_FIRST_YEAR} to {_LAST_YEAR}"
        if self._time is not None and entry.time < self._time:
            return f"its time {entry.time.isoformat()} lies before that of the entry before it"
        return None

    def _against_its_kind(self, entry: Entry) -> str | None:
        match entry.kind:
            case GENESIS.kind:
                return self._wrong_genesis(entry)
            case RELEASE.kind:
                return self._too_early(entry)
            case REQUEST.kind:
                return self._wrong_request(entry)
            case EXECUTE.kind | CANCEL.kind:
                return self._wrong_answer(entry)
            case _:
                return None

    def _wrong_genesis(self, entry: Entry) -> str | None:
        minted = -sum(posting.amount for posting in entry.postings if posting.amount < 0)
        if minted > self.treasury.cap:
            return f"it mints {format_amount(minted)}, the cap is {format_amount(self.treasury.cap)}"
        if entry.details.get("schema") != JOURNAL_SCHEMA:
            return f"its schema is {entry.details.get('schema')!r}, this program reads {JOURNAL_SCHEMA!r}"
        if entry.details.get("treasury") != self._digest:
            return "the journal was begun under another treasury: name that one with --treasury"
        due = {f"{LOCKED}:{bucket.name}": bucket.amount for bucket in self.treasury.buckets}
        if {posting.account: posting.amount for posting in entry.postings if posting.amount > 0} != due:
            return "it does not lock what the treasury allocates"
        return None

    def _too_early(self, entry: Entry) -> str | None:
        bucket, amount = self._moved(entry)
        if bucket.timelock_hours is not None:
            return f"{bucket.name} is released by unlock requests only"
        month = self._month_at(entry.time)
        due = self._vested.get((bucket.name, month))
        if due is None:
            due = self._vested[bucket.name, month] = vested(bucket, month)
        released = bucket.amount - self.balance(f"{LOCKED}:{bucket.name}") + amount
        if released > due:
            return (
                f"it would bring {bucket.name} to {format_amount(released)} released; "
                f"by month {month} {format_amount(due)} have vested"
            )
        return None

    def _wrong_request(self, entry: Entry) -> str | None:
        bucket, _ = self._moved(entry)
        return None if bucket.timelock_hours else f"{bucket.name} has no timelock: it is released by its schedule"

    def _wrong_answer(self, entry: Entry) -> str | None:
        bucket, amount = self._moved(entry)
        named = entry.details.get("request", "")
        request = self._requests.get(named)
        if request is None:
            return f"no unlock request {named!r} is open"
        if (request.bucket, request.amount) != (bucket.name, amount):
            return f"request {named} is for {format_amount(request.amount)} of {request.bucket}"
        opens = request.time + timedelta(hours=bucket.timelock_hours or 0)
        if entry.kind == EXECUTE.kind and entry.time < opens:
            return f"the timelock of request {named} runs until {opens.isoformat()}"
        return None

    def _overdrawn(self, entry: Entry) -> str | None:
        if entry.kind == GENESIS.kind:
            return None
        for posting in entry.postings:
            held = self._balances.get(posting.account, 0)
            if held + posting.amount < 0:
                return f"{posting.account} holds {format_amount(held)}, {format_amount(-posting.amount)} would leave it"
        return None

    def _moved(self, entry: Entry) -> tuple[Bucket, int]:
        """Return the bucket and the amount of an entry of one bucket."""
        first = entry.postings[0]
        return self._buckets[bucket_of(first.account)], abs(first.amount)

    def _month_at(self, time: datetime) -> int:
        """Return the month of ``time``, which is not before the last entry."""
        if self._launch is None:
            return 0
        return self._month if time < self._month_ends else months_between(self._launch, time)
