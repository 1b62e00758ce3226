"""The policy on gates, and every policy's own tests, through the embedded engine and a real OPA: the same answers."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import regorus  # type: ignore[import-untyped]  # it ships no types

from dynamic_ags import PolicyError
from dynamic_ags.policies import load_policies
from tests.dynamic_ags import gate_cases, gate_hostile, gate_questions, opa
from tests.dynamic_ags.gate_engines import JUDGING, LOADED, SOURCES, differences, embedded
from tests.dynamic_ags.opa import SETS, Answer, Question

TESTED = load_policies(SOURCES)

# test_opa_many.py draws thousands.
FORMED, TORN = 60, 90

# What `not` makes of an operand that has no value. No policy may hold one of these.
NEGATED = (
    "not input.gone in [1]",
    "not 1 in input.gone",
    'not startswith(input.gone, "a")',
    "not type_name(input[key])",
    "not small(input.gone)",
    "not small(within(3))",
    "not count(input.gone) > 0",
)
# And what it makes of these, in which the engines agree.
PLAIN = ("not input.gone", "not input[key]", "not input.gone == 1", "not small(2)", "not key in names")
FORMS = """\
package dynamic.forms

import rego.v1

default allow := false

allow if count(deny) == 0

small(x) if x == 1

within(x) := x if x < 2

names := ["a"]

key := "b"

"""


@dataclass(frozen=True)
class Oracle:
    """Every question of this file, asked of OPA once."""

    drawn: list[Question]
    answers: list[Answer]
    cases: dict[tuple[str, str], Answer]
    near: list[Answer]
    edges: list[Answer]
    hostile: list[Answer]
    tests: dict[str, object]
    forms: dict[str, object]
    settings: object
    conftest: dict[tuple[str, str], object]
    conftest_at_root: dict[tuple[str, str], object]


# What `--data ci/governance.yaml` makes of the manifest in Conftest, and in OPA with the prefix `governance:`.
OF_PEOPLE = (("deny", "waiver_owner_unknown"), ("warn", "waived_findings"))
MANIFEST_AT = {"root": "with data.roles as {0}", "governance": 'with data.governance as {{"roles": {0}}}'}


def conftest_of(question: Question, at: str = "governance") -> str:
    """Return the expression for what Conftest's package says of a run."""
    under = f"with input as {json.dumps(question.input)} with data.gates as {json.dumps(question.settings)}"
    known = MANIFEST_AT[at].format(json.dumps(question.governance["roles"]))
    return f"[[x.msg | some x in data.main.deny], [x.msg | some x in data.main.warn]] {under} {known}"


def forms() -> str:
    rules = (f"form_{n} if {{\n\t{form}\n}}\n" for n, form in enumerate((*NEGATED, *PLAIN)))
    return FORMS + "deny contains 1 if false\n\n" + "\n".join(rules)


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    drawn = [*gate_questions.formed(FORMED), *gate_questions.torn(TORN)]
    cases, near, edges = list(gate_cases.ONLY.values()), list(gate_cases.NEAR), list(gate_cases.EDGES)
    hostile = list(gate_hostile.READ.values())
    tests, count = sorted(TESTED.tests), len((*NEGATED, *PLAIN))
    # OPA reads the tests under another name: Trivy passes over what is called a test.
    sources = {name.replace("_test.rego", "_cases.rego"): text for name, text in SOURCES.items()}
    at_root = [conftest_of(gate_cases.ONLY[key], "root") for key in OF_PEOPLE]
    asked = [*tests, *(f"data.dynamic.forms.form_{n}" for n in range(count)), "data.gates"]
    asked += [*map(conftest_of, cases), *at_root]
    first = len(asked) - len(cases) - len(at_root)
    answers, values = opa.ask(
        tmp_path_factory.mktemp("opa"),
        {**sources, "forms.rego": forms(), "main.rego": Path("ci/policies/conftest/main.rego").read_text("utf-8")},
        [*drawn, *cases, *near, *edges, *hostile],
        asked,
        Path("ci/policies/data"),
    )
    end = len(drawn) + len(cases)
    return Oracle(
        drawn,
        answers[: len(drawn)],
        dict(zip(gate_cases.ONLY, answers[len(drawn) : end], strict=True)),
        answers[end : end + len(near)],
        answers[end + len(near) : -len(hostile)],
        answers[-len(hostile) :],
        {name: values.get(n) for n, name in enumerate(tests)},
        {form: values.get(len(tests) + n) for n, form in enumerate((*NEGATED, *PLAIN))},
        values.get(len(tests) + count),
        {key: values.get(first + n) for n, key in enumerate(gate_cases.ONLY)},
        {key: values.get(first + len(cases) + n) for n, key in enumerate(OF_PEOPLE)},
    )


def rules(answer: Answer) -> set[tuple[str, str]]:
    return {(name, json.loads(text)["rule"]) for name in SETS for text in getattr(answer, name)}


def test_the_engines_say_the_same_of_every_run_whole_or_torn(oracle: Oracle) -> None:
    assert "\n\n".join(differences(oracle.drawn, oracle.answers)) == ""


def test_each_rule_has_a_run_that_it_alone_speaks_of(oracle: Oracle) -> None:
    assert {("dynamic.gates", rule) for _, rule in gate_cases.ONLY} == {
        key for key in LOADED.rules if key[0] == "dynamic.gates"
    }
    assert differences(list(gate_cases.ONLY.values()), list(oracle.cases.values())) == []
    for key, answer in oracle.cases.items():
        assert rules(answer) == {key}
        assert (answer.allow is True) == (key[0] == "warn")


def test_a_near_miss_is_allowed_without_a_word(oracle: Oracle) -> None:
    assert differences(list(gate_cases.NEAR), oracle.near) == []
    assert [(answer.allow, rules(answer)) for answer in oracle.near] == [(True, set())] * len(gate_cases.NEAR)


def test_the_engines_say_the_same_of_every_edge(oracle: Oracle) -> None:
    assert differences(list(gate_cases.EDGES), oracle.edges) == []


def test_the_engines_say_the_same_of_texts_that_no_tool_writes(oracle: Oracle) -> None:
    assert differences(list(gate_hostile.READ.values()), oracle.hostile) == []


@pytest.mark.parametrize("name", gate_hostile.REFUSED)
def test_a_text_that_the_embedded_engine_cannot_hold_is_refused_aloud(name: str) -> None:
    with pytest.raises(RuntimeError, match=r"at line \d+ column \d+"):
        embedded(gate_hostile.REFUSED[name])


def test_what_is_not_allowed_always_says_why(oracle: Oracle) -> None:
    for answer in oracle.answers:
        assert answer.allow is not (bool(answer.deny) or bool(answer.undecided))


def test_every_policys_own_tests_are_true_in_opa_too(oracle: Oracle) -> None:
    assert {name for name in oracle.tests if name.startswith("data.dynamic.gates_test.")}
    assert [name for name, value in oracle.tests.items() if value is not True] == []
    assert len(oracle.tests) == len(TESTED.tests) > 50


def test_opa_finds_the_settings_where_the_embedded_engine_does(oracle: Oracle) -> None:
    text = Path("ci/policies/data/gates.json").read_text(encoding="utf-8")
    engine = load_policies(JUDGING, {"ci/policies/data/gates.json": text}).engine.clone()
    assert json.loads(engine.eval_rule_as_json("data.dynamic.gates.settings")) == oracle.settings
    assert oracle.settings == json.loads(text)["gates"]


def test_conftests_package_says_what_the_policy_says(oracle: Oracle) -> None:
    for (name, rule), said in oracle.conftest.items():
        assert isinstance(said, list)
        denials, warnings = said
        (message,) = warnings if name == "warn" else denials
        assert message.startswith(f"{rule}: ")
        assert len(denials) + len(warnings) == 1
    assert oracle.conftest_at_root == {key: oracle.conftest[key] for key in OF_PEOPLE}


@pytest.mark.parametrize("policy", ["", 'package dynamic.gates\n\nimport rego.v1\n\ndeny contains {"rule": "r"}\n'])
def test_conftests_package_takes_no_policy_and_a_broken_one_for_a_denial(tmp_path: Path, policy: str) -> None:
    main = Path("ci/policies/conftest/main.rego").read_text("utf-8")
    given = {"main.rego": main, **({"gates.rego": policy} if policy else {})}
    _, values = opa.ask(tmp_path, given, [], ["[x.msg | some x in data.main.deny]"])
    assert values[0] == ["data.dynamic.gates.allow is not true, and no rule says why"]


@pytest.mark.parametrize("form", NEGATED)
def test_a_negated_call_of_what_is_missing_is_read_otherwise_and_refused(oracle: Oracle, form: str) -> None:
    assert _form(form) is True
    assert oracle.forms[form] is None
    with pytest.raises(PolicyError, match=r"a\.rego:\d+: a negated call has an operand that may have no value"):
        load_policies({"a.rego": FORMS.replace("forms", "a") + _denies(form)})


@pytest.mark.parametrize("form", PLAIN)
def test_a_plain_negation_is_read_alike_and_let_in(oracle: Oracle, form: str) -> None:
    assert _form(form) is True
    assert oracle.forms[form] is True
    load_policies({"a.rego": FORMS.replace("forms", "a") + _denies(form)})


def _denies(form: str) -> str:
    return f"deny contains 1 if {{\n\t{form}\n}}\n"


def _form(form: str) -> object:
    engine = regorus.Engine()
    engine.add_policy("forms.rego", forms())
    return json.loads(engine.eval_rule_as_json(f"data.dynamic.forms.form_{(*NEGATED, *PLAIN).index(form)}"))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("gates_input.rego", '"line": ["number"]', '"line": ["number", "null"]'),
        ("gates_input.rego", '"new": ["boolean"]', '"new": ["boolean", "string"]'),
        ("gates_input.rego", "[02468][048]", "[02468][04]"),
        ("gates_waivers.rego", "waiver.expires >= input.today", "waiver.expires > input.today"),
        ("gates_findings.rego", "rank[found.severity] <= rank[severity]", "rank[found.severity] < rank[severity]"),
        ("gates_findings.rego", "\tnot covered(found)\n", ""),
        ("gates.rego", "\tperson != input.author\n", ""),
        ("gates.rego", "input.risk.score >= step.from", "input.risk.score > step.from"),
    ],
)
def test_a_planted_difference_is_caught(oracle: Oracle, file: str, old: str, new: str) -> None:
    assert JUDGING[file].count(old) == 1
    mutated = load_policies({**JUDGING, file: JUDGING[file].replace(old, new)})
    asked = [*gate_cases.ONLY.values(), *gate_cases.NEAR, *gate_cases.EDGES]
    answers = [*oracle.cases.values(), *oracle.near, *oracle.edges]
    assert any(embedded(question, mutated) != theirs for question, theirs in zip(asked, answers, strict=True))
