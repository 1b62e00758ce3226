"""Joins what the gates found with what is known of it: who owns it, whether it is new, and which waiver covers it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dynamic_delivery.gates.baseline import baseline_of, is_new
from dynamic_delivery.gates.model import Finding, Report
from dynamic_delivery.gates.owners import owner_of
from dynamic_delivery.gates.scope import Scoped
from dynamic_delivery.gates.waivers import Applied, Waiver, applied, covering


@dataclass(frozen=True, slots=True)
class Marked:
    """A finding.

    Parameters
    ----------
    owner : as CODEOWNERS names them, with spaces between; "" for nobody
    new : the base does not accept it
    waiver : the one that covers it today, or None
    """

    finding: Finding
    owner: str
    new: bool
    waiver: Waiver | None


@dataclass(frozen=True, slots=True)
class Marks:
    """All findings, in the gates' order, and what came of each waiver."""

    findings: tuple[Marked, ...]
    waivers: tuple[Applied, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """Whose change it is, and who has agreed to it."""

    author: str = ""
    by: tuple[str, ...] = ()


NOBODY = Approval()


def mark(reports: Iterable[Report], scoped: Scoped, waivers: Sequence[Waiver], today: date) -> Marks:
    """Return the findings of ``reports``, each with its marks.

    Raises
    ------
    BaselineError : what the base accepts cannot be read
    UnreadableError : CODEOWNERS cannot be read
    """
    root = scoped.scope.root
    findings = [finding for report in reports for finding in report.findings]
    accepted = {row.fingerprint for row in baseline_of(root, scoped.base)}
    owner = owner_of(root)
    marked = tuple(
        Marked(each, owner(each), is_new(each, accepted, scoped.renames), covering(waivers, each, today))
        for each in findings
    )
    return Marks(marked, applied(waivers, findings, today))


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
        "schema": "dynamic.gates/1",
        "today": today.isoformat(),
        "author": approval.author,
        "approvals": list(approval.by),
        "only": list(only) or None,
        "gates": [{"name": each.gate, "outcome": str(each.outcome), "reason": each.reason} for each in reports],
        "findings": [finding_document(each) for each in marks.findings],
        "waivers": [row for each in marks.waivers for row in _waiver_rows(each, marks.findings)],
        "change": {
            "everything": scoped.scope.everything,
            "base": scoped.scope.base,
            "files": list(scoped.scope.files),
        },
        "risk": risk,
    }


def finding_document(marked: Marked) -> dict[str, object]:
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
        "fingerprint": finding.fingerprint,
        "owner": marked.owner,
        "new": marked.new,
        "waiver": cover_document(marked.waiver) if marked.waiver else None,
    }


def cover_document(waiver: Waiver) -> dict[str, object]:
    """Return who answers for what ``waiver`` covers, why and how long."""
    return {"reason": waiver.reason, "owner": waiver.owner, "expires": waiver.expires.isoformat()}


def _waiver_rows(each: Applied, findings: Sequence[Marked]) -> list[Mapping[str, object]]:
    fitted = sorted({marked.finding.fingerprint for marked in findings if each.waiver.fits(marked.finding)})
    return [
        {"fingerprint": name, **cover_document(each.waiver), "expired": each.expired, "used": each.used}
        for name in fitted or [each.waiver.name]
    ]
