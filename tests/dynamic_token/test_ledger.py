from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from dynamic_token import Entry, Ledger, Plan, Posting, RuleError, load_treasury
from tests.dynamic_token.published import AMOUNTS, TOKEN

TREASURY = load_treasury()
LAUNCH = datetime(2026, 1, 31, tzinfo=UTC)
ALLOCATED = [Posting(f"locked:{name}", amount * TOKEN) for name, amount in AMOUNTS.items()]
DETAILS = Plan().details(TREASURY)


def genesis(postings: Sequence[Posting] = (Posting("issuance", -(10**17)), *ALLOCATED)) -> Entry:
    return Entry(0, LAUNCH, "genesis", tuple(postings), DETAILS)


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger(TREASURY)
    made.apply(genesis())
    return made


def move(
    ledger: Ledger,
    kind: str,
    source: str,
    target: str,
    amount: int,
    at: datetime = LAUNCH,
    details: dict[str, str] | None = None,
) -> Entry:
    return Entry(ledger.entries, at, kind, (Posting(source, -amount), Posting(target, amount)), details or {})


def release(ledger: Ledger, bucket: str, amount: int, at: datetime = LAUNCH) -> Entry:
    return move(ledger, "release", f"locked:{bucket}", f"vested:{bucket}", amount, at)


def refused(ledger: Ledger, entry: Entry) -> str:
    """Return why ``entry`` is refused, having seen that asking and failing leave the ledger as it was."""
    before = ledger.state()
    reason = ledger.refusal(entry)
    assert reason is not None
    with pytest.raises(RuleError, match="is refused"):
        ledger.apply(entry)
    assert ledger.state() == before
    return reason


def test_the_genesis_locks_everything_and_nothing_circulates_but_the_counted_reserve(ledger: Ledger) -> None:
    assert (ledger.minted, ledger.burned) == (100_000_000 * TOKEN, 0)
    assert (ledger.circulating().published, ledger.circulating().unlocked) == (3_000_000 * TOKEN, 0)


def test_launch_releases_make_13_and_10_million(ledger: Ledger) -> None:
    for bucket, amount in (("mining", 3), ("ecosystem", 2), ("liquidity", 5)):
        ledger.apply(release(ledger, bucket, amount * 10**6 * TOKEN))
    circulating = ledger.circulating()
    assert (circulating.published, circulating.unlocked) == (13_000_000 * TOKEN, 10_000_000 * TOKEN)


def test_a_genesis_beyond_the_cap_or_beside_the_policy_is_refused() -> None:
    more = (Posting("issuance", -(10**17) - 1), *ALLOCATED[:-1], Posting("locked:reserve", 3_000_000 * TOKEN + 1))
    assert "the cap is 100,000,000" in refused(Ledger(TREASURY), genesis(more))
    less = (Posting("issuance", -1), Posting("locked:team", 1))
    assert "what the treasury allocates" in refused(Ledger(TREASURY), genesis(less))
    foreign = Entry(0, LAUNCH, "genesis", genesis().postings, {**DETAILS, "treasury": "0" * 64})
    assert "another treasury" in refused(Ledger(TREASURY), foreign)
    newer = Entry(0, LAUNCH, "genesis", genesis().postings, {**DETAILS, "schema": "dynamic.token.journal/2"})
    assert "schema" in refused(Ledger(TREASURY), newer)


def test_nothing_is_minted_twice(ledger: Ledger) -> None:
    again = Entry(1, LAUNCH, "genesis", genesis().postings, DETAILS)
    assert "stands first, and only there" in refused(ledger, again)
    assert "may not leave issuance" in refused(ledger, move(ledger, "transfer", "issuance", "holder:a", 1))


def test_nothing_comes_before_the_genesis() -> None:
    assert "genesis" in refused(Ledger(TREASURY), Entry(0, LAUNCH, "burn", (Posting("burned", 1),)))


def test_a_unit_before_its_month_end_is_too_early(ledger: Ledger) -> None:
    one_second = timedelta(seconds=1)
    share = 250_000 * TOKEN  # 15 M / 60
    month_1, month_2 = datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
    assert "by month 0 0 have vested" in refused(ledger, release(ledger, "treasury", 1, month_1 - one_second))
    assert "250,000.000000001" in refused(ledger, release(ledger, "treasury", share + 1, month_1))
    ledger.apply(release(ledger, "treasury", share, month_1))
    assert "by month 1" in refused(ledger, release(ledger, "treasury", 1, month_2 - one_second))
    ledger.apply(release(ledger, "treasury", share, month_2))


def test_a_refused_entry_of_the_future_opens_nothing_now(ledger: Ledger) -> None:
    refused(ledger, release(ledger, "team", 10**17, LAUNCH + timedelta(days=4000)))
    assert "by month 0" in refused(ledger, release(ledger, "team", 1, LAUNCH))


def test_the_cliff_opens_with_all_that_accrued(ledger: Ledger) -> None:
    cliff = datetime(2027, 1, 31, tzinfo=UTC)
    refused(ledger, release(ledger, "team", 1, cliff - timedelta(seconds=1)))
    ledger.apply(release(ledger, "team", 2_500_000 * TOKEN, cliff))
    refused(ledger, release(ledger, "team", 1, cliff))


def request(ledger: Ledger, amount: int, at: datetime = LAUNCH) -> Entry:
    return move(ledger, "unlock-request", "locked:reserve", "pending:reserve", amount, at)


def test_the_reserve_opens_48_hours_after_its_request_and_not_a_second_before(ledger: Ledger) -> None:
    ledger.apply(request(ledger, 5))
    opens = LAUNCH + timedelta(hours=48)

    def execute(at: datetime, amount: int = 5, named: str = "1") -> Entry:
        return move(ledger, "unlock-execute", "pending:reserve", "vested:reserve", amount, at, {"request": named})

    assert "until 2026-02-02T00:00:00" in refused(ledger, execute(opens - timedelta(seconds=1)))
    assert "is for" in refused(ledger, execute(opens, amount=4))
    for named in ("2", "01", "", "9" * 5000):
        assert "is open" in refused(ledger, execute(opens, named=named))
    ledger.apply(execute(opens))
    assert ledger.balance("vested:reserve") == 5
    assert "is open" in refused(ledger, execute(opens))


def test_a_cancelled_request_is_locked_again_and_can_no_longer_be_executed(ledger: Ledger) -> None:
    ledger.apply(request(ledger, 5))
    ledger.apply(move(ledger, "unlock-cancel", "pending:reserve", "locked:reserve", 5, LAUNCH, {"request": "1"}))
    late = LAUNCH + timedelta(hours=49)
    assert "is open" in refused(
        ledger, move(ledger, "unlock-execute", "pending:reserve", "vested:reserve", 5, late, {"request": "1"})
    )
    assert ledger.balance("locked:reserve") == 3_000_000 * TOKEN


def test_the_reserve_has_no_other_door_and_the_others_have_no_timelock(ledger: Ledger) -> None:
    late = LAUNCH + timedelta(days=3000)
    assert "unlock requests only" in refused(ledger, release(ledger, "reserve", 1, late))
    assert "no timelock" in refused(ledger, move(ledger, "unlock-request", "locked:team", "pending:team", 1))


def test_an_account_never_goes_below_zero(ledger: Ledger) -> None:
    ledger.apply(release(ledger, "liquidity", 10))
    assert "would leave it" in refused(ledger, move(ledger, "transfer", "vested:liquidity", "holder:a", 11))
    assert "would leave it" in refused(ledger, request(ledger, 3_000_000 * TOKEN + 1))
    assert "would leave it" in refused(ledger, move(ledger, "burn", "holder:nobody", "burned", 1))


@pytest.mark.parametrize(
    ("kind", "postings", "said"),
    [
        ("transfer", (), "no postings"),
        ("transfer", (Posting("holder:a", 1),), "not to zero"),
        ("transfer", (Posting("vested:team", -2), Posting("holder:a", 1)), "not to zero"),
        ("transfer", (Posting("holder:a", 0), Posting("holder:b", 0)), "with zero"),
        ("transfer", (Posting("holder:a", 1), Posting("holder:a", -1)), "posted to twice"),
        ("transfer", (Posting("locked:team", -1), Posting("holder:a", 1)), "may not leave locked:team"),
        ("transfer", (Posting("pending:reserve", -1), Posting("holder:a", 1)), "may not leave pending"),
        ("transfer", (Posting("burned", -1), Posting("holder:a", 1)), "may not leave burned"),
        ("transfer", (Posting("holder:a", -1), Posting("burned", 1)), "may not enter burned"),
        ("transfer", (Posting("holder:a", -1), Posting("issuance", 1)), "may not enter issuance"),
        ("release", (Posting("locked:team", -1), Posting("holder:a", 1)), "may not enter holder"),
        ("release", (Posting("locked:team", -1), Posting("vested:mining", 1)), "one bucket"),
        (
            "release",
            (Posting("locked:mining", -2), Posting("vested:mining", 1), Posting("vested:team", 1)),
            "one bucket",
        ),
        ("burn", (Posting("locked:team", -1), Posting("burned", 1)), "may not leave locked"),
        ("transfer", (Posting("holder:A", -1), Posting("holder:b", 1)), "no account"),
        ("transfer", (Posting("holder", -1), Posting("holder:b", 1)), "no account"),
        ("transfer", (Posting("vested:nobody", -1), Posting("holder:b", 1)), "no account"),
        ("burn", (Posting("holder:a", -1), Posting("burned:a", 1)), "no account"),
        ("mint", (Posting("issuance", -1), Posting("holder:b", 1)), "no kind 'mint'"),
    ],
)
def test_postings_that_break_a_rule_are_refused(
    ledger: Ledger, kind: str, postings: tuple[Posting, ...], said: str
) -> None:
    assert said in refused(ledger, Entry(1, LAUNCH, kind, postings))


def test_order_and_time_only_go_forward(ledger: Ledger) -> None:
    assert "was due" in refused(ledger, Entry(2, LAUNCH, "burn", ()))
    assert "before" in refused(ledger, release(ledger, "liquidity", 1, LAUNCH - timedelta(seconds=1)))
    assert "years" in refused(ledger, release(ledger, "liquidity", 1, datetime(9999, 12, 31, tzinfo=UTC)))
