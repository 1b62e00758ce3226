"""Gate: the licences that locked packages declare, held to the policy. What nobody knows is told, and is no pass."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dynamic_base import Clock, SystemClock
from dynamic_delivery.gates.licensing.known import known_licence
from dynamic_delivery.gates.licensing.metadata import Declared
from dynamic_delivery.gates.licensing.policy import FILE, Clarified, Excepted, Policy, read_policy
from dynamic_delivery.gates.licensing.record import COMMAND, Record, read_record
from dynamic_delivery.gates.licensing.record import FILE as RECORD
from dynamic_delivery.gates.licensing.spdx import Licence, Standing, standing
from dynamic_delivery.gates.locks.model import NPM, Locked, LockError
from dynamic_delivery.gates.locks.reading import is_lock, locks_of, read_lock
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Package, Place, Report, Scope, Severity, numbered

NAME = "licences"
_MOST_NOTES = 50


@dataclass(frozen=True, slots=True)
class _Knowledge:
    policy: Policy
    record: Record
    today: date
    used: set[Excepted | Clarified] = field(default_factory=set)

    def declared(self, package: Locked) -> Declared | None:
        if (clarified := self.policy.clarification(package)) is not None:
            self.used.add(clarified)
        return known_licence(package, self.policy, self.record)

    def excepted(self, package: Locked, licence: Licence) -> Excepted | None:
        row = self.policy.excepted(package, licence)
        if row is not None:
            self.used.add(row)
        return row


@dataclass(slots=True)
class _Answer:
    """What was found, and the pins of which nothing is known, by lock."""

    findings: list[Finding] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    pins: set[Locked] = field(default_factory=set)
    open: list[tuple[str, Locked]] = field(default_factory=list)


def judge(scope: Scope) -> Report:
    """Hold each locked package of the scope to ``ci/licences.toml``."""
    return check(scope, SystemClock())


def check(scope: Scope, clock: Clock) -> Report:
    """As ``judge``, with the day by which exceptions expire.

    Raises
    ------
    LicencePolicyError : there is no policy, or it is not of its form
    RecordError : the record of what packages declare is not of its form
    """
    policy = read_policy(scope.root)
    known = _Knowledge(policy, read_record(scope.root), clock.now().date())
    left = {row.lock: row.reason for row in policy.left}
    paths, answer = _paths(scope), _Answer()
    for path in paths:
        _look(scope, path, known, answer, left=path in left)
    answer.read.extend(path for path in scope.files if path in {FILE, RECORD})
    notes = [
        *_left(paths, left),
        *_unrecorded(answer, known),
        *(_unused(known, paths, answer) if scope.everything else ()),
    ]
    reason, fix = _open(answer)
    outcome = Outcome.UNDECIDED if answer.open else Outcome.FAILED if answer.findings else Outcome.PASSED
    return Report(NAME, outcome, numbered(answer.findings), reason, fix, read=tuple(answer.read), notes=tuple(notes))


def _paths(scope: Scope) -> tuple[str, ...]:
    """Return the locks to judge: those of the scope, and all of them where what they are held to has changed."""
    if not scope.everything and not {FILE, RECORD}.isdisjoint((*scope.changed, *scope.deleted)):
        return locks_of(scope.root)
    return tuple(filter(is_lock, scope.files))


def _look(scope: Scope, path: str, known: _Knowledge, answer: _Answer, *, left: bool) -> None:
    try:
        held = read_lock(scope.root, path)
    except LockError as error:
        answer.findings.append(_unread(path, error))
        return
    answer.read.append(path)
    for package in () if left else held:
        answer.pins.add(package)
        said = known.declared(package)
        if said is None:
            answer.open.append((path, package))
        elif (finding := _judged(path, package, said, known)) is not None:
            answer.findings.append(finding)


def _judged(path: str, package: Locked, declared: Declared, known: _Knowledge) -> Finding | None:
    if declared.licence is None:
        said = f"says {declared.said!r}, which is no licence that can be read" if declared.said else _silence(package)
        return _finding(path, package, "licence-unknown", Severity.HIGH, f"{package.pin} {said}", _CLARIFY)
    found = standing(declared.licence, known.policy.standing)
    if found is Standing.ALLOWED:
        return None
    if (row := known.excepted(package, declared.licence)) is not None:
        if row.expires >= known.today:
            return None
        message = (
            f"the exception of {package.pin} ({declared.licence}) expired on {row.expires}; {row.owner} answers for it"
        )
        return _finding(path, package, "exception-expired", Severity.HIGH, message, "decide anew, or replace it")
    if found is Standing.REFUSED:
        message = f"{package.pin} is licensed under {declared.licence}, which the policy refuses"
        return _finding(
            path, package, "licence-refused", Severity.HIGH, message, "replace it, or except it with a reason"
        )
    message = f"{package.pin} is licensed under {declared.licence}, of which the policy says nothing"
    return _finding(path, package, "licence-unknown", Severity.HIGH, message, f"allow or refuse it in {FILE}")


_CLARIFY = f"read its licence, and add a [[clarified]] row to {FILE}"


def _silence(package: Locked) -> str:
    if package.ecosystem == NPM:
        return "has no licence in the lock"
    return "declares no licence"


def _finding(path: str, package: Locked, rule: str, severity: Severity, message: str, fix: str) -> Finding:
    return Finding(
        gate=NAME,
        rule=rule,
        severity=severity,
        message=message,
        fix=fix,
        place=Place(path, package.line),
        package=Package(package.ecosystem, package.name, package.version),
        context=package.pin,
    )


def _unread(path: str, error: LockError) -> Finding:
    message = f"no licence of {path} was looked at: {error.message}"
    return Finding(NAME, "lock-not-read", Severity.HIGH, message, error.hint or "lock again", Place(path))


def _open(answer: _Answer) -> tuple[str, str]:
    """Return why it could not be decided, and the next step; "" where it could."""
    if not answer.open:
        return "", ""
    path, first = answer.open[0]
    count = len({package.pin for _, package in answer.open})
    subject = f"{count} pins have no licence on record, first" if count > 1 else "no licence is on record for"
    return f"{subject} {first.pin} ({path}:{first.line})", f"run '{COMMAND}', and commit {RECORD}"


def _unrecorded(answer: _Answer, known: _Knowledge) -> Iterator[str]:
    for path, package in answer.open[:_MOST_NOTES]:
        others = ", ".join(row.wheel for row in known.record.others(package))
        said = f"; on record is {others}" if others else ""
        yield f"not on record: {package.pin} ({path}:{package.line}){said}"
    if len(answer.open) > _MOST_NOTES:
        yield f"not on record: {len(answer.open) - _MOST_NOTES} more"


def _left(paths: Sequence[str], left: Mapping[str, str]) -> Iterator[str]:
    """Tell which locks' licences are as they may be, by the reason that the policy gives."""
    for reason in sorted({left[path] for path in paths if path in left}):
        yield f"left: {', '.join(path for path in paths if left.get(path) == reason)} ({reason})"


def _unused(known: _Knowledge, paths: Sequence[str], answer: _Answer) -> Iterator[str]:
    """Tell what no lock of the whole repository needs any more."""
    for row in sorted(set(known.policy.exception) - known.used, key=lambda row: (row.package, row.licence)):
        yield f"the exception of {row.package} ({row.licence}) is of no use: delete it"
    for read in sorted(set(known.policy.clarified) - known.used, key=lambda row: (row.package, row.version)):
        yield f"what was clarified of {read.package} {read.version} is of no use: delete it"
    for lock in sorted({row.lock for row in known.policy.left} - set(paths)):
        yield f"there is no lock {lock}: delete its row in {FILE}"
    idle = [row for row in known.record.rows if not any(row.speaks_for(package) for package in answer.pins)]
    if idle:
        more = f" and {len(idle) - 1} more rows" if len(idle) > 1 else ""
        yield f"no pin needs {idle[0].name} {idle[0].version}{more} of {RECORD}: run '{COMMAND}'"


def _looks_at(path: str) -> bool:
    return is_lock(path) or path in {FILE, RECORD}


GATE = Gate(
    name=NAME,
    what="licences of locked packages",
    looks_at=_looks_at,
    judge=judge,
    beyond=lambda scope: not {FILE, RECORD}.isdisjoint(scope.deleted),
)
