"""Carry a scenario into a journal, from wherever the journal stands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dynamic_token.entry import NO_HASH, Entry, seal
from dynamic_token.errors import JournalMismatchError, TreasuryError
from dynamic_token.journal import open_writer
from dynamic_token.ledger import Ledger
from dynamic_token.model import Treasury
from dynamic_token.scenario import Plan, scenario
from dynamic_token.schedule import MAX_MONTHS, checks
from dynamic_token.verify import Head


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a simulation ended. ``found``: entries that were there before; ``appended``: those that it added."""

    path: Path
    ledger: Ledger
    head: Head | None
    found: int
    appended: int


def simulate(
    path: Path,
    treasury: Treasury,
    plan: Plan,
    months: int,
    say: Callable[[int, int], None] = lambda _month, _entries: None,
) -> Outcome:
    """Bring the journal ``path`` up to what has vested by month ``months``; ``say`` is told (month, entries).

    An existing journal is gone on with after its last entry, so a run that was killed and repaired, and two runs of 12
    and 24 months, end with the same bytes as one run of 24. A journal that already goes further is left as it is.

    Raises
    ------
    TreasuryError : the policy breaks its own cap or figures
    JournalMismatchError : the journal is not the beginning of this scenario; nothing was written
    JournalError : it is torn, busy, or the disk refused
    """
    broken = next((check for check in checks(treasury) if not check.passed), None)
    if broken:
        raise TreasuryError(
            f"not so: {broken.name} ({broken.said})",
            "mend the treasury file; './dynamic token schedule' shows all checks",
        )
    with open_writer(path, treasury) as writer:
        found = writer.ledger.entries
        for month, entries in _after(writer.head, scenario(treasury, plan), plan, path):
            if month > months:
                break
            writer.append(entries)
            say(month, writer.ledger.entries)
        return Outcome(path, writer.ledger, writer.head, found, writer.ledger.entries - found)


def _after(
    head: Head | None, batches: Iterator[tuple[int, tuple[Entry, ...]]], plan: Plan, path: Path
) -> Iterator[tuple[int, tuple[Entry, ...]]]:
    """Yield what comes after ``head``, which must lie on the chain that the scenario makes; empty months too."""
    mark = NO_HASH
    for month, entries in batches:
        known = [entry for entry in entries if head is not None and entry.seq <= head.seq]
        for entry in known:
            _, mark = seal(entry, mark)
            if head is not None and entry.seq == head.seq and mark != head.hash:
                raise _mismatch(path, plan)
        if len(known) < len(entries) or not entries:
            yield month, entries[len(known) :]
        elif month > MAX_MONTHS:
            raise _mismatch(path, plan)  # no simulation goes so far


def _mismatch(path: Path, plan: Plan) -> JournalMismatchError:
    return JournalMismatchError(
        f"{path} was not begun with seed {plan.seed} and these options, or holds entries of another origin",
        "give the options that it was begun with (its first line has them), another --journal or --restart",
    )
