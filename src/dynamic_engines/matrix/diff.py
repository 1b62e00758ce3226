"""What a run changes against the accepted baseline."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dynamic_engines.matrix.baseline import Accepted, Baseline, Key, accepted
from dynamic_engines.matrix.record import Matrix
from dynamic_engines.matrix.run import Status

_GREEN = frozenset({Status.PASS, Status.XFAIL})


class Finding(StrEnum):
    """What a change means."""

    RED = "red"
    UNKNOWN = "unknown"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that is other than accepted, or of which that cannot be said."""

    key: Key
    finding: Finding
    what: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed, in the order of the cells; ``compared`` counts those that both sides have."""

    compared: int
    changes: tuple[Change, ...]

    def of(self, finding: Finding) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.finding is finding)

    @property
    def gone(self) -> tuple[Key, ...]:
        """The cells that a whole run does not have any more."""
        return tuple(change.key for change in self.of(Finding.RED) if change.what == _GONE)


_GONE = "the cell is gone"


def compare(old: Baseline, run: Matrix, wanted: Callable[[Key], bool] = lambda _: True) -> Diff:
    """Return the changes of the ``wanted`` cells.

    Red is a cell that fails and was not accepted as failing; one that passed, or failed as expected, and does not now;
    one that is gone though the run was whole and its engine is there; and one whose bits are not the same again and
    were. Unknown is a cell of the baseline that this run had no engine for, or did not ask about.
    """
    before = {cell.key: cell for cell in old.cells if wanted(cell.key)}
    after = {cell.key: cell for cell in accepted(run).cells if wanted(cell.key)}
    failing_last = sorted(run.cells, key=lambda cell: cell.status is Status.FAIL)
    why = {Key(c.kernel, c.engine, c.precision, c.maths): c.reason or c.nondeterminism for c in failing_last}
    present = {cell.engine for cell in run.cells if cell.device}
    changes = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        change = _missing(key, run.partial, key.engine in present) if now is None else _change(key, was, now, why[key])
        if change is not None:
            changes.append(change)
    return Diff(len(before.keys() & after.keys()), tuple(changes))


def _missing(key: Key, partial: str, present: bool) -> Change:
    if not present:
        return Change(key, Finding.UNKNOWN, f"{key.engine} is not present in this run")
    if partial:
        return Change(key, Finding.UNKNOWN, f"this run is not whole: {partial}")
    return Change(key, Finding.RED, _GONE)


def _change(key: Key, was: Accepted | None, now: Accepted, reason: str) -> Change | None:
    if was is None:
        finding = Finding.RED if now.status is Status.FAIL or now.deterministic is False else Finding.CHANGED
        return Change(key, finding, f"new: {now.status}{_again(now)}", reason)
    if was.status is not now.status:
        return Change(key, _finding(was.status, now.status), f"{was.status}, now {now.status}", reason)
    if was.deterministic and now.deterministic is False:
        return Change(key, Finding.RED, "not the same bits again, as they were", reason)
    if was.deterministic and now.deterministic is None:
        return Change(key, Finding.UNKNOWN, "whether it gives the same bits again was not tried")
    if was.remediation != now.remediation:
        return Change(key, Finding.CHANGED, f"the remediation is {now.remediation or 'none'}")
    return None


def _finding(was: Status, now: Status) -> Finding:
    if now is Status.FAIL or (was in _GREEN and now is not Status.PASS):
        return Finding.RED
    return Finding.CHANGED


def _again(now: Accepted) -> str:
    return ", not the same bits again" if now.deterministic is False else ""
