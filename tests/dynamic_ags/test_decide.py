"""No answer is never a yes, and every answer leaves a record that can be checked."""

import hashlib
import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from dynamic_ags import Decision, Judge, Outcome, RequestError, inputs_of, new_request, read_policies, record
from dynamic_ags.decision_log import encode
from dynamic_ags.policies import load_policies
from dynamic_base import TickingClock
from dynamic_base.files import WriteError
from tests.dynamic_ags.documents import GOVERNANCE, edited, manifest

HEAD = "package dynamic.a\n\nimport rego.v1\n\n"
DENIAL = '{"rule": "no", "path": "x", "value": input.x, "message": "m", "fix": "f"}'
GHOST = '{"rule": concat("", ["gh", "ost"]), "path": "", "value": 1, "message": "", "fix": ""}'
SILENT = "deny contains 1 if false\n"


def ask(body: str, document: dict[str, object] | None = None) -> Decision:
    judge = Judge(load_policies({"a.rego": HEAD + body}), manifest(), TickingClock())
    return judge.decide("a", "s", document or {})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f"allow if input.gone\n\n{SILENT}", "data.dynamic.a.allow is not true"),
        (f"allow := false\n\n{SILENT}", "data.dynamic.a.allow is not true"),
        (f'allow := "true"\n\n{SILENT}', "data.dynamic.a.allow is not true"),
        (f"allow := 1\n\n{SILENT}", "data.dynamic.a.allow is not true"),
        ("allow := true\n\ndeny := 1 if input.gone\n", "data.dynamic.a.deny is not a set of denials"),
        ("allow := true\n\ndeny := {}\n", "data.dynamic.a.deny is not a set of denials"),
        ('allow := true\n\ndeny contains "no"\n', "data.dynamic.a.deny is not a set of denials"),
        ('allow := true\n\ndeny contains {"rule": "no"}\n', "data.dynamic.a.deny is not a set of denials"),
        (f"allow := true\n\ndeny contains {DENIAL.replace('input.x', '1')}\n", "is true although there are denials"),
        (f"allow := false\n\ndeny contains {GHOST}\n", "names the rule 'ghost', which stands nowhere in its file"),
        (f"allow if count(1) == 1\n\n{SILENT}", "the engine failed (a.rego:5: `count` requires"),
        (f"allow if x\n\nx if allow\n\n{SILENT}", "the engine failed (a.rego:5: recursion detected"),
        (f"allow := true\n\nallow := false\n\n{SILENT}", "the engine failed (a.rego:7: rule conflicts"),
        (f"allow if y == 1\n\n{SILENT}", "the engine failed (a.rego:5: use of undefined variable `y` is unsafe"),
    ],
)
def test_a_policy_that_fails_or_says_nothing_clear_is_never_a_yes(body: str, said: str) -> None:
    decision = ask(body)
    assert decision.outcome is Outcome.UNDECIDED
    assert said in decision.failure


def test_a_denial_says_rule_place_path_value_and_fix() -> None:
    body = f"default allow := false\n\nallow if count(deny) == 0\n\ndeny contains {DENIAL} if input.x != 1\n"
    (denial,) = ask(body, {"x": {"y": [2]}}).denials
    assert (denial.rule, denial.place.file, denial.place.line) == ("no", "a.rego", 9)
    assert (denial.path, denial.value, denial.message, denial.fix) == ("x", {"y": [2]}, "m", "f")
    assert ask(body, {"x": 1}).outcome is Outcome.ALLOWED


SAID = "count(deny) == 0\n\tcount(undecided) == 0"
SETS = f"default allow := false\n\nallow if {{\n\t{SAID}\n}}\n\n" + "\n".join(
    f"{name} contains {DENIAL.replace('no', rule)} if input.x == {n}\n"
    for n, (name, rule) in enumerate([("deny", "a"), ("undecided", "b"), ("warn", "c")])
)


def test_what_a_policy_could_not_decide_is_no_yes_and_a_warning_stands_in_nobodys_way() -> None:
    outcomes = {x: ask(SETS, {"x": x}) for x in range(4)}
    assert [outcomes[x].outcome for x in range(4)] == [
        Outcome.DENIED,
        Outcome.UNDECIDED,
        Outcome.ALLOWED,
        Outcome.ALLOWED,
    ]
    assert [each.rule for each in outcomes[1].undecided] == ["b"]
    assert [each.rule for each in outcomes[2].warnings] == ["c"]
    assert [len(found) for found in (outcomes[3].denials, outcomes[3].undecided, outcomes[3].warnings)] == [0, 0, 0]
    recorded = outcomes[1].document()
    assert (recorded["result"], recorded["failure"]) == ("undecided", "")


@pytest.mark.parametrize(
    ("body", "x", "said"),
    [
        (SETS.replace('"rule": "b"', '"rule": 7'), 1, "data.dynamic.a.undecided is not a set of denials"),
        (SETS.replace('"rule": "c"', '"rule": 7'), 2, "data.dynamic.a.warn is not a set of denials"),
        (SETS.replace("\tcount(undecided) == 0\n", ""), 1, "data.dynamic.a.allow is true although there are denials"),
    ],
)
def test_a_set_that_is_none_or_that_allow_passes_over_is_a_failure(body: str, x: int, said: str) -> None:
    decision = ask(body, {"x": x})
    assert decision.outcome is Outcome.UNDECIDED
    assert said in decision.failure


def test_an_input_deeper_than_the_engine_goes_is_undecided() -> None:
    deep: object = 1
    for _ in range(200):
        deep = [deep]
    assert "recursion limit" in ask(f"allow := true\n\n{SILENT}", {"x": deep}).failure


def test_an_unknown_policy_is_named() -> None:
    with pytest.raises(RequestError, match=r"there is no policy 'b': use one of dynamic\.a"):
        Judge(load_policies({"a.rego": HEAD + f"allow := true\n\n{SILENT}"}), manifest(), TickingClock()).decide(
            "b", "", {}
        )


def judged(approvals: list[str], action: str = "deploy.staging", changed: tuple[str, ...] = ()) -> list[Outcome]:
    known = manifest()
    judge = Judge(read_policies(Path()), known, TickingClock())
    request = new_request(action, "ana", approvals, changed)
    return [judge.decide(policy, "", document).outcome for policy, document in inputs_of(request, known).items()]


def test_a_handle_written_otherwise_is_the_same_person() -> None:
    assert judged(["@BO"]) == [Outcome.ALLOWED]
    assert judged(["@Ana"]) == [Outcome.DENIED]


def test_a_protected_path_is_judged_besides_the_action() -> None:
    assert judged(["bo"], changed=("README.md",)) == [Outcome.ALLOWED, Outcome.ALLOWED]
    assert judged(["bo"], changed=("README.md", "ci/governance.yaml")) == [Outcome.ALLOWED, Outcome.DENIED]
    assert judged(["goran", "ines"], "policy.change", ("ci/governance.yaml",)) == [Outcome.ALLOWED, Outcome.ALLOWED]


def test_a_decision_names_what_it_was_made_from() -> None:
    known, clock = manifest(), TickingClock()
    policies = read_policies(Path())
    document = {"action": "ci.test", "author": "ana", "approvals": []}
    first, second = (Judge(policies, known, clock).decide("action", "s", document) for _ in range(2))
    assert second.time - first.time == timedelta(seconds=1)
    # The canonical form of RFC 8785, written by hand.
    content = b'{"action":"ci.test","approvals":[],"author":"ana"}'
    assert first.input == hashlib.sha256(content).hexdigest()
    assert (first.policies, first.manifest) == (policies.digest, known.digest)
    other = manifest(edited(GOVERNANCE, "T1: {approvals: 1", "T1: {approvals: 2"))
    assert Judge(policies, other, clock).decide("action", "s", document).manifest != first.manifest


def test_the_record_is_named_by_its_content_and_holds_a_line_a_decision(tmp_path: Path) -> None:
    decisions = [ask(f"allow := true\n\n{SILENT}"), ask(f"allow := false\n\n{SILENT}")]
    path = record(tmp_path, decisions)
    assert path.parent == tmp_path / ".dynamic/ags/decisions/2026-01"
    said = subprocess.run(["sha256sum", str(path)], capture_output=True, text=True, check=True).stdout
    assert said.split()[0] == path.stem
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(line["schema"], line["result"], line["query"]) for line in lines] == [
        ("dynamic.decision/1", "allowed", "data.dynamic.a"),
        ("dynamic.decision/1", "undecided", "data.dynamic.a"),
    ]
    assert record(tmp_path, decisions) == path
    assert encode(decisions) == path.read_bytes()


def test_a_decision_that_cannot_be_recorded_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".dynamic").mkdir()
    (tmp_path / ".dynamic/ags").write_text("in the way", encoding="utf-8")
    with pytest.raises(WriteError):
        record(tmp_path, [ask(f"allow := true\n\n{SILENT}")])
