"""The findings as SARIF 2.1.0, which code hosts and editors read.

One run a gate. A gate that could not decide, or that failed and cannot say on what, is a run whose invocation was not
successful and carries an error: a reader must not take its empty list of results for a pass.

References
----------
.. [1] OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01", 2023
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from dynamic_delivery.gates.marks import Marked
from dynamic_delivery.gates.model import Outcome, Report, Severity
from dynamic_delivery.gates.waivers import Waiver

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "dynamicGates/v1"
_BASE = "SRCROOT"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# GitHub's scale of a security finding, 0 to 10, in the middle of each of its bands.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.5",
}


def sarif_document(
    reports: Sequence[Report], findings: Iterable[Marked], what: Mapping[str, str], root_uri: str
) -> dict[str, object]:
    """Return the log of a run of the gates.

    Parameters
    ----------
    what : by name, what a gate is about
    root_uri : of the repository, ``file:///…/``, which the files' names are relative to
    """
    by_gate: dict[str, list[Marked]] = {report.gate: [] for report in reports}
    for marked in findings:
        by_gate[marked.finding.gate].append(marked)
    runs = [_run(report, by_gate[report.gate], what.get(report.gate, ""), root_uri) for report in reports]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}


def sarif_bytes(document: Mapping[str, object]) -> bytes:
    """Return the log as the file holds it."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _run(report: Report, findings: Sequence[Marked], what: str, root_uri: str) -> dict[str, object]:
    rules = sorted({marked.finding.rule: marked.finding for marked in reversed(findings)}.items())
    places = {rule: number for number, (rule, _) in enumerate(rules)}
    driver: dict[str, object] = {
        "name": report.tool.name if report.tool else report.gate,
        "fullName": f"{report.gate}: {what}" if what else report.gate,
        "rules": [
            {
                "id": rule,
                "shortDescription": {"text": finding.message},
                "help": {"text": finding.fix or "see the rule in the tool's documentation"},
                "defaultConfiguration": {"level": _LEVELS[finding.severity]},
                # GitHub takes what has this for a question of security: of a package it always is one.
                "properties": {"security-severity": _SCORES[finding.severity]} if finding.package else {},
            }
            for rule, finding in rules
        ],
    }
    if report.tool:
        driver["version"] = report.tool.version
        if report.tool.sha256:
            driver["properties"] = {"sha256": report.tool.sha256}
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"gates/{report.gate}/"},
        "originalUriBaseIds": {_BASE: {"uri": root_uri}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, mute=report.outcome is Outcome.FAILED and not findings)],
        "results": [_result(marked, places[marked.finding.rule]) for marked in findings],
        "properties": {"outcome": str(report.outcome), "seconds": round(report.seconds, 3)},
    }


def _invocation(report: Report, *, mute: bool) -> dict[str, object]:
    """Return how the run went; ``mute``: it failed without a finding."""
    said: list[dict[str, object]] = [{"level": "note", "message": {"text": note}} for note in report.notes]
    if report.outcome is Outcome.UNDECIDED:
        text = f"could not decide: {report.reason}" + (f"; {report.fix}" if report.fix else "")
        said.append({"level": "error", "message": {"text": text}})
    elif mute:
        text = f"failed, and shows no finding: {report.reason or 'no reason was given'}"
        said.append({"level": "error", "message": {"text": text}})
    elif report.outcome is Outcome.SKIPPED:
        said.append({"level": "none", "message": {"text": f"skipped: {report.reason or 'nothing to look at'}"}})
    return {
        "executionSuccessful": report.outcome is not Outcome.UNDECIDED and not mute,
        "toolExecutionNotifications": said,
    }


def _result(marked: Marked, rule: int) -> dict[str, object]:
    finding = marked.finding
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. Fix: {finding.fix}" if finding.fix else finding.message},
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "baselineState": "new" if marked.new else "unchanged",
        "suppressions": [_suppression(marked.waiver)] if marked.waiver else [],
        "properties": {"severity": str(finding.severity), "owner": marked.owner},
    }
    if finding.place:
        physical: dict[str, object] = {"artifactLocation": {"uri": quote(finding.place.path), "uriBaseId": _BASE}}
        if finding.place.line > 0:
            column = {"startColumn": finding.place.column} if finding.place.column > 0 else {}
            physical["region"] = {"startLine": finding.place.line, **column}
        result["locations"] = [{"physicalLocation": physical}]
    elif finding.package:
        name = f"{finding.package.ecosystem}/{finding.package.name}@{finding.package.version}"
        result["locations"] = [{"logicalLocations": [{"fullyQualifiedName": name, "kind": "package"}]}]
    return result


def _suppression(waiver: Waiver) -> dict[str, object]:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": f"{waiver.reason} ({waiver.owner}, until {waiver.expires.isoformat()})",
    }
