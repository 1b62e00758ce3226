"""The policy on gates through both engines, over thousands of runs; test_opa_gates.py has the few of every day."""

from pathlib import Path

from tests.dynamic_ags import gate_questions, opa
from tests.dynamic_ags.gate_engines import JUDGING, differences


def test_the_engines_say_the_same_of_thousands_of_runs(tmp_path: Path) -> None:
    drawn = [*gate_questions.formed(2000), *gate_questions.torn(2000)]
    answers, _ = opa.ask(tmp_path, JUDGING, drawn, [])
    assert "\n\n".join(differences(drawn, answers)) == ""
    assert {answer.allow for answer in answers} == {True, False}
