"""Gate: locked packages that an advisory names. Works from a snapshot, where no advisory service is reached."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dynamic_base import Clock, SystemClock
from dynamic_delivery.gates.advisories.match import Match, match
from dynamic_delivery.gates.advisories.model import Advisory, Snapshot, SnapshotError
from dynamic_delivery.gates.advisories.snapshot import read_snapshot
from dynamic_delivery.gates.advisories.source import find_snapshot
from dynamic_delivery.gates.locks.model import Locked, LockError
from dynamic_delivery.gates.locks.reading import is_lock, read_lock
from dynamic_delivery.gates.locks.versions import VersionError
from dynamic_delivery.gates.model import (
    Finding,
    Gate,
    Outcome,
    Package,
    Place,
    Report,
    Scope,
    Severity,
    Tool,
    numbered,
)

NAME = "dependencies"
STALE_DAYS = f"{NAME}.stale_days"
_DAYS = 14
_NO_FIX = "no fixed release is named: lock one that the advisory does not cover, or replace the package"
# A record's time may be a little ahead of this machine's clock, never a day.
_AHEAD = timedelta(days=1)


@dataclass(slots=True)
class _Answer:
    findings: list[Finding] = field(default_factory=list)
    open: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tool: Tool | None = None

    def undecided(self, reason: str, fix: str) -> None:
        self.open.append((reason, fix))


def judge(scope: Scope) -> Report:
    """Hold each lock of the scope to the snapshot that the settings name."""
    return check(scope, SystemClock())


def check(scope: Scope, clock: Clock) -> Report:
    """As ``judge``, with the time that a snapshot's age is measured by."""
    answer = _Answer()
    paths = tuple(path for path in scope.files if is_lock(path))
    locks = {path: held for path in paths if (held := _read(scope, path, answer)) is not None}
    if any(locks.values()):
        try:
            _match_all(scope, clock, locks, answer)
        except SnapshotError as error:
            answer.undecided(error.message, error.hint)
    first = answer.open[0] if answer.open else ("", "")
    more = f" (and {len(answer.open) - 1} more: see the notes)" if len(answer.open) > 1 else ""
    return Report(
        gate=NAME,
        outcome=Outcome.UNDECIDED if answer.open else Outcome.FAILED if answer.findings else Outcome.PASSED,
        findings=numbered(answer.findings),
        reason=first[0] + more,
        fix=first[1],
        tool=answer.tool,
        read=tuple(locks),
        notes=(*answer.notes, *(f"{reason}: {fix}" for reason, fix in answer.open[1:])),
    )


def _read(scope: Scope, path: str, answer: _Answer) -> tuple[Locked, ...] | None:
    try:
        return read_lock(scope.root, path)
    except LockError as error:
        answer.findings.append(
            Finding(
                gate=NAME,
                rule="lock-not-read",
                severity=Severity.HIGH,
                message=f"no package of {path} was looked at: {error.message}",
                fix=error.hint or "lock again",
                place=Place(path),
            )
        )
        return None


def _match_all(scope: Scope, clock: Clock, locks: Mapping[str, Sequence[Locked]], answer: _Answer) -> None:
    wanted = {(each.ecosystem, each.name) for held in locks.values() for each in held}
    snapshot = read_snapshot(find_snapshot(scope.root, scope.settings, answer.notes.append), wanted)
    answer.tool = Tool("advisories", _version(snapshot), snapshot.sha256)
    _age(scope, clock.now(), snapshot, sorted({ecosystem for ecosystem, _ in wanted}), answer)
    if snapshot.corrupt:
        more = f" (and {len(snapshot.corrupt) - 1} more)" if len(snapshot.corrupt) > 1 else ""
        answer.undecided(
            f"an advisory could not be read: {snapshot.corrupt[0]}{more}", "mend the snapshot, or take it anew"
        )
        answer.notes.extend(f"not read: {entry}" for entry in snapshot.corrupt[1:50])
    for path, held in locks.items():
        for package in held:
            answer.findings.extend(_of_package(path, package, snapshot.by_package))


def _version(snapshot: Snapshot) -> str:
    newest = snapshot.taken or max(snapshot.newest.values(), default=None)
    return newest.strftime("%Y-%m-%dT%H:%M:%SZ") if newest else ""


def _age(scope: Scope, now: datetime, snapshot: Snapshot, ecosystems: Sequence[str], answer: _Answer) -> None:
    """Say how old the snapshot is of each ecosystem: without its own date, as its newest record."""
    most = _days(scope)
    answer.notes.append(f"{snapshot.count} advisories were read")
    if snapshot.left:
        answer.notes.append(f"{snapshot.left} files of the snapshot are named as no advisories, and were left")
    for ecosystem in ecosystems:
        newest = snapshot.newest.get(ecosystem)
        if newest is None:
            answer.undecided(
                f"the snapshot holds no advisory for {ecosystem}, whose packages are locked here",
                f"add {ecosystem}'s advisories to it",
            )
            continue
        age = now - (snapshot.taken or newest)
        told = f"the advisories for {ecosystem} are {age.days} days old"
        answer.notes.append(f"{told} ({'as dated' if snapshot.taken else 'by the newest record'})")
        if age > timedelta(days=most):
            answer.undecided(f"{told}, and may be {most}", f"take a newer snapshot, or set {STALE_DAYS}")
        elif age < -_AHEAD:
            answer.undecided(f"the advisories for {ecosystem} are of the future", "set the clock, or take them anew")


def _days(scope: Scope) -> int:
    given = scope.settings.get(STALE_DAYS, str(_DAYS))
    if re.fullmatch(r"[0-9]{1,6}", given) is None:
        raise SnapshotError(f"{STALE_DAYS} is {given!r}, which is no number of days", "write one from 0 to 999999")
    return int(given)


def _of_package(path: str, package: Locked, advisories: Mapping[tuple[str, str], Sequence[Advisory]]) -> list[Finding]:
    speak = advisories.get((package.ecosystem, package.name), ())
    try:
        return [_finding(path, package, each) for each in match(package, speak)]
    except VersionError as error:
        return [
            _form(
                path,
                package,
                rule="version-not-read",
                severity=Severity.MEDIUM,
                message=f"{package.pin}: no advisory can be held to it: {error.message}",
                fix="lock a released version",
            )
        ]


def _finding(path: str, package: Locked, found: Match) -> Finding:
    names = f" ({', '.join(found.others)})" if found.others else ""
    said = next((each.summary for each in found.advisories if each.summary), "")
    rated = "" if found.severity else "; its severity is not given, and taken as high"
    if found.doubt:
        message = f"{package.pin}: whether {found.rule}{names} holds of it could not be decided: {found.doubt}{rated}"
        fix = "read the advisory, and waive it with what was found, or lock a version that is free of it"
    else:
        message = f"{package.pin} is affected by {found.rule}{names}{': ' if said else ''}{said}{rated}"
        fix = f"lock {package.name} {found.fixed} or above" if found.fixed else _NO_FIX
    finding = _form(path, package, rule=found.rule, severity=found.severity or Severity.HIGH, message=message, fix=fix)
    return replace(finding, fixed_in=None if found.doubt else found.fixed)


def _form(path: str, package: Locked, *, rule: str, severity: Severity, message: str, fix: str) -> Finding:
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


GATE = Gate(
    name=NAME,
    what="locked packages that an advisory names",
    looks_at=is_lock,
    judge=judge,
)
