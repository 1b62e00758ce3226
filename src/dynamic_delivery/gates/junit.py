"""A run as JUnit's XML, which CI servers show: a suite a gate, a case a file with findings or read without.

It says what the verdict says: a case fails where the policy denies the change for something in it, and a document
without failures and errors is of a run that was allowed. A finding that the policy lets pass, or that is known or
waived, is told in ``system-out``. A gate that could not decide is an ``error``, one that had nothing to look at is
``skipped``. What the policy says of neither a finding nor a gate, as of a waiver that expired, stands in the suite
``verdict``.

References
----------
.. [1] Jenkins xUnit plugin, ``junit-10.xsd``
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree as Xml  # nosec B405  # it only writes

from dynamic_ags import Decision, Denial
from dynamic_delivery.gates.marks import Marked
from dynamic_delivery.gates.model import Outcome, Report

_WHOLE = "the gate"
_ABOUT = re.compile(r"(?:findings|gates)\[\d+\]")
# XML 1.0, production 2, "Char".
_NO_CHARACTER = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_Told = tuple[Marked, list[Denial]]


def junit_document(reports: Sequence[Report], findings: Sequence[Marked], decision: Decision) -> bytes:
    """Return the XML of a run of the gates.

    Parameters
    ----------
    reports, findings : in the order in which the policy was given them
    """
    denials = _by_subject(decision.denials)
    open_questions = _by_subject(decision.undecided)
    root = Xml.Element("testsuites", name="gates")
    for number, report in enumerate(reports):
        told = [
            (marked, denials.pop(f"findings[{index}]", []))
            for index, marked in enumerate(findings)
            if marked.finding.gate == report.gate
        ]
        _suite(root, report, told, denials.pop(f"gates[{number}]", []))
        if report.outcome is Outcome.UNDECIDED:
            open_questions.pop(f"gates[{number}]", None)
    unanswered = [each.message for each in _flat(open_questions)]
    _verdict(root, _flat(denials), decision.failure or "; ".join(unanswered))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    Xml.indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode").encode() + b"\n"


def _by_subject(denials: Iterable[Denial]) -> dict[str, list[Denial]]:
    """Return the denials by the finding or gate that each is about, as its path begins; the others under ""."""
    found: dict[str, list[Denial]] = {}
    for denial in denials:
        match = _ABOUT.match(denial.path)
        found.setdefault(match[0] if match else "", []).append(denial)
    return found


def _flat(by_subject: Mapping[str, Sequence[Denial]]) -> list[Denial]:
    return [denial for rest in by_subject.values() for denial in rest]


def _suite(root: Xml.Element, report: Report, told: Sequence[_Told], denials: Sequence[Denial]) -> None:
    suite = Xml.SubElement(root, "testsuite", name=report.gate, time=f"{report.seconds:.3f}")
    by_file: dict[str, list[_Told]] = {path: [] for path in report.read}
    for each in told:
        place = each[0].finding.place
        by_file.setdefault(place.path if place else _WHOLE, []).append(each)
    if report.outcome in {Outcome.UNDECIDED, Outcome.SKIPPED} or denials or not by_file:
        case = _case(suite, report.gate, _WHOLE)
        said = "\n".join(map(_denied, denials))
        if report.outcome is Outcome.UNDECIDED:
            _fail(case, "error", "undecided", f"could not decide: {report.reason}", f"{report.fix}\n{said}".strip())
        elif denials:
            _fail(case, "failure", denials[0].rule, denials[0].message, said)
        elif report.outcome is Outcome.SKIPPED:
            Xml.SubElement(case, "skipped", message=_clean(report.reason))
    for path, items in sorted(by_file.items()):
        _file(_case(suite, report.gate, path), items)
    _count(suite)


def _file(case: Xml.Element, items: Sequence[_Told]) -> None:
    """Fail the file's case for what the policy denies, and tell the rest."""
    if blocking := [marked for marked, denials in items if denials]:
        first = blocking[0].finding
        more = f" (the first of {len(blocking)})" if len(blocking) > 1 else ""
        _fail(case, "failure", first.rule, f"{first.message}{more}", "\n".join(map(_line, blocking)))
    if rest := [marked for marked, denials in items if not denials]:
        Xml.SubElement(case, "system-out").text = _clean("\n".join(map(_line, rest)))


def _verdict(root: Xml.Element, denials: Sequence[Denial], unanswered: str) -> None:
    """Add the suite of what the policy says of no gate and no finding; ``unanswered`` is why it could not say."""
    suite = Xml.SubElement(root, "testsuite", name="verdict")
    case, said = _case(suite, "verdict", "the policy"), "\n".join(map(_denied, denials))
    if unanswered:
        _fail(case, "error", "undecided", f"the policy could not decide: {unanswered}", said)
    elif denials:
        more = f" (the first of {len(denials)})" if len(denials) > 1 else ""
        _fail(case, "failure", denials[0].rule, f"{denials[0].message}{more}", said)
    _count(suite)


def _case(suite: Xml.Element, gate: str, name: str) -> Xml.Element:
    return Xml.SubElement(suite, "testcase", classname=f"gates.{gate}", name=_clean(name), time="0")


def _fail(case: Xml.Element, how: str, kind: str, message: str, text: str) -> None:
    Xml.SubElement(case, how, type=_clean(kind), message=_clean(message)).text = _clean(text)


def _count(suite: Xml.Element) -> None:
    for count, tag in (("tests", ""), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(1 for case in suite if not tag or case.find(tag) is not None)))


def _denied(denial: Denial) -> str:
    return f"{denial.rule}: {denial.message}; fix: {denial.fix}"


def _line(marked: Marked) -> str:
    finding = marked.finding
    at = f"line {finding.place.line}: " if finding.place and finding.place.line else ""
    state = "" if marked.new else " (known)"
    covered = f" (waived by {marked.waiver.owner} until {marked.waiver.expires})" if marked.waiver else ""
    return f"{at}{finding.severity} {finding.rule}: {finding.message}{state}{covered}; fix: {finding.fix}"


def _clean(text: str) -> str:
    """Return ``text`` with what XML 1.0 has no character for replaced."""
    return _NO_CHARACTER.sub("\ufffd", text)
