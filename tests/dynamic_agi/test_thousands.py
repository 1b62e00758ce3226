"""The slow half: thousands of episodes, and hundreds of random scenarios."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamic_agi import Profile, Scenario, Setup, load_profile, load_scenario, run_episode, simulate
from tests.dynamic_agi.test_properties import profiles, scenarios


@pytest.mark.parametrize(
    ("scenario", "profile", "episodes"),
    [("trade", "chaos", 2000), ("trade", "lossy", 500), ("trade", "calm", 100), ("ping", "chaos", 2000)],
)
def test_thousands_of_episodes_break_no_invariant(scenario: str, profile: str, episodes: int) -> None:
    run = simulate(Setup(load_scenario(scenario), load_profile(profile), 2), 0, episodes, keep_going=True)
    assert run.violations == ()
    assert run.tally.episodes == episodes


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), profiles(), st.integers(0, 2**53 - 1))
def test_random_scenarios_break_no_invariant(scenario: Scenario, profile: Profile, seed: int) -> None:
    assert run_episode(Setup(scenario, profile, seed), 0).violation is None
