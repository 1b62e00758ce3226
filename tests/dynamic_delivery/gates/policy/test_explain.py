"""A finding explained: the rule that blocks it, where that stands, and a waiver that the policy then takes."""

import json
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynamic_ags import Outcome, read_policies
from dynamic_ags.policies import load_policies
from dynamic_base import ExitCode, TickingClock, UsageError
from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.explain import Explained, Standing, explain, read_run, waiver_text
from dynamic_delivery.gates.explain_cli import explain_command
from dynamic_delivery.gates.verdict import judge_gates
from tests.dynamic_ags.documents import manifest
from tests.dynamic_delivery.gates.policy.gates_documents import document, finding, waiver

POLICIES = read_policies(Path())
COVER = {"reason": "r", "owner": "ana", "expires": "2026-02-01"}


def ask(run: dict[str, Any], fingerprint: str) -> Explained:
    return explain(run, judge_gates(run, POLICIES, manifest(), TickingClock()), fingerprint)


def test_a_finding_that_blocks_names_its_rules_and_no_other_findings() -> None:
    run = document(findings=[finding(fingerprint="aa", severity="high"), finding(fingerprint="ab", severity="high")])
    found = ask(run, "ab")
    assert found.standing is Standing.BLOCKS
    assert [(denial.rule, denial.path) for denial in found.denials] == [("severe_finding", "findings[1].severity")]


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({"severity": "high", "new": False}, Standing.KNOWN),
        ({"severity": "high", "waiver": COVER}, Standing.WAIVED),
        ({"severity": "low"}, Standing.HARMLESS),
    ],
)
def test_a_finding_that_blocks_nothing_says_why(changes: dict[str, Any], standing: Standing) -> None:
    found = ask(document(findings=[finding(**changes)], waivers=[waiver()]), "0a")
    assert (found.standing, found.denials) == (standing, ())


def test_a_fingerprint_must_be_of_one_finding() -> None:
    run = document(findings=[finding(fingerprint="aa"), finding(fingerprint="ab")])
    with pytest.raises(UsageError, match="several findings begin with 'a'"):
        ask(run, "a")
    with pytest.raises(UsageError, match="no finding of the last run begins with 'c'"):
        ask(run, "c")


def test_a_document_that_is_not_whole_explains_nothing() -> None:
    run = document(findings=[finding(severity="high")], risk="high")
    with pytest.raises(GateError, match="risk is of the kind string"):
        ask(run, "0a")


def test_the_waiver_that_is_shown_is_one_that_the_policy_takes() -> None:
    blocking = finding(severity="high", owner="@acme/security @acme/b")
    clock = TickingClock(datetime(2026, 1, 1, tzinfo=UTC))
    (row,) = tomllib.loads(waiver_text(blocking, POLICIES, date(2026, 1, 1)))["waiver"]
    assert (row["owner"], row["expires"]) == ("@acme/security", date(2026, 4, 1))
    cover = {"reason": row["reason"], "owner": row["owner"], "expires": row["expires"].isoformat()}
    run = document(findings=[{**blocking, "waiver": cover}], waivers=[waiver(**cover, fingerprint=row["fingerprint"])])
    assert judge_gates(run, POLICIES, manifest(), clock).outcome is Outcome.ALLOWED


def test_a_finding_of_a_gate_that_must_pass_blocks_whatever_waives_it() -> None:
    failed = [{"name": "mypy", "outcome": "failed", "reason": ""}]
    waived = finding(gate="mypy", waiver=COVER)
    found = ask(document(only=["mypy"], gates=failed, findings=[waived], waivers=[waiver()]), "0a")
    assert [(denial.rule, denial.path) for denial in found.denials] == [("gate_failed", "gates[0].outcome")]
    assert (found.standing, found.waivable) == (Standing.BLOCKS, False)


def test_a_waiver_that_expired_is_told_with_the_finding_that_it_covered() -> None:
    other = waiver(fingerprint="0b", expires="2025-01-02")
    run = document(findings=[finding()], waivers=[other, waiver(expires="2025-01-01")])
    found = ask(run, "0a")
    assert [denial.path for denial in found.denials] == ["waivers[1].expires"]
    assert (found.standing, found.waivable) == (Standing.BLOCKS, True)


@pytest.mark.parametrize(("days", "end"), [(1e21, "2099-12-31"), (-5, "2026-01-01"), (0.5, "2026-01-01")])
def test_a_waiver_is_shown_under_settings_that_no_calendar_holds(days: float, end: str) -> None:
    files = [path for path in Path("ci/policies").glob("*.rego") if not path.name.endswith("_test.rego")]
    settings = json.loads(Path("ci/policies/data/gates.json").read_text(encoding="utf-8"))
    settings["gates"]["waiver_days"] = days
    policies = load_policies(
        {path.name: path.read_text(encoding="utf-8") for path in files}, {"gates.json": json.dumps(settings)}
    )
    assert waiver_text(finding(), policies, date(2026, 1, 1)).endswith(f"expires = {end}")


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"findings": [{}]}', '{"findings": [{"fingerprint": 1}]}', "[" * 9999]
)
def test_what_is_no_run_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "last.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(GateError, match=r"no run"):
        read_run(path)


def test_the_command_prints_rule_place_and_waiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run.json"
    run.write_text(json.dumps(document(findings=[finding(severity="high")])), encoding="utf-8")
    monkeypatch.setattr("dynamic_delivery.gates.explain_cli.find_root", lambda _: Path())
    monkeypatch.setattr("dynamic_delivery.gates.explain_cli.load_manifest", lambda _: manifest())
    done = CliRunner().invoke(explain_command, ["0a", "--input", str(run)], standalone_mode=False)
    assert done.return_value is ExitCode.NO
    assert "severe_finding  ci/policies/gates_findings.rego:" in done.output
    assert 'fingerprint = "0a"' in done.output
