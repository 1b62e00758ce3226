from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dynamic_base import ExitCode
from dynamic_token import JournalMismatchError, Plan, TreasuryError, load_treasury, simulate, verify_journal
from dynamic_token.scenario import scenario
from tests.dynamic_token.processes import WRITER, python
from tests.dynamic_token.published import AMOUNTS, TOKEN, released

TREASURY = load_treasury()
PLAN = Plan(transfers=8)


def test_the_same_seed_gives_the_same_bytes_in_another_process_and_another_seed_does_not(tmp_path: Path) -> None:
    here, there, other = (tmp_path / name for name in ("here", "there", "other"))
    simulate(here, TREASURY, PLAN, 12)
    process = python(WRITER, there, "12", "8")
    assert process.communicate()[1] == ""
    assert here.read_bytes() == there.read_bytes()
    # Not by the genesis alone, which names the seed: the course itself is another.
    mine = simulate(here, TREASURY, PLAN, 12).ledger.state().balances
    assert simulate(other, TREASURY, replace(PLAN, seed=1), 12).ledger.state().balances != mine


@pytest.mark.parametrize("first", [0, 1, 7, 12])
def test_going_on_ends_with_the_bytes_of_one_run(tmp_path: Path, first: int) -> None:
    parts, once = tmp_path / "parts", tmp_path / "once"
    begun = simulate(parts, TREASURY, PLAN, first)
    ended = simulate(parts, TREASURY, PLAN, 12)
    simulate(once, TREASURY, PLAN, 12)
    assert parts.read_bytes() == once.read_bytes()
    assert (begun.found, ended.found) == (0, begun.appended)
    assert ended.found + ended.appended == once.read_bytes().count(b"\n")


def test_going_on_from_any_entry_in_the_middle_of_a_month_ends_the_same(tmp_path: Path) -> None:
    once, path = tmp_path / "once", tmp_path / "part"
    simulate(once, TREASURY, PLAN, 2)
    lines = once.read_bytes().splitlines(keepends=True)
    for count in range(len(lines) + 1):
        path.write_bytes(b"".join(lines[:count]))
        assert simulate(path, TREASURY, PLAN, 2).appended == len(lines) - count
        assert path.read_bytes() == once.read_bytes()


def test_a_journal_that_goes_further_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "j"
    simulate(path, TREASURY, PLAN, 6)
    before = path.read_bytes()
    assert simulate(path, TREASURY, PLAN, 3).appended == 0
    assert path.read_bytes() == before


def test_the_longest_simulation_is_found_complete(tmp_path: Path) -> None:
    quiet = Plan(transfers=0)
    assert simulate(tmp_path / "j", TREASURY, quiet, 1200).appended > 0
    assert simulate(tmp_path / "j", TREASURY, quiet, 1200).appended == 0


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, seed=1),
        replace(PLAN, transfers=9),
        replace(PLAN, burn_bps=11),
        replace(PLAN, launch=datetime(2026, 1, 2, tzinfo=UTC)),
    ],
    ids=["seed", "transfers", "burn", "launch"],
)
def test_a_journal_of_other_options_is_refused_and_untouched(tmp_path: Path, other: Plan) -> None:
    path = tmp_path / "j"
    simulate(path, TREASURY, PLAN, 2)
    before = path.read_bytes()
    for months in (1, 5):
        with pytest.raises(JournalMismatchError) as caught:
            simulate(path, TREASURY, other, months)
        assert caught.value.exit_code == ExitCode.USAGE
    assert path.read_bytes() == before


def test_a_policy_that_breaks_its_cap_begins_no_journal(tmp_path: Path) -> None:
    with pytest.raises(TreasuryError, match="allocations add up to the cap"):
        simulate(tmp_path / "j", replace(TREASURY, cap=TREASURY.cap - 1), PLAN, 1)
    assert list(tmp_path.iterdir()) == []


def test_after_72_months_all_is_out_but_the_reserve_and_what_was_burned(tmp_path: Path) -> None:
    path = tmp_path / "j"
    outcome = simulate(path, TREASURY, PLAN, 72)
    balances = outcome.ledger.state().balances
    burned = balances["burned"]
    locked = balances.get("locked:reserve", 0) + balances.get("pending:reserve", 0)
    free = sum(amount for account, amount in balances.items() if account.startswith(("vested:", "holder:")))
    assert burned > 0
    assert 0 < locked < 3_000_000 * TOKEN  # some of the reserve was unlocked
    assert free + locked + burned == 100_000_000 * TOKEN
    assert outcome.ledger.circulating().published == 100_000_000 * TOKEN - burned
    assert [name for name in AMOUNTS if name != "reserve" and balances.get(f"locked:{name}")] == []
    assert verify_journal(path, TREASURY)[0].ledger.state() == outcome.ledger.state()


def test_each_month_ends_with_exactly_what_has_vested(tmp_path: Path) -> None:
    for month in (0, 5, 6, 12, 13):
        balances = simulate(tmp_path / "j", TREASURY, PLAN, month).ledger.state().balances
        out = {name: AMOUNTS[name] * TOKEN - balances.get(f"locked:{name}", 0) for name in AMOUNTS if name != "reserve"}
        assert out == {name: released(name, month) for name in out}


def test_six_years_meet_every_kind_of_entry() -> None:
    kinds: Counter[str] = Counter()
    for month, entries in scenario(TREASURY, PLAN):
        kinds.update(entry.kind for entry in entries)
        if month == 72:
            break
    assert kinds.keys() == {
        "genesis", "release", "transfer", "burn", "unlock-request", "unlock-execute", "unlock-cancel"
    }  # fmt: skip


def test_a_timelock_longer_than_a_month_is_kept_across_months(tmp_path: Path) -> None:
    reserve = TREASURY.buckets[-1]
    slow = replace(TREASURY, buckets=(*TREASURY.buckets[:-1], replace(reserve, timelock_hours=2000)))
    simulate(tmp_path / "j", slow, PLAN, 48)
    verdict, _ = verify_journal(tmp_path / "j", slow)
    assert verdict.finding is None
    assert verdict.ledger.balance("vested:reserve") > 0
