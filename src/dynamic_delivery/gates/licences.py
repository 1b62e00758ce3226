"""Gate: the licences that locked packages declare, held to the policy. What nobody knows is a finding, not a pass."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dynamic_base import Clock, SystemClock
from dynamic_delivery.gates.licensing.metadata import Declared, Installed, installed, running
from dynamic_delivery.gates.licensing.policy import FILE, Excepted, Policy, read_policy
from dynamic_delivery.gates.licensing.spdx import Licence, LicenceError, Standing, parse_licence, standing
from dynamic_delivery.gates.locks.model import NPM, PYPI, Locked, LockError
from dynamic_delivery.gates.locks.reading import is_lock, read_lock
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Package, Place, Report, Scope, Severity, numbered

NAME = "licences"
POLICY = f"{NAME}.policy"
ENVIRONMENTS = f"{NAME}.environments"


@dataclass(frozen=True, slots=True)
class _Knowledge:
    policy: Policy
    installed: Installed
    today: date
    used: set[Excepted] = field(default_factory=set)

    def declared(self, package: Locked) -> Declared:
        """Return what is known of a package: what a person read, else the lock's word (npm), else the metadata's."""
        for row in self.policy.clarified:
            if (row.package, row.version) == (_key(package), package.version):
                return Declared(parse_licence(row.licence), row.licence)
        if package.ecosystem == NPM:
            return Declared(_read(package.licence), package.licence)
        found = self.installed.get((package.name, package.version))
        return found or Declared(None, "")

    def excepted(self, package: Locked, licence: Licence) -> Excepted | None:
        for row in self.policy.exception:
            if (row.package, row.licence) == (_key(package), str(licence)):
                return row
        return None


def judge(scope: Scope) -> Report:
    """Hold each locked package of the scope to the policy that the settings name."""
    return check(scope, SystemClock())


def check(scope: Scope, clock: Clock) -> Report:
    """As ``judge``, with the day by which exceptions expire.

    Raises
    ------
    LicencePolicyError : there is no policy, or it is not of its form
    MetadataError : a named environment is none
    """
    policy = read_policy(scope.root, scope.settings.get(POLICY, FILE))
    left = {row.lock: row.reason for row in policy.left}
    paths = tuple(path for path in scope.files if is_lock(path))
    known = _Knowledge(policy, installed(_environments(scope)), clock.now().date())
    findings: list[Finding] = []
    read = []
    for path in paths:
        try:
            held = read_lock(scope.root, path)
        except LockError as error:
            findings.append(_unread(path, error))
            continue
        read.append(path)
        judged = () if path in left else (_judged(path, package, known) for package in held)
        findings.extend(finding for finding in judged if finding is not None)
    notes = [*_left(paths, left), *(_unused(known) if scope.everything else ())]
    outcome = Outcome.FAILED if findings else Outcome.PASSED
    return Report(NAME, outcome, numbered(findings), read=tuple(read), notes=tuple(notes))


def _environments(scope: Scope) -> Sequence[Path]:
    given = scope.settings.get(ENVIRONMENTS, "")
    return [scope.root / place for place in given.split(os.pathsep)] if given else running()


def _key(package: Locked) -> str:
    return package.name if package.ecosystem == PYPI else f"npm:{package.name}"


def _read(text: str) -> Licence | None:
    try:
        return parse_licence(text)
    except LicenceError:
        return None


def _judged(path: str, package: Locked, known: _Knowledge) -> Finding | None:
    declared = known.declared(package)
    if declared.licence is None:
        said = f"says {declared.said!r}, which is no licence that can be read" if declared.said else _silence(package)
        return _finding(path, package, "licence-unknown", Severity.HIGH, f"{package.pin} {said}", _CLARIFY)
    found = standing(declared.licence, known.policy.standing)
    if found is Standing.ALLOWED:
        return None
    row = known.excepted(package, declared.licence)
    if row is not None:
        known.used.add(row)
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


_CLARIFY = f"read its licence, and add a [[clarified]] row to {FILE}; or name its environment with {ENVIRONMENTS}"


def _silence(package: Locked) -> str:
    if package.ecosystem == NPM:
        return "has no licence in the lock"
    return "declares no licence, or is not installed in any environment that was looked at"


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


def _left(paths: Sequence[str], left: Mapping[str, str]) -> Iterator[str]:
    """Tell which locks' licences are as they may be, by the reason that the policy gives."""
    for reason in sorted({left[path] for path in paths if path in left}):
        yield f"left: {', '.join(path for path in paths if left.get(path) == reason)} ({reason})"


def _unused(known: _Knowledge) -> Iterator[str]:
    """Tell which exceptions no lock of the whole repository needs any more."""
    for row in sorted(set(known.policy.exception) - known.used, key=lambda row: (row.package, row.licence)):
        yield f"the exception of {row.package} ({row.licence}) is of no use: delete it"


GATE = Gate(name=NAME, what="licences of locked packages", looks_at=is_lock, judge=judge)
