"""JUnit's XML, held to Jenkins' schema and to the verdict, and read by the reader of pytest's reports."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ags import Decision, Denial
from dynamic_ags import Outcome as PolicyOutcome
from dynamic_ags import Place as PolicyPlace
from dynamic_delivery.gates.junit import junit_document
from dynamic_delivery.gates.marks import Marked
from dynamic_delivery.gates.model import Finding, Outcome, Place, Report, Severity
from dynamic_delivery.gates.waivers import Waiver
from dynamic_impact.running.junit import read_cases
from tests.dynamic_delivery.gates.fakes import finding, marked, report

_WAIVER = Waiver("why", "@o/security", date(2027, 3, 1), fingerprint="0" * 32)
# Of junit-10.xsd in jenkinsci/xunit-plugin at 031e285e: what an element may hold, and its attributes.
_INSIDE = {
    "testsuites": {"testsuite"},
    "testsuite": {"testsuite", "testcase", "properties", "system-out", "system-err"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "error": set(),
    "failure": set(),
    "skipped": set(),
    "system-out": set(),
}
_MUST = {"testsuite": {"name", "tests", "failures", "errors"}, "testcase": {"name"}}
_MAY = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package"},
    "testcase": {"name", "classname", "time", "group"},
    "error": {"type", "message"},
    "failure": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
}


def _decision(*paths: str, undecided: Sequence[str] = (), failure: str = "") -> Decision:
    """Return the decision that denies for what stands at each of ``paths``."""
    place, now = PolicyPlace("ci/policies/gates.rego", 1), datetime(2026, 11, 30, tzinfo=UTC)
    denials, questions = (
        tuple(Denial("a_rule", place, path, None, f"no to {path}", "mend it") for path in each)
        for each in (paths, undecided)
    )
    return Decision("gates", "q", "p", "m", "i", now, denials, failure, questions)


_YES = _decision()


def _suites(reports: Sequence[Report], findings: Sequence[Marked], decision: Decision = _YES) -> list[Xml.Element]:
    """Return the suites but the last, once the document is one that the schema takes and agrees with the decision."""
    root = Xml.fromstring(junit_document(reports, findings, decision))
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {child.tag for child in element} <= _INSIDE[element.tag]
        assert _MUST.get(element.tag, set()) <= set(element.keys()) <= _MAY[element.tag]
        assert re.fullmatch(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?", element.get("time", "0"))
    for holder in (root, *root):
        cases = list(holder.iter("testcase"))
        assert holder.get("tests") == str(len(cases))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            if holder is not root or count != "skipped":
                assert holder.get(count) == str(sum(case.find(tag) is not None for case in cases))
    *suites, verdict = root
    assert verdict.get("name") == "verdict"
    undecided = any(each.outcome is Outcome.UNDECIDED for each in reports)
    no = undecided or decision.outcome is not PolicyOutcome.ALLOWED
    assert (int(root.get("failures", "0")) + int(root.get("errors", "0")) > 0) is no
    return suites


def test_a_gate_is_a_suite_and_a_file_that_was_read_a_case() -> None:
    (suite,) = _suites([report(gate="ruff")], [])
    assert suite.get("name") == "ruff"
    assert [(case.get("name"), len(case)) for case in suite] == [("a.t", 0), ("sub/b.t", 0)]


def test_a_file_fails_once_for_what_the_policy_denies_and_tells_the_rest(tmp_path: Path) -> None:
    found = [marked(finding("R1", line=3)), marked(finding("R2", line=9)), marked(finding("R3", line=12))]
    decision = _decision("findings[0].severity", "findings[0].rule", "findings[2].severity")
    _suites([report()], found, decision)
    (tmp_path / "gates.xml").write_bytes(junit_document([report()], found, decision))
    (failed,) = (case for case in read_cases(tmp_path) if case.failed)
    assert (failed.place, failed.name) == ("gates.one", "a.t")
    assert "line 3: high R1" in failed.said
    assert "line 12: high R3" in failed.said
    ((case, _),) = ([*suite] for suite in _suites([report()], found, decision))
    assert "line 9: high R2" in (case.findtext("system-out") or "")


def test_a_new_finding_that_the_policy_lets_pass_fails_nothing() -> None:
    (suite,) = _suites([report()], [marked()])
    assert suite.get("failures") == "0"
    assert "line 1: high R1" in (suite[0].findtext("system-out") or "")


def test_the_tenth_finding_is_not_the_first() -> None:
    found = [marked(finding(path=f"{number}.t")) for number in range(12)]
    (suite,) = _suites([report()], found, _decision("findings[1].severity"))
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["1.t"]


def test_each_gate_has_its_own_denials() -> None:
    reports = [report(gate="one"), report(finding(gate="two"), gate="two"), Report("three", Outcome.SKIPPED)]
    suites = _suites(reports, [marked(finding(gate="two"))], _decision("gates[1].outcome", "gates[2].outcome"))
    assert [suite.get("failures") for suite in suites] == ["0", "1", "1"]
    assert suites[1].find("testcase/failure[@message='no to gates[1].outcome']") is not None


@pytest.mark.parametrize(
    ("decision", "count"),
    [
        (_decision("waivers[0].expires"), "failures"),
        (_decision("gates"), "failures"),
        (_decision("risk.score", "findings[7].gate"), "failures"),
        (_decision(failure="no policy"), "errors"),
        (_decision(undecided=["risk"]), "errors"),
        (_decision("gates", undecided=["gates[0].outcome"]), "errors"),
    ],
)
def test_what_is_about_no_gate_and_no_finding_stands_in_a_suite_of_its_own(decision: Decision, count: str) -> None:
    verdict = Xml.fromstring(junit_document([report()], [], decision))[-1]
    assert (verdict.get("name"), verdict.get(count)) == ("verdict", "1")
    _suites([report()], [], decision)


def test_what_is_known_or_waived_is_told_and_fails_nothing() -> None:
    (suite,) = _suites([report()], [marked(new=False), marked(finding("R2"), waiver=_WAIVER)])
    assert suite.get("failures") == "0"
    told = suite[0].findtext("system-out") or ""
    assert "(known)" in told
    assert "(waived by @o/security until 2027-03-01)" in told


def test_a_gate_that_could_not_decide_is_an_error_even_where_it_read_files() -> None:
    (suite,) = _suites([report(outcome=Outcome.UNDECIDED, reason="the database is 40 days old")], [])
    assert suite.get("errors") == "1"
    assert [error.get("message") for error in suite.iter("error")] == ["could not decide: the database is 40 days old"]


def test_a_gate_with_nothing_to_look_at_is_skipped() -> None:
    (suite,) = _suites([Report("docker", Outcome.SKIPPED, reason="no file")], [])
    assert (suite.get("tests"), suite.get("skipped")) == ("1", "1")


_FINDINGS = st.builds(
    Finding,
    gate=st.just("one"),
    rule=st.text(),
    severity=st.sampled_from(Severity),
    message=st.text(),
    fix=st.text(),
    place=st.none() | st.builds(Place, st.text(min_size=1), st.integers(0, 9**9)),
)


_MARKED = st.builds(Marked, _FINDINGS, st.text(), st.booleans(), st.none() | st.just(_WAIVER))


@settings(deadline=None, max_examples=60)
@given(st.lists(_MARKED, max_size=4), st.data())
def test_whatever_is_found_the_document_can_be_read_and_fails_just_where_the_policy_denies(
    found: list[Marked], data: st.DataObject
) -> None:
    denied = data.draw(st.sets(st.sampled_from(range(len(found))))) if found else set()
    decision = _decision(*(f"findings[{index}].severity" for index in sorted(denied)))
    (suite,) = _suites([report(*(each.finding for each in found))], found, decision)
    places = [found[index].finding.place for index in denied]
    assert suite.get("failures") == str(len({place.path if place else "" for place in places}))
