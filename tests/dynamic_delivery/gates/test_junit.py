"""JUnit's XML, held to the rules of Jenkins' schema, and read by the reader of pytest's reports."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def _suites(reports: Sequence[Report], findings: Sequence[Marked]) -> list[Xml.Element]:
    """Return the suites, once the document is one that the schema takes and its counts are right."""
    root = Xml.fromstring(junit_document(reports, findings))
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
    return list(root)


def test_a_gate_is_a_suite_and_a_file_that_was_read_a_case() -> None:
    (suite,) = _suites([report(gate="ruff")], [])
    assert suite.get("name") == "ruff"
    assert [(case.get("name"), len(case)) for case in suite] == [("a.t", 0), ("sub/b.t", 0)]


def test_a_file_with_findings_fails_once_and_names_each(tmp_path: Path) -> None:
    found = [marked(finding("R1", line=3)), marked(finding("R2", line=9))]
    _suites([report()], found)
    (tmp_path / "gates.xml").write_bytes(junit_document([report()], found))
    failed = [case for case in read_cases(tmp_path) if case.failed]
    assert [(case.place, case.name) for case in failed] == [("gates.one", "a.t")]
    assert "line 3: high R1" in failed[0].said
    assert "line 9: high R2" in failed[0].said


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


@pytest.mark.parametrize("read", [(), ("a.t",)])
def test_a_gate_that_failed_without_a_finding_is_no_pass(read: tuple[str, ...]) -> None:
    (suite,) = _suites([Report("pytest", Outcome.FAILED, read=read)], [])
    assert suite.get("failures") == "1"


_FINDINGS = st.builds(
    Finding,
    gate=st.just("one"),
    rule=st.text(),
    severity=st.sampled_from(Severity),
    message=st.text(),
    fix=st.text(),
    place=st.none() | st.builds(Place, st.text(min_size=1), st.integers(0, 9**9)),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.builds(Marked, _FINDINGS, st.text(), st.booleans(), st.none() | st.just(_WAIVER)), max_size=4))
def test_whatever_is_found_the_document_can_be_read_and_fails_where_something_blocks(found: list[Marked]) -> None:
    (suite,) = _suites([report(*(each.finding for each in found))], found)
    blocking = {each.finding.place.path if each.finding.place else "" for each in found if each.new and not each.waiver}
    assert suite.get("failures") == str(len(blocking))
