"""A run of the gates as one JSON document: what the policy is asked, and around it what came of that.

What ``./dynamic gate run --json`` prints holds the policy's whole input, so that OPA or Conftest can judge it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dynamic_delivery.gates.marks import Marked, Marks
from dynamic_delivery.gates.model import Report
from dynamic_delivery.gates.scope import Scoped
from dynamic_delivery.gates.waivers import Applied, Waiver

SCHEMA = "dynamic.gates/1"


@dataclass(frozen=True, slots=True)
class Approval:
    """Whose change it is, and who has agreed to it."""

    author: str = ""
    by: tuple[str, ...] = ()


NOBODY = Approval()


def policy_document(
    reports: Sequence[Report],
    marks: Marks,
    scoped: Scoped,
    today: date,
    only: Sequence[str] = (),
    approval: Approval = NOBODY,
    risk: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return what the policy ``dynamic.gates`` is asked about; the head of ``ci/policies/gates.rego`` names the keys.

    A waiver by rule and path stands there once for each finding that it fits: the policy knows them by fingerprint.
    """
    return {
        "schema": SCHEMA,
        "today": today.isoformat(),
        "author": approval.author,
        "approvals": list(approval.by),
        "only": list(only) or None,
        "gates": [_report(each) for each in reports],
        "findings": [_finding(each) for each in marks.findings],
        "waivers": [row for each in marks.waivers for row in _waiver_rows(each, marks.findings)],
        "change": {
            "everything": scoped.scope.everything,
            "base": scoped.scope.base,
            "files": list(scoped.scope.files),
            "changed": list(scoped.scope.changed),
            "against": scoped.base,
            "reason": scoped.reason,
            "notes": list(scoped.notes),
        },
        "risk": risk,
    }


def _finding(marked: Marked) -> dict[str, object]:
    """Return ``marked`` as JSON holds it."""
    finding, place, package = marked.finding, marked.finding.place, marked.finding.package
    return {
        "gate": finding.gate,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "fix": finding.fix,
        "path": place.path if place else "",
        "line": place.line if place else 0,
        "column": place.column if place else 0,
        "package": {"ecosystem": package.ecosystem, "name": package.name, "version": package.version}
        if package
        else None,
        "fixed_in": finding.fixed_in,
        "fingerprint": finding.fingerprint,
        "owner": marked.owner,
        "new": marked.new,
        "waiver": _cover(marked.waiver) if marked.waiver else None,
    }


def _cover(waiver: Waiver) -> dict[str, object]:
    """Return who answers for what ``waiver`` covers, why and how long."""
    return {"reason": waiver.reason, "owner": waiver.owner, "expires": waiver.expires.isoformat()}


def _waiver_rows(each: Applied, findings: Sequence[Marked]) -> list[Mapping[str, object]]:
    fitted = sorted({marked.finding.fingerprint for marked in findings if each.waiver.fits(marked.finding)})
    return [
        {"fingerprint": name, **_cover(each.waiver), "expired": each.expired, "used": each.used}
        for name in fitted or [each.waiver.name]
    ]


def _report(report: Report) -> dict[str, object]:
    """Return ``report`` without its findings."""
    tool = report.tool
    return {
        "name": report.gate,
        "outcome": str(report.outcome),
        "reason": report.reason,
        "fix": report.fix,
        "findings": len(report.findings),
        "read": len(report.read),
        "tool": {"name": tool.name, "version": tool.version, "sha256": tool.sha256} if tool else None,
        "notes": list(report.notes),
        "seconds": round(report.seconds, 3),
    }
