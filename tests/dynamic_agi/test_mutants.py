"""Planted bugs: each is found under the default scenario and profile, by the invariant that was predicted."""

import pytest

from dynamic_agi import INVARIANTS, Setup, load_profile, load_scenario, simulate
from tests.dynamic_agi.mutants import PLANTED, Planted

EPISODES = 25


@pytest.fixture(scope="module")
def setup() -> Setup:
    return Setup(load_scenario("trade"), load_profile("chaos"), 1)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.make.__name__)
def test_a_planted_bug_is_found_by_the_invariant_that_was_predicted(setup: Setup, planted: Planted) -> None:
    run = simulate(setup, 0, EPISODES, make=planted.make)
    assert [episode.violation.invariant for episode in run.violations if episode.violation] == [planted.invariant]


def test_the_correct_orchestrator_passes_the_same_episodes_and_a_hundred_more(setup: Setup) -> None:
    run = simulate(setup, 0, EPISODES + 100)
    assert run.violations == ()
    assert run.tally.episodes == EPISODES + 100
    # Every kind of fault and of end was met, or the episodes would show little.
    assert all(run.tally.document()["faults"].values())  # type: ignore[attr-defined]
    assert all(run.tally.document()["outcomes"].values())  # type: ignore[attr-defined]


def test_the_plants_break_every_invariant_but_the_one_that_the_network_answers_for() -> None:
    assert {invariant.name for invariant in INVARIANTS} - {planted.invariant for planted in PLANTED} == {"causality"}
