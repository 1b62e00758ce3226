"""The policy on gates as the embedded engine reads it, and where OPA's answers differ."""

import json
from collections.abc import Sequence
from pathlib import Path

from dynamic_ags.policies import Policies, load_policies
from tests.dynamic_ags.opa import SETS, Answer, Question, text_of

SOURCES = {path.name: path.read_text(encoding="utf-8") for path in Path("ci/policies").glob("*.rego")}
JUDGING = {name: text for name, text in SOURCES.items() if not name.endswith("_test.rego")}
LOADED = load_policies(JUDGING)


def embedded(question: Question, policies: Policies = LOADED) -> Answer:
    engine = policies.engine.clone()
    engine.add_data_json(json.dumps({"governance": question.governance, "gates": question.settings}))
    engine.set_input_json(question.text)

    def value(name: str) -> object:
        return json.loads(engine.eval_rule_as_json(f"data.dynamic.gates.{name}"))

    def said(name: str) -> frozenset[str]:
        found = value(name)
        assert isinstance(found, list)
        return frozenset(map(text_of, found))

    return Answer(value("allow"), *map(said, SETS))


def differences(questions: Sequence[Question], answers: Sequence[Answer]) -> list[str]:
    """Return what the engines say otherwise, each with what was asked."""
    pairs = ((question, embedded(question), theirs) for question, theirs in zip(questions, answers, strict=True))
    return [
        f"embedded {mine}\nOPA      {theirs}\n{json.dumps({'input': question.input, 'gates': question.settings})}"
        for question, mine, theirs in pairs
        if mine != theirs
    ]
