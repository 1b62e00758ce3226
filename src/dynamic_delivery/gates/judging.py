"""What one gate answers, in a form that every output can hold; whatever goes wrong around it is UNDECIDED."""

import traceback
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from dynamic_base import DynamicError
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Report, Scope, numbered
from dynamic_delivery.gates.reading import one_line

_LOOK = "run its program by hand on these files"
_FAULT = "report this fault"


def judged(gate: Gate, scope: Scope, notes: Iterable[str] = ()) -> Report:
    """Ask ``gate``, and return its report with ``notes`` on its programs. What it raises is raised."""
    report = gate.judge(scope)
    report = replace(
        report,
        gate=gate.name,
        findings=numbered([_printable(finding, gate.name) for finding in report.findings]),
        reason=one_line(report.reason),
        fix=one_line(report.fix),
        notes=tuple(dict.fromkeys(map(one_line, (*report.notes, *notes)))),
    )
    if report.outcome is Outcome.PASSED and not report.read:
        return replace(report, outcome=Outcome.UNDECIDED, reason=_unread(gate, scope), fix=_LOOK)
    if report.outcome is Outcome.UNDECIDED and not report.reason:
        return replace(report, reason="the gate gave no reason", fix=_FAULT)
    return report


def fallen(name: str, error: BaseException) -> Report:
    """Return the report of a gate that raised ``error``: the one place where an unforeseen one becomes UNDECIDED."""
    if isinstance(error, DynamicError):
        return undecided(name, one_line(error.message), one_line(error.hint) or _LOOK)
    at = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {one_line(str(error))}, at {Path(at.filename).name}:{at.lineno}"
    return undecided(name, f"the gate itself failed ({said})", _FAULT)


def undecided(name: str, reason: str, fix: str) -> Report:
    """Return the report of a gate that could not decide."""
    return Report(name, Outcome.UNDECIDED, reason=reason, fix=fix)


def _printable(finding: Finding, gate: str) -> Finding:
    """Return ``finding`` of ``gate`` with texts of one line that every output can hold: a tool repeats what it read."""
    place, package = finding.place, finding.package
    return replace(
        finding,
        gate=gate,
        rule=one_line(finding.rule),
        message=one_line(finding.message),
        fix=one_line(finding.fix),
        context=spelled(finding.context),
        fixed_in=None if finding.fixed_in is None else one_line(finding.fixed_in),
        place=replace(place, path=spelled(place.path)) if place else None,
        package=replace(package, name=spelled(package.name), version=spelled(package.version)) if package else None,
    )


def spelled(text: str) -> str:
    """Return ``text`` with what a terminal would obey, or UTF-8 cannot hold, spelled out."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _unread(gate: Gate, scope: Scope) -> str:
    count = sum(map(gate.looks_at, scope.files))
    return f"it found nothing, and read none of the {count} files that it was given"
