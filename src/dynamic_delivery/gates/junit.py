"""The reports as JUnit's XML, which CI servers show: a suite a gate, a case a file with findings or read without.

A finding that is new and not waived fails its case, whatever the policy makes of it: these are the findings, and the
exit code is the verdict. One that is known or waived is told in ``system-out`` and fails nothing. A gate that could not
decide is an ``error``, one that had nothing to look at is ``skipped``.

References
----------
.. [1] Jenkins xUnit plugin, ``junit-10.xsd``
"""

import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as Xml  # nosec B405  # it only writes

from dynamic_delivery.gates.marks import Marked
from dynamic_delivery.gates.model import Outcome, Report

_WHOLE = "the gate"
# XML 1.0, production 2, "Char".
_NO_CHARACTER = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_document(reports: Sequence[Report], findings: Iterable[Marked]) -> bytes:
    """Return the XML of a run of the gates."""
    by_gate: dict[str, list[Marked]] = {report.gate: [] for report in reports}
    for marked in findings:
        by_gate[marked.finding.gate].append(marked)
    root = Xml.Element("testsuites", name="gates")
    for report in reports:
        _suite(root, report, by_gate[report.gate])
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    Xml.indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode").encode() + b"\n"


def _suite(root: Xml.Element, report: Report, findings: Sequence[Marked]) -> None:
    suite = Xml.SubElement(root, "testsuite", name=report.gate, time=f"{report.seconds:.3f}")
    by_file: dict[str, list[Marked]] = {path: [] for path in report.read}
    for marked in findings:
        by_file.setdefault(marked.finding.place.path if marked.finding.place else _WHOLE, []).append(marked)
    mute = report.outcome is Outcome.FAILED and not findings
    if report.outcome in {Outcome.UNDECIDED, Outcome.SKIPPED} or mute or not by_file:
        case = Xml.SubElement(suite, "testcase", classname=f"gates.{report.gate}", name=_WHOLE, time="0")
        if report.outcome is Outcome.UNDECIDED:
            error = Xml.SubElement(
                case, "error", type="undecided", message=_clean(f"could not decide: {report.reason}")
            )
            error.text = _clean(report.fix)
        elif report.outcome is Outcome.SKIPPED:
            Xml.SubElement(case, "skipped", message=_clean(report.reason))
        elif mute:
            Xml.SubElement(case, "failure", type="failed", message=_clean(report.reason or "it failed"))
    for path, items in sorted(by_file.items()):
        _case(suite, report.gate, path, items)
    for count, tag in (("tests", ""), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(1 for case in suite if not tag or case.find(tag) is not None)))


def _case(suite: Xml.Element, gate: str, path: str, items: Sequence[Marked]) -> None:
    case = Xml.SubElement(suite, "testcase", classname=f"gates.{gate}", name=_clean(path), time="0")
    blocking = [marked for marked in items if marked.new and marked.waiver is None]
    if blocking:
        first = blocking[0].finding
        more = f" (the first of {len(blocking)})" if len(blocking) > 1 else ""
        failure = Xml.SubElement(case, "failure", type=_clean(first.rule), message=_clean(f"{first.message}{more}"))
        failure.text = _clean("\n".join(map(_line, blocking)))
    if rest := [marked for marked in items if marked not in blocking]:
        Xml.SubElement(case, "system-out").text = _clean("\n".join(map(_line, rest)))


def _line(marked: Marked) -> str:
    finding = marked.finding
    at = f"line {finding.place.line}: " if finding.place and finding.place.line else ""
    state = "" if marked.new else " (known)"
    covered = f" (waived by {marked.waiver.owner} until {marked.waiver.expires})" if marked.waiver else ""
    return f"{at}{finding.severity} {finding.rule}: {finding.message}{state}{covered}; fix: {finding.fix}"


def _clean(text: str) -> str:
    """Return ``text`` with what XML 1.0 has no character for replaced."""
    return _NO_CHARACTER.sub("\ufffd", text)
