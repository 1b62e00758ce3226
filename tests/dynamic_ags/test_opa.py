"""The embedded engine against a real OPA: the same denials and the same leave, over the whole policy set."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import regorus  # type: ignore[import-untyped]  # it ships no types

from dynamic_ags import Judge, Outcome, PolicyError
from dynamic_ags.policies import Policies, load_policies
from dynamic_ags.policy_checks import COMPARED
from dynamic_base import TickingClock
from tests.dynamic_ags import opa
from tests.dynamic_ags.documents import manifest
from tests.dynamic_ags.opa import Answer, Question, text_of
from tests.dynamic_ags.questions import questions, torn

POLICIES = {path.name: path.read_text(encoding="utf-8") for path in Path("ci/policies").glob("*.rego")}
JUDGING = {name: text for name, text in POLICIES.items() if not name.endswith("_test.rego")}
LOADED = load_policies(JUDGING)

# Where the engines agree: every built-in that a policy may use, at its edges.
AGREED = (
    'concat(", ", ["b", "a"])',
    'concat(" and ", {"b", "a", "é"})',
    'concat(", ", [])',
    'contains("src/test_é.py", "/test_")',
    'contains("a", "")',
    'contains("a", "b")',
    "count({1, 2, 2})",
    'count("añb")',
    'count({"a": 1})',
    'endswith("a.md", ".md")',
    'endswith("", "")',
    "is_object({})",
    "is_object(null)",
    'is_string("")',
    "is_string(1)",
    "max({0, 2, 10, 1.5})",
    "max([-1, -2])",
    'object.get({"a": null}, "a", "d")',
    'object.get({"a": {"b": 1}}, ["a", "b"], 0)',
    'object.get({}, "a", "d")',
    'sort(object.keys({"b": 1, "a": 2}))',
    "regex.match(`^[0-9a-f]{3}$`, `abc`)",
    "regex.match(`^[0-9a-f]{3}$`, `abcd`)",
    'regex.match("^a$", "a\\n")',
    'sort({"b", "a", "B", "é", "Z"})',
    'sort([3, "a", null, true, {"x": 1}, [1]])',
    'sprintf("%v %d", ["a", 3])',
    'sprintf("%v", [["a", 1, null, true]])',
    'sprintf("%v", [{"b": 1, "a": [1.5]}])',
    'sprintf("%v", [{1, 2}])',
    'sprintf("%v%%", [1])',
    'startswith("/a", "/")',
    'startswith("é", "é")',
    'time.parse_rfc3339_ns("2000-01-01T00:00:00Z")',
    'time.parse_rfc3339_ns("2024-02-29T00:00:00Z")',
    'time.parse_rfc3339_ns("2099-12-31T00:00:00Z")',
    'trim_prefix("@a", "@")',
    'trim_prefix("@@a", "@")',
    "type_name([])",
    "type_name({})",
    "type_name({1})",
    "type_name(null)",
    "type_name(false)",
    "type_name(1.5)",
    'type_name("")',
)
# Where they differ without a word. A policy with one of these must be refused when it is loaded.
SILENT = (
    'lower("İ")',
    'upper("straße")',
    'to_number(" 1")',
    "sum([0.1, 0.2])",
    "walk([1])",
    'json.marshal("<")',
    'regex.match("\\\\d", "٣")',
    'regex.match("\\\\w", "é")',
    'regex.match("\\\\s", "\\u00a0")',
    'sprintf("%s", [3])',
    'sprintf("%t", [true])',
)


@dataclass(frozen=True)
class Oracle:
    """Every question of this file, asked of OPA once."""

    formed: list[Question]
    torn: list[Question]
    answers: dict[str, list[Answer]]
    values: dict[str, object]


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    formed, broken = questions(seed=2026, each=150), torn(seed=11, each=60)
    expressions = [*AGREED, *SILENT]
    answers, values = opa.ask(tmp_path_factory.mktemp("opa"), JUDGING, [*formed, *broken], expressions)
    split = {"formed": answers[: len(formed)], "torn": answers[len(formed) :]}
    return Oracle(formed, broken, split, {expressions[number]: value for number, value in values.items()})


def embedded(question: Question, policies: Policies) -> Answer | None:
    """Return the embedded engine's answer, or None where it fails aloud."""
    engine = policies.engine.clone()
    engine.add_data_json(json.dumps({"governance": question.governance}))
    engine.set_input_json(json.dumps(question.input))
    package = f"data.dynamic.{question.policy}"
    try:
        allow = json.loads(engine.eval_rule_as_json(f"{package}.allow"))
        deny = json.loads(engine.eval_rule_as_json(f"{package}.deny"))
    except RuntimeError:
        return None
    return Answer(allow, frozenset(map(text_of, deny)))


def value_of(expression: str) -> object:
    engine = regorus.Engine()
    engine.add_policy("v.rego", f"package v\n\nimport rego.v1\n\nvalue := x if {{\n\tx := {expression}\n}}\n")
    return json.loads(engine.eval_rule_as_json("data.v.value"))


def test_the_same_denials_and_leave_on_every_well_formed_question(oracle: Oracle) -> None:
    answers = [embedded(question, LOADED) for question in oracle.formed]
    pairs = zip(oracle.formed, answers, oracle.answers["formed"], strict=True)
    assert [(question, mine, theirs) for question, mine, theirs in pairs if mine != theirs] == []


def test_the_questions_make_every_rule_fire_and_stay_silent(oracle: Oracle) -> None:
    fired = {
        (f"dynamic.{question.policy}", json.loads(denial)["rule"])
        for question, answer in zip(oracle.formed, oracle.answers["formed"], strict=True)
        for denial in answer.deny
    }
    # test_opa_gates.py asks the policy on gates.
    assert fired == {key for key in LOADED.rules if key[0] != "dynamic.gates"}
    for policy in ("action", "ownership", "workflow"):
        pairs = zip(oracle.formed, oracle.answers["formed"], strict=True)
        leave = [answer.allow for question, answer in pairs if question.policy == policy]
        assert leave.count(True) >= 10
        assert leave.count(False) >= 10


def test_a_torn_question_is_never_allowed_by_the_one_and_denied_by_the_other(oracle: Oracle) -> None:
    loud = 0
    for question, theirs in zip(oracle.torn, oracle.answers["torn"], strict=True):
        mine = embedded(question, LOADED)
        loud += mine is None
        if mine is not None and mine.allow is True and not mine.deny:
            assert theirs == mine, question
    assert 0 < loud < len(oracle.torn)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("action.rego", "\tperson != input.author\n", ""),
        ("action.rego", "person in people(role)\n}\n\ndeny", "count(people(role)) > 0\n}\n\ndeny"),
        ("action.rego", "count(approvers) < tier.approvals\n", "count(approvers) <= tier.approvals\n"),
        ("action.rego", "count(held) > 1", "count(held) > 2"),
        ("action.rego", "count(approvers & people(role)) == 0", "count(approvers | people(role)) == 0"),
        ("action.rego", "\t\tnot person in members", "\t\tperson in members"),
        (
            "ownership.rego",
            "some person in input.approvals; person != input.author}",
            "some person in input.approvals}",
        ),
        ("ownership.rego", "\tnot role in heard\n", "\trole in heard\n"),
        ("ownership.rego", "count(change.roles) == 0", "count(change.roles) == 1"),
        ("workflow.rego", "rank[level] <= rank[", "rank[level] < rank["),
        ("workflow.rego", '"read": 1, "write": 2', '"read": 2, "write": 1'),
        ("workflow.rego", 'scope, "none")\n\n#', 'scope, "read")\n\n#'),
        ("workflow.rego", "{40}$", "{40}"),
        ("workflow.rego", "{64}$", "{63}$"),
        ("workflow.rego", 'wanted != ""', 'wanted == ""'),
        ("workflow.rego", "not trigger in known", "trigger in known"),
    ],
)
def test_a_planted_difference_is_caught(oracle: Oracle, file: str, old: str, new: str) -> None:
    assert JUDGING[file].count(old) == 1
    mutated = load_policies({**JUDGING, file: JUDGING[file].replace(old, new)})
    asked = [pair for pair in zip(oracle.formed, oracle.answers["formed"], strict=True) if pair[0].policy == file[:-5]]
    assert any(embedded(question, mutated) != theirs for question, theirs in asked)


@pytest.mark.parametrize("expression", AGREED)
def test_the_engines_agree_on_every_built_in_that_policies_may_use(oracle: Oracle, expression: str) -> None:
    mine = value_of(expression)
    assert (type(mine), mine) == (type(oracle.values[expression]), oracle.values[expression])


def test_no_built_in_is_allowed_without_a_case_here() -> None:
    assert [name for name in COMPARED if not any(f"{name}(" in expression for expression in AGREED)] == []


@pytest.mark.parametrize("expression", SILENT)
def test_a_silent_difference_is_still_one_and_no_policy_may_hold_it(oracle: Oracle, expression: str) -> None:
    assert value_of(expression) != oracle.values.get(expression, "<undefined>")
    body = "default allow := false\n\nallow if count(deny) == 0\n\ndeny contains x if {\n\tx := " + expression + "\n}\n"
    with pytest.raises(PolicyError, match=r"not compared with OPA|a pattern that has a backslash|a format other"):
        load_policies({"a.rego": f"package dynamic.a\n\nimport rego.v1\n\n{body}"})


def test_a_policy_that_does_not_compile_is_a_false_green_of_the_judge_and_undecided_here(tmp_path: Path) -> None:
    rules = 'deny contains {"msg": "1"} if input.a == gone\n'
    assert opa.scan(tmp_path, {"oracle.rego": opa.WRAPPER + rules}, ['{"a": 1}'], strict=False) == [[]]
    ours = f"package dynamic.a\n\nimport rego.v1\n\ndefault allow := false\n\nallow if count(deny) == 0\n\n{rules}"
    decision = Judge(load_policies({"a.rego": ours}), manifest(), TickingClock()).decide("a", "", {"a": 1})
    assert decision.outcome is Outcome.UNDECIDED
    assert "`gone` is unsafe" in decision.failure


def test_the_old_syntax_is_still_read_by_the_judge_and_refused_here(tmp_path: Path) -> None:
    old = opa.WRAPPER.replace("import rego.v1\n", "") + 'deny[{"msg": "1"}] { input.a == 1 }\n'
    assert opa.scan(tmp_path, {"oracle.rego": old}, ['{"a": 1}']) == [[1]]
    with pytest.raises(PolicyError, match="`if` keyword is required"):
        load_policies({"oracle.rego": old})
