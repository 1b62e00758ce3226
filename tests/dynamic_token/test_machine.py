"""Any course of events, against a model of plain dictionaries that shares no code with the ledger."""

import io
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from dynamic_token import Entry, Head, Ledger, Plan, Posting, load_treasury, replay
from dynamic_token.entry import NO_HASH, seal
from tests.dynamic_token.published import AMOUNTS, TOKEN, month_end, month_of, released

TREASURY = load_treasury()
LAUNCH = datetime(2026, 10, 31, 6, tzinfo=UTC)  # a day that most months do not have
CAP = 10**17
SCHEDULED = [name for name in AMOUNTS if name != "reserve"]
BUCKETS = st.sampled_from(list(AMOUNTS))
HOLDERS = st.sampled_from(["holder:a", "holder:b", "holder:c"])
SPENDABLE = st.one_of(HOLDERS, BUCKETS.map("vested:{}".format))
ANY = st.one_of(SPENDABLE, BUCKETS.map("locked:{}".format), st.sampled_from(["issuance", "burned", "pending:reserve"]))
NUDGE = st.sampled_from([-1, 0, 0, 0, 1])  # one unit off the limit, either way
NEAR = st.integers(-1, 1)  # seconds around a limit
AHEAD = st.one_of(st.just(1), st.integers(1, 20))  # months
PART = st.integers(0, 100)


class LedgerMachine(RuleBasedStateMachine):
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger(TREASURY)
        self.lines: list[bytes] = []
        self.prev = NO_HASH
        self.now = LAUNCH
        self.money: dict[str, int] = {}
        self.asked: dict[int, tuple[int, datetime]] = {}  # every request that was taken
        self.open: set[int] = set()  # those that nobody executed or cancelled

    @initialize()
    def begin(self) -> None:
        moves = {f"locked:{name}": amount * TOKEN for name, amount in AMOUNTS.items()}
        self.offer("genesis", {"issuance": -CAP, **moves}, allowed=True, details=Plan().details(TREASURY))

    def offer(
        self, kind: str, moves: dict[str, int], *, allowed: bool, details: dict[str, str] | None = None
    ) -> int | None:
        """Offer an entry to the ledger, which must take it exactly where the model does; return its number if taken."""
        postings = tuple(Posting(account, amount) for account, amount in moves.items())
        entry = Entry(len(self.lines), self.now, kind, postings, details or {})
        reason = self.ledger.refusal(entry)
        assert (reason is None) == allowed, f"{kind} {moves}: the model says {allowed}, the ledger {reason}"
        if not allowed:
            return None
        self.ledger.apply(entry)
        line, self.prev = seal(entry, self.prev)
        self.lines.append(line)
        for account, amount in moves.items():
            self.money[account] = self.money.get(account, 0) + amount
        return entry.seq

    def held(self, account: str) -> int:
        return self.money.get(account, 0)

    @rule(hours=st.one_of(st.integers(0, 100), st.integers(0, 9000)), seconds=st.integers(0, 1))
    def time_passes(self, hours: int, seconds: int) -> None:
        self.now += timedelta(hours=hours, seconds=seconds)

    @rule(months=AHEAD, seconds=NEAR)
    def time_passes_to_a_month_end(self, months: int, seconds: int) -> None:
        at = month_end(LAUNCH, month_of(LAUNCH, self.now) + months)
        self.now = max(self.now, at + timedelta(seconds=seconds))

    @rule(bucket=BUCKETS, part=PART, nudge=NUDGE)
    def release(self, bucket: str, part: int, nudge: int) -> None:
        out = AMOUNTS[bucket] * TOKEN - self.held(f"locked:{bucket}") if bucket in SCHEDULED else 0
        due = released(bucket, month_of(LAUNCH, self.now)) - out
        amount = due * part // 100 + (nudge if part == 100 else 0) or 1
        self.offer(
            "release",
            {f"locked:{bucket}": -amount, f"vested:{bucket}": amount},
            allowed=bucket in SCHEDULED and 0 < amount <= due,
        )

    @rule(
        bucket=st.sampled_from(SCHEDULED),
        nudge=st.integers(0, 1),
        months=AHEAD,
        seconds=st.integers(-1, 1),
    )
    def release_all_that_is_due_at_a_month_end(self, bucket: str, nudge: int, months: int, seconds: int) -> None:
        self.time_passes_to_a_month_end(months, seconds)
        self.release(bucket, 100, nudge)

    @rule(source=SPENDABLE, to=HOLDERS, part=PART, nudge=NUDGE)
    def transfer(self, source: str, to: str, part: int, nudge: int) -> None:
        amount = self.held(source) * part // 100 + nudge
        if source != to and amount > 0:
            self.offer("transfer", {source: -amount, to: amount}, allowed=amount <= self.held(source))

    @rule(source=SPENDABLE, part=PART)
    def burn(self, source: str, part: int) -> None:
        amount = self.held(source) * part // 100
        if amount:
            self.offer("burn", {source: -amount, "burned": amount}, allowed=True)

    @rule(target=requests, part=PART, nudge=NUDGE)
    def ask(self, part: int, nudge: int) -> object:
        amount = self.held("locked:reserve") * part // 100 + nudge
        if amount < 1:
            return multiple()
        allowed = amount <= self.held("locked:reserve")
        seq = self.offer("unlock-request", {"locked:reserve": -amount, "pending:reserve": amount}, allowed=allowed)
        if seq is None:
            return multiple()
        self.asked[seq] = (amount, self.now)
        self.open.add(seq)
        return seq

    @rule(seq=requests, wait=st.sampled_from([0, 47, 48]), seconds=NEAR)
    def execute(self, seq: int, wait: int, seconds: int) -> None:
        amount, time = self.asked[seq]
        self.now = max(self.now, time + timedelta(hours=wait, seconds=seconds))
        done = self.offer(
            "unlock-execute",
            {"pending:reserve": -amount, "vested:reserve": amount},
            allowed=seq in self.open and self.now - time >= timedelta(hours=48),
            details={"request": str(seq)},
        )
        if done is not None:
            self.open.remove(seq)

    @rule(seq=requests)
    def cancel(self, seq: int) -> None:
        amount, _ = self.asked[seq]
        self.offer(
            "unlock-cancel",
            {"pending:reserve": -amount, "locked:reserve": amount},
            allowed=seq in self.open,
            details={"request": str(seq)},
        )
        self.open.discard(seq)

    @rule(kind=st.sampled_from(["transfer", "burn", "genesis", "mint"]), to=ANY, amount=st.integers(1, CAP))
    def forge(self, kind: str, to: str, amount: int) -> None:
        if to != "issuance":
            self.offer(kind, {"issuance": -amount, to: amount}, allowed=False)

    @rule(source=BUCKETS, to=SPENDABLE)
    def take_from_a_lock(self, source: str, to: str) -> None:
        self.offer("transfer", {f"locked:{source}": -1, to: 1}, allowed=False)

    @rule(data=st.data())
    def tamper(self, data: st.DataObject) -> None:
        """Damage a copy; the replay must stop exactly before the damage."""
        head = Head(len(self.lines) - 1, self.prev)
        kind = data.draw(st.sampled_from(["flip", "flip", "drop", "swap", "double", "cut"]))
        damaged, good = data.draw(damages(self.lines, kind))
        event(f"damage found: {kind}")
        verdict = replay(io.BytesIO(damaged), TREASURY, head)
        assert verdict.finding is not None
        assert verdict.ledger.entries == good
        assert verdict.good_bytes == len(b"".join(self.lines[:good]))

    @invariant()
    def nothing_comes_from_nowhere_and_nothing_is_lost(self) -> None:
        if self.lines:
            balances = self.ledger.state().balances
            assert sum(balances.values()) == 0
            assert balances["issuance"] == -CAP
            assert all(amount > 0 for account, amount in balances.items() if account != "issuance")
            assert balances == {account: amount for account, amount in self.money.items() if amount}

    @invariant()
    def no_bucket_is_ahead_of_its_schedule(self) -> None:
        if self.lines:
            month = month_of(LAUNCH, self.now)
            for name in SCHEDULED:
                assert AMOUNTS[name] * TOKEN - self.ledger.balance(f"locked:{name}") <= released(name, month)

    @invariant()
    def the_open_requests_are_those_that_nobody_answered(self) -> None:
        waiting = {int(seq): (one.amount, one.time) for seq, one in self.ledger.state().requests.items()}
        assert waiting == {seq: self.asked[seq] for seq in self.open}
        assert sum(amount for amount, _ in waiting.values()) == self.ledger.balance("pending:reserve")

    @invariant()
    def both_circulating_figures_are_sums_of_accounts(self) -> None:
        free = sum(amount for account, amount in self.money.items() if account.startswith(("vested:", "holder:")))
        circulating = self.ledger.circulating()
        reserve = self.held("locked:reserve") + self.held("pending:reserve")
        assert (circulating.unlocked, circulating.published) == (free, free + reserve)

    def teardown(self) -> None:
        """Replay the journal: it must give the very state that the ledger has."""
        if self.lines:
            verdict = replay(io.BytesIO(b"".join(self.lines)), TREASURY, Head(len(self.lines) - 1, self.prev))
            assert verdict.finding is None
            assert verdict.ledger.state() == self.ledger.state()


@st.composite
def damages(draw: st.DrawFn, lines: list[bytes], kind: str) -> tuple[bytes, int]:
    """Return damaged bytes, and how many entries stand before the damage."""
    at = draw(st.integers(0, len(lines) - 1))
    other = draw(st.integers(0, len(lines) - 1))
    match kind:
        case "flip":
            line = bytearray(lines[at])
            # One bit most often: it leaves text that a parser takes.
            line[draw(st.integers(0, len(line) - 1))] ^= draw(st.sampled_from([1, 2, 4, 8, 16, 64, 128, 255]))
            return b"".join([*lines[:at], bytes(line), *lines[at + 1 :]]), at
        case "drop":
            return b"".join([*lines[:at], *lines[at + 1 :]]), at
        case "swap" if at != other:
            first, second = sorted((at, other))
            swapped = [*lines]
            swapped[first], swapped[second] = swapped[second], swapped[first]
            return b"".join(swapped), first
        case "cut":
            return b"".join(lines[:at]) + lines[at][: draw(st.integers(0, len(lines[at]) - 1))], at
        case _:
            return b"".join([*lines[: at + 1], lines[at], *lines[at + 1 :]]), at + 1


LedgerMachine.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLedgerMachine = LedgerMachine.TestCase
