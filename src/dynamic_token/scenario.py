"""What a simulated ledger goes through, month by month: a pure function of the treasury and the plan.

Every draw is a SHA-256 of the seed and a label, so a month never depends on how many draws came before it, and the same
seed gives the same journal on any Python.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from dynamic_token.entry import JOURNAL_SCHEMA, Entry, Posting
from dynamic_token.flows import (
    BURN,
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
    TRANSFER,
    VESTED,
    Flow,
)
from dynamic_token.ledger import Ledger
from dynamic_token.model import Bucket, Treasury
from dynamic_token.schedule import add_months, vested

_HOLDERS = 100
_LARGEST_SHARE_PERMILLE = 50  # of what an account holds, in one transfer
_REQUEST_PERCENT = 25  # of months ask to unlock a part of a reserve
_CANCEL_PERCENT = 25  # of requests are taken back
_LARGEST_UNLOCK_PERCENT = 10  # of what is still locked
_PATIENCE_S = 72 * 3600  # within which an opened timelock is used


@dataclass(frozen=True, slots=True)
class Plan:
    """What the simulation is told.

    Parameters
    ----------
    launch : UTC, whole seconds
    transfers : int, a month
    burn_bps : int, hundredths of a percent of a month's transfers that a holder burns at its end
    """

    seed: int = 0
    launch: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    transfers: int = 50
    burn_bps: int = 10

    def details(self, treasury: Treasury) -> dict[str, str]:
        """Return what the genesis keeps of the plan and the policy, so that nobody goes on with others."""
        return {
            "burn_bps": str(self.burn_bps),
            "schema": JOURNAL_SCHEMA,
            "seed": str(self.seed),
            "transfers": str(self.transfers),
            "treasury": treasury.digest(),
        }


def scenario(treasury: Treasury, plan: Plan) -> Iterator[tuple[int, tuple[Entry, ...]]]:
    """Yield without end (month, entries): what happened in that month, then what has vested at its end.

    Month 0 is the launch: the genesis and what is released at once.
    """
    run = _Run(treasury, plan)
    yield 0, run.releases(0)
    for month in count(1):
        yield month, (*run.activity(month - 1), *run.releases(month))


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    """An opened request, and when it is answered."""

    time: datetime
    request: int
    bucket: str
    amount: int
    flow_kind: str


class _Run:
    def __init__(self, treasury: Treasury, plan: Plan) -> None:
        self._treasury = treasury
        self._plan = plan
        self._ledger = Ledger(treasury)
        self._due: list[_Due] = []

    def releases(self, month: int) -> tuple[Entry, ...]:
        time = add_months(self._plan.launch, month)
        made = [self._genesis()] if month == 0 else []
        for bucket in self._treasury.buckets:
            locked = f"{LOCKED}:{bucket.name}"
            amount = vested(bucket, month) - (bucket.amount - self._ledger.balance(locked))
            if bucket.timelock_hours is None and amount:
                made.append(self._move(RELEASE, time, locked, f"{VESTED}:{bucket.name}", amount))
        return tuple(made)

    def activity(self, month: int) -> tuple[Entry, ...]:
        start, end = add_months(self._plan.launch, month), add_months(self._plan.launch, month + 1)
        seconds = int((end - start).total_seconds())
        made, volume = [], 0
        asks = self._asks(month, start, seconds)
        moments = sorted(self._draw(f"{month}/when/{n}", seconds) for n in range(self._plan.transfers))
        for n, moment in enumerate(moments):
            time = start + timedelta(seconds=moment)
            made += self._until(time, asks)
            entry = self._transfer(f"{month}/{n}", time)
            if entry:
                made.append(entry)
                volume += max(posting.amount for posting in entry.postings)
        last = end - timedelta(seconds=1)
        made += self._until(last, asks)
        burnt = self._burn(month, last, volume)
        return (*made, *burnt)

    def _genesis(self) -> Entry:
        buckets = self._treasury.buckets
        postings = [Posting(ISSUANCE, -sum(bucket.amount for bucket in buckets))]
        postings += [Posting(f"{LOCKED}:{bucket.name}", bucket.amount) for bucket in buckets]
        return self._post(GENESIS, self._plan.launch, tuple(postings), self._plan.details(self._treasury))

    def _asks(self, month: int, start: datetime, seconds: int) -> list[tuple[datetime, Bucket]]:
        """Return when a timelocked bucket is asked for in this month, oldest last."""
        asked = [
            (start + timedelta(seconds=self._draw(f"{month}/ask-when/{bucket.name}", seconds)), bucket)
            for bucket in self._treasury.buckets
            if bucket.timelock_hours is not None and self._draw(f"{month}/ask/{bucket.name}", 100) < _REQUEST_PERCENT
        ]
        return sorted(asked, key=lambda ask: (ask[0], ask[1].name), reverse=True)

    def _until(self, time: datetime, asks: list[tuple[datetime, Bucket]]) -> list[Entry]:
        """Make the requests and answers that are due by ``time``, in their order; ``asks`` loses what was asked."""
        made: list[Entry] = []
        while True:
            next_ask = asks[-1][0] if asks else None
            next_due = self._due[0].time if self._due else None
            if next_ask is not None and next_ask <= time and (next_due is None or next_ask <= next_due):
                made += self._request(*asks.pop())
            elif next_due is not None and next_due <= time:
                made.append(self._answer(self._due.pop(0)))
            else:
                return made

    def _request(self, time: datetime, bucket: Bucket) -> list[Entry]:
        locked = self._ledger.balance(f"{LOCKED}:{bucket.name}")
        label = f"{bucket.name}/{self._ledger.entries}"
        amount = self._draw(f"{label}/amount", max(1, locked * _LARGEST_UNLOCK_PERCENT // 100)) + 1
        if amount > locked:
            return []
        entry = self._move(REQUEST, time, f"{LOCKED}:{bucket.name}", f"{PENDING}:{bucket.name}", amount)
        flow = CANCEL if self._draw(f"{label}/cancel", 100) < _CANCEL_PERCENT else EXECUTE
        wait = timedelta(hours=bucket.timelock_hours or 0, seconds=self._draw(f"{label}/wait", _PATIENCE_S))
        self._due = sorted([*self._due, _Due(time + wait, entry.seq, bucket.name, amount, flow.kind)])
        return [entry]

    def _answer(self, due: _Due) -> Entry:
        flow, target = (EXECUTE, VESTED) if due.flow_kind == EXECUTE.kind else (CANCEL, LOCKED)
        return self._move(
            flow,
            due.time,
            f"{PENDING}:{due.bucket}",
            f"{target}:{due.bucket}",
            due.amount,
            {"request": str(due.request)},
        )

    def _transfer(self, label: str, time: datetime) -> Entry | None:
        """Send a part of what some account holds to some holder; None if the draw meets an empty account or itself."""
        sources = [f"{VESTED}:{bucket.name}" for bucket in self._treasury.buckets]
        sources += [f"{HOLDER}:{n:03d}" for n in range(_HOLDERS)]
        held = [account for account in sources if self._ledger.balance(account) > 0]
        if not held:
            return None
        source = held[self._draw(f"{label}/from", len(held))]
        target = f"{HOLDER}:{self._draw(f'{label}/to', _HOLDERS):03d}"
        if source == target:
            return None
        most = self._ledger.balance(source) * _LARGEST_SHARE_PERMILLE // 1000
        return self._move(TRANSFER, time, source, target, self._draw(f"{label}/amount", most or 1) + 1)

    def _burn(self, month: int, time: datetime, volume: int) -> list[Entry]:
        holder = f"{HOLDER}:{self._draw(f'{month}/burn', _HOLDERS):03d}"
        amount = min(self._ledger.balance(holder), volume * self._plan.burn_bps // 10_000)
        return [self._move(BURN, time, holder, BURNED, amount)] if amount else []

    def _draw(self, label: str, below: int) -> int:
        """Return an integer from 0 up to, but not, ``below``; 256 bits, so the remainder favours nobody."""
        return int.from_bytes(hashlib.sha256(f"{self._plan.seed}/{label}".encode()).digest()) % below

    def _move(
        self, flow: Flow, time: datetime, source: str, target: str, amount: int, details: dict[str, str] | None = None
    ) -> Entry:
        return self._post(flow, time, (Posting(source, -amount), Posting(target, amount)), details or {})

    def _post(self, flow: Flow, time: datetime, postings: tuple[Posting, ...], details: dict[str, str]) -> Entry:
        entry = Entry(self._ledger.entries, time, flow.kind, postings, details)
        self._ledger.apply(entry)
        return entry
