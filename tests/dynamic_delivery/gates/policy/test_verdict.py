"""The verdict: what the repository's own policy and settings say of a run, and where they say it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dynamic_ags import Decision, Outcome, PolicyError, read_policies
from dynamic_ags.policies import load_policies
from dynamic_base import ExitCode, TickingClock
from dynamic_delivery.gates.errors import SettingError
from dynamic_delivery.gates.model import Scope
from dynamic_delivery.gates.risk_score import read_risk
from dynamic_delivery.gates.scope import Scoped
from dynamic_delivery.gates.verdict import completed, exit_code, gate_policies, judge_gates
from tests.dynamic_ags.documents import manifest
from tests.dynamic_delivery.gates.policy.gates_documents import document, finding, waiver

POLICIES = read_policies(Path())


def judge(asked: dict[str, Any], at: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> Decision:
    return judge_gates(asked, POLICIES, manifest(), TickingClock(at))


def test_a_run_without_a_finding_is_allowed() -> None:
    decision = judge(document())
    assert (decision.outcome, exit_code(decision)) == (Outcome.ALLOWED, ExitCode.YES)


def test_a_denial_names_rule_file_line_path_and_value() -> None:
    decision = judge(document(findings=[finding(), finding(severity="high")]))
    assert exit_code(decision) is ExitCode.NO
    (denial,) = decision.denials
    assert (denial.rule, denial.path, denial.value) == ("severe_finding", "findings[1].severity", "high")
    lines = Path(denial.place.file).read_text(encoding="utf-8").split("\n")
    assert lines[denial.place.line - 1] == "deny contains {"
    assert lines[denial.place.line] == '\t"rule": "severe_finding",'


def test_a_gate_that_could_not_decide_is_undecided_unless_something_is_denied() -> None:
    open_gate = [{"name": "ruff", "outcome": "undecided", "reason": "no database"}]
    decision = judge(document(gates=open_gate))
    assert (decision.outcome, exit_code(decision)) == (Outcome.UNDECIDED, ExitCode.UNDECIDED)
    assert [(each.rule, each.path) for each in decision.undecided] == [("gate_undecided", "gates[0].outcome")]
    assert "no database" in decision.undecided[0].message
    assert exit_code(judge(document(gates=open_gate, findings=[finding(severity="critical")]))) is ExitCode.NO


def test_a_run_of_every_gate_must_show_the_required_ones() -> None:
    missing = {denial.value for denial in judge(document(only=None)).denials if denial.rule == "gate_missing"}
    assert {"mypy", "pytest", "secrets"} <= missing
    assert "ruff" not in missing


def test_a_waiver_is_held_against_the_clock() -> None:
    covered = finding(severity="high", waiver={"reason": "r", "owner": "ana", "expires": "2026-02-01"})
    asked = document(findings=[covered], waivers=[waiver()])
    assert judge(asked).outcome is Outcome.ALLOWED
    assert judge(asked, datetime(2026, 2, 1, 23, tzinfo=UTC)).outcome is Outcome.ALLOWED
    late = judge(asked, datetime(2026, 2, 2, tzinfo=UTC))
    assert [denial.rule for denial in late.denials] == ["severe_finding", "waiver_expired"]


@pytest.mark.parametrize(("author", "approver"), [("ana", "ana"), ("Ana", "ana"), ("@ana", "ANA"), ("ana ", "ana")])
def test_nobody_approves_his_own_change_in_another_spelling(author: str, approver: str) -> None:
    assert judge(document(risk={"score": 60}, author=author, approvals=[approver])).outcome is Outcome.DENIED


def test_an_approval_counts_in_the_spelling_of_a_code_host() -> None:
    assert judge(document(risk={"score": 60}, author="ana", approvals=["@Bo"])).outcome is Outcome.ALLOWED


@pytest.mark.parametrize(
    ("owner", "rules"),
    [
        ("@Acme/Security", []),
        ("@ANA", []),
        ("@acme/nobody", ["severe_finding", "waiver_owner_unknown"]),
        ("maintainer", ["severe_finding", "waiver_owner_unknown"]),
    ],
)
def test_a_waiver_is_answered_for_by_somebody_whom_the_manifest_knows(owner: str, rules: list[str]) -> None:
    covered = finding(severity="high", waiver={"reason": "r", "owner": owner, "expires": "2026-02-01"})
    decision = judge(document(findings=[covered], waivers=[waiver(owner=owner)]))
    assert [denial.rule for denial in decision.denials] == rules


@pytest.mark.parametrize("gone", ["schema", "gates", "findings", "waivers", "change", "risk"])
def test_a_missing_key_is_a_denial_that_names_it(gone: str) -> None:
    asked = document()
    del asked[gone]
    assert [(denial.rule, denial.path) for denial in judge(asked).denials] == [("malformed", gone)]


def test_a_policy_set_without_settings_lets_nothing_through() -> None:
    sources = {str(path): path.read_text(encoding="utf-8") for path in Path("ci/policies").glob("gates*.rego")}
    bare = load_policies({name: text for name, text in sources.items() if not name.endswith("_test.rego")})
    decision = judge_gates(document(), bare, manifest(), TickingClock())
    assert decision.outcome is Outcome.DENIED
    assert {denial.path for denial in decision.denials} >= {"data.gates.block_at", "data.gates.kinds"}


@pytest.mark.parametrize(("severity", "outcome"), [("low", Outcome.ALLOWED), ("high", Outcome.DENIED)])
def test_a_message_may_grow_and_may_not_break_who_wrote_it(severity: str, outcome: Outcome) -> None:
    failed = [{"name": "contracts", "outcome": "failed", "reason": ""}]
    found = finding(gate="contracts", rule="new-refused", severity=severity)
    assert judge(document(only=["contracts"], gates=failed, findings=[found])).outcome is outcome


@pytest.mark.parametrize("facts", ["NaN", "[1e999]", "9007199254740993", '"\\ud800"', "[" * 99999])
def test_a_risk_that_no_policy_can_be_given_is_wrong_usage(tmp_path: Path, facts: str) -> None:
    path = tmp_path / "risk.json"
    path.write_text(f'{{"score": 1, "base": "b", "head": "h", "facts": {facts}}}', encoding="utf-8")
    with pytest.raises(SettingError, match=r"risk\.json"):
        read_risk(path, Scoped(Scope(tmp_path, ()), "b", "", head="h"))


def test_a_folder_without_the_policy_on_gates_cannot_say_yes(tmp_path: Path) -> None:
    (tmp_path / "ci/policies").mkdir(parents=True)
    (tmp_path / "ci/policies/action.rego").write_bytes(Path("ci/policies/action.rego").read_bytes())
    with pytest.raises(PolicyError, match="no policy on gates") as raised:
        gate_policies(tmp_path)
    assert raised.value.exit_code is ExitCode.UNDECIDED


def test_what_the_caller_left_out_is_completed_and_what_he_gave_stands() -> None:
    whole = completed(document(findings=[finding(), finding(fixed_in="2.0")], author="ana"), TickingClock())
    assert (whole["today"], whole["author"], whole["approvals"], whole["only"]) == ("2026-01-01", "ana", [], ["ruff"])
    assert [each["fixed_in"] for each in whole["findings"]] == [None, "2.0"]  # type: ignore[attr-defined]  # an object
