"""Without any rule, helper or condition of the policy on gates, one of its unit tests fails."""

from dynamic_ags.policies import load_policies
from tests.dynamic_ags.gate_mutants import SOURCES, killed_by, without_a_line, without_a_rule

# `allow` says again what the denials say, so that neither alone lets anything through: no test can tell these apart.
TWICE = {"sound", "count(deny) == 0", "count(undecided) == 0", "count(approvers) >= approvals_needed"}


def test_a_unit_test_fails_without_any_one_rule() -> None:
    order = sorted(load_policies(SOURCES).tests)
    mutants = list(without_a_rule())
    assert len(mutants) > 80
    assert [(each.file, each.line, each.gone) for each in mutants if not killed_by(each, order)] == []


def test_a_unit_test_fails_without_any_one_condition() -> None:
    order = sorted(load_policies(SOURCES).tests)
    mutants = list(without_a_line())
    alive = [each for each in mutants if not killed_by(each, order)]
    assert len(mutants) > 100
    assert {each.gone for each in alive} == TWICE
    assert {each.file for each in alive} == {"gates.rego"}
    assert len(alive) == len(TWICE)
