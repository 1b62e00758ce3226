"""Files that cannot be run are refused by the path of the key, with what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynamic_agi import Profile, Scenario, ScenarioError, Settings, UnknownNameError, load_profile, load_scenario
from dynamic_agi.documents import names, parse
from dynamic_base import ExitCode

GOOD = """
schema = "dynamic.agents.scenario/1"
name = "tiny"
description = "two agents"
[orchestrator]
lease_ms = 150
[[agents]]
name = "ada"
does = ["trade"]
[[agents]]
name = "bob"
does = ["research"]
[scripts]
trade = [{ do = "ask", work = "research" }, { do = "reply", value = "ok" }]
research = [{ do = "work", ms = [1, 2] }]
[[arrivals]]
work = "trade"
count = 1
"""


@pytest.mark.parametrize("name", names("scenarios"))
def test_each_packaged_scenario_is_whole_and_called_as_its_file(name: str) -> None:
    assert load_scenario(name).name == name


@pytest.mark.parametrize("name", names("profiles"))
def test_each_packaged_profile_is_whole_and_called_as_its_file(name: str) -> None:
    assert load_profile(name).name == name


def test_what_a_file_leaves_out_is_the_orchestrators_default() -> None:
    assert parse(GOOD.encode(), "tiny.toml", Scenario).settings() == Settings(lease_ms=150)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lease_ms = 150", "lease_ms = 0", "lease_ms: Input should be greater than or equal to 1: it is 0 now"),
        ("lease_ms = 150", "lease = 150", "toml: orchestrator.lease: no such key: remove it"),
        ("lease_ms = 150", "lease_ms = 100", "orchestrator: heartbeat_ms 60 leaves no room for one lost beat"),
        ("lease_ms = 150", 'guarded = ["order"]', "orchestrator.approval: '' decides nothing, and 'order' is guarded"),
        ("lease_ms = 150", "retry = { base_ms = 9, cap_ms = 8 }", "orchestrator.retry: cap_ms 8 is below base_ms 9"),
        ('name = "bob"\n', "", "tiny.toml: agents[1].name: the key is missing: add it"),
        ('name = "bob"', 'name = "ada"', "agents: the name 'ada' is taken"),
        ('name = "bob"', 'name = "Bob"', "agents[1].name: String should match pattern"),
        ('does = ["research"]', 'does = ["risk"]', "scripts.trade[0]: no agent does 'research'"),
        ('does = ["research"]', 'does = ["research", "risk"]', "'risk' has no script; add scripts.risk"),
        ('does = ["trade"]', 'does = ["trade", "research"]', "agents: ada -> ada wait for each other"),
        ("ms = [1, 2]", "ms = [2, 1]", "scripts.research[0].work.ms: the first of [2, 1] is the larger one"),
        ('do = "work"', 'do = "rest"', "scripts.research[0]: Input tag 'rest'"),
        ("count = 1", 'count = 1\n[[arrivals]]\nwork = "trade"\ncount = 2', "arrivals[1]: 'trade' has arrivals"),
        ("scenario/1", "scenario/2", "tiny.toml: schema: Input should be 'dynamic.agents.scenario/1'"),
        ("count = 1", "count = ", "tiny.toml is not TOML"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_file_and_key_with_a_next_step(old: str, new: str, said: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(ScenarioError) as caught:
        parse(GOOD.replace(old, new).encode(), "tiny.toml", Scenario)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_circle_of_waiting_is_shown_in_its_order() -> None:
    circle = GOOD.replace('does = ["trade"]', 'does = ["trade", "data"]').replace(
        "research = [", 'data = [{ do = "work", ms = [1, 1] }]\nresearch = [{ do = "ask", work = "data" }, '
    )
    with pytest.raises(ScenarioError, match=r"(ada -> bob -> ada|bob -> ada -> bob) wait for each other"):
        parse(circle.encode(), "tiny.toml", Scenario)


def test_a_chance_beyond_one_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"p\.toml: network\.lost: Input should be less than or equal to 1"):
        parse(
            b'schema = "dynamic.agents.profile/1"\nname = "p"\ndescription = ""\nnetwork.lost = 1.5', "p.toml", Profile
        )


@pytest.mark.parametrize("load", [load_scenario, load_profile])
def test_a_name_that_nobody_has_lists_the_names(load: Callable[[str], Any], tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"choose from .*, or name a \.toml file") as caught:
        load("nope")
    assert caught.value.exit_code == ExitCode.USAGE
    with pytest.raises(UnknownNameError, match="name an existing file"):
        load(str(tmp_path / "nope.toml"))
