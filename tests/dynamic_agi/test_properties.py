"""Random small scenarios under random faults: every invariant holds, and the same seed gives the same episode."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamic_agi import Profile, Scenario, Setup, run_episode
from tests.dynamic_agi.builders import profile, scenario

LEVELS = ("top", "middle", "low")


@st.composite
def scripts(draw: st.DrawFn, level: int) -> list[dict[str, Any]]:
    """Return a script that asks lower levels only."""
    step = [
        st.builds(lambda ms: {"do": "work", "ms": [0, ms]}, st.integers(0, 250)),
        st.builds(lambda c: {"do": "fail", "reason": "no", "chance": c}, st.sampled_from((0.1, 0.5))),
        st.sampled_from([{"do": "effect", "name": "order"}, {"do": "effect", "name": "note"}]),
    ]
    if level < len(LEVELS) - 1:
        step.append(st.sampled_from([{"do": "ask", "work": work} for work in LEVELS[level + 1 :]]))
    steps = draw(st.lists(st.one_of(step), min_size=1, max_size=4))
    names = [one.get("name") for one in steps]
    return [one for i, one in enumerate(steps) if one["do"] != "effect" or one["name"] not in names[:i]]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    agents = [
        {"name": f"{work}-{i}", "does": [work]} for work in (*LEVELS, "approve") for i in range(draw(st.integers(1, 2)))
    ]
    return scenario(
        agents=agents,
        scripts={
            **{work: draw(scripts(level)) for level, work in enumerate(LEVELS)},
            "approve": [{"do": "decide", "approve": 0.7}],
        },
        arrivals=[{"work": "top", "count": draw(st.integers(1, 4)), "every_ms": draw(st.integers(0, 40))}],
        orchestrator={
            "guarded": ["order"],
            "approval": "approve",
            "lease_ms": draw(st.integers(120, 400)),
            "queue_limit": draw(st.integers(1, 3)),
            "max_attempts": draw(st.integers(1, 4)),
            "max_restarts": draw(st.integers(0, 4)),
            "resend_ms": draw(st.integers(20, 300)),
            "repeat_ms": draw(st.integers(20, 100)),
        },
    )


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    def chance(most: float) -> float:
        return draw(st.sampled_from((0.0, most / 3, most)))

    least = draw(st.integers(0, 10))
    return profile(
        until_ms=draw(st.integers(0, 3000)),
        network={
            "latency_ms": [least, least + draw(st.integers(0, 30))],
            "lost": chance(0.3),
            "duplicated": chance(0.2),
            "reordered": chance(0.2),
            "delayed": chance(0.1),
        },
        agents={"crash": chance(0.1), "noticed": chance(1.0), "hang": chance(0.1), "slow": chance(0.2)},
        store={"unavailable": chance(0.5)},
        orchestrator={"crash": chance(0.1), "down_ms": [0, 300]},
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), profiles(), st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1))
def test_every_invariant_holds_whatever_the_scenario_and_the_faults(
    scenario: Scenario, profile: Profile, seed: int, number: int
) -> None:
    setup = Setup(scenario, profile, seed)
    episode = run_episode(setup, number)
    assert episode.violation is None
    assert episode == run_episode(setup, number)
