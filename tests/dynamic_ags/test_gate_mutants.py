"""The policy's unit tests can fail: without any one of the rules that deny or warn, one of them does."""

import re

from dynamic_ags.policies import load_policies
from tests.dynamic_ags.gate_mutants import JUDGING, SOURCES, killed_by, without_a_rule

NAMED = re.compile(r'"rule": "([a-z_]+)"')


def test_a_unit_test_fails_without_any_one_of_the_rules_that_speak() -> None:
    order = sorted(load_policies(SOURCES).tests)
    speaking = [(mutant, NAMED.findall(mutant.gone)) for mutant in without_a_rule()]
    mutants = [(mutant, names) for mutant, names in speaking if names]
    assert sorted(name for _, names in mutants for name in names) == sorted(
        name for text in JUDGING.values() for name in NAMED.findall(text)
    )
    assert [names for mutant, names in mutants if killed_by(mutant, order) in ("", "load")] == []
