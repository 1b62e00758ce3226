"""Plans: nothing lost or doubled, needs kept, P50 and P95 as drawn, and the runners that a budget takes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_impact.planning.advice import advice_on, advice_on_budget
from dynamic_impact.planning.budget import Chooser
from dynamic_impact.planning.dag import Dag
from dynamic_impact.planning.model import Budget, Choice, Node, Plan, Runners
from dynamic_impact.planning.planner import Planner
from dynamic_impact.planning.risk import runner_times
from dynamic_impact.planning.spans import parse_span
from tests.dynamic_impact.planning.nodes import independent, node


@st.composite
def tasks(draw: st.DrawFn) -> tuple[Node, ...]:
    setups = [node(f"setup:{each}", draw(st.floats(0, 20)), ["setup:0"] if each else []) for each in range(3)]
    made = list(setups)
    for number in range(draw(st.integers(0, 14))):
        needs = draw(st.lists(st.sampled_from([each.id for each in made]), max_size=2, unique=True))
        made.append(node(f"t{number}", draw(st.floats(0, 60)), needs, failure=draw(st.sampled_from([0.0, 0.2, 0.9]))))
    return tuple(made)


@given(tasks(), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_every_task_is_in_one_shard_with_all_that_it_needs(nodes: tuple[Node, ...], shards: int, workers: int) -> None:
    plan = Planner(nodes, Runners(workers=workers)).plan(shards)
    assert [each for each in nodes if not each.is_setup] == [each for each in plan.nodes if not each.is_setup]
    nodes = plan.nodes  # without setups that nothing needs
    placed = [task for shard in plan.shards for task in shard.tasks]
    assert sorted(placed) == [number for number, each in enumerate(nodes) if not each.is_setup]
    number = {each.id: place for place, each in enumerate(nodes)}
    for shard in plan.shards:
        here = (*shard.setups, *shard.tasks)
        assert len(here) == len(set(here))
        assert all(number[need] in here for task in here for need in nodes[task].needs)
        for tasks_ in (shard.setups, shard.tasks):
            assert list(tasks_) == sorted(tasks_, key=lambda task: plan.priority[task])
    assert sorted(plan.priority) == list(range(len(nodes)))
    assert plan.expected_s >= plan.bound_s - 1e-6 or not plan.shards
    for place, each in enumerate(nodes):
        assert all(plan.priority[number[need]] < plan.priority[place] for need in each.needs)


def test_one_shard_on_two_workers_by_hand() -> None:
    # The setup takes 2; then 5 beside 3 and 1: done at 7, which is also the critical path.
    nodes = (node("setup:e", 2.0), node("a", 5.0, ["setup:e"]), node("b", 3.0, ["setup:e"]), node("c", 1.0))
    plan = Planner(nodes, Runners(workers=2)).plan(1)
    assert (plan.expected_s, plan.bound_s, plan.ratio) == (7.0, 7.0, 1.0)
    assert [nodes[task].id for task in plan.critical_path] == ["setup:e", "a"]


def test_an_empty_plan_has_no_shard_and_takes_no_time() -> None:
    plan = Planner((), Runners(startup_s=30)).plan(4)
    assert (plan.shards, plan.expected_s, plan.p95_s, plan.cost, plan.ratio) == ((), 0.0, 0.0, 0.0, 1.0)


def test_more_shards_than_tests_leave_none_empty_and_say_so() -> None:
    plan = Planner(independent([1.0, 2.0]), Runners()).plan(5)
    assert len(plan.shards) == 2
    assert "2 of 5 shards are used" in next(advice_on(plan, 5))


def test_a_likely_failure_starts_its_shard() -> None:
    nodes = (*independent([50.0, 40.0, 30.0]), node("fails", 1.0, failure=0.9))
    plan = Planner(nodes, Runners()).plan(1)
    assert nodes[plan.shards[0].tasks[0]].id == "fails"


def test_one_test_alone_has_the_quantiles_that_it_was_given() -> None:
    plan = Planner((node("a", 10.0, p95_s=30.0),), Runners(startup_s=5.0)).plan(1)
    assert plan.p50_s == pytest.approx(15.0, rel=0.05)
    assert plan.p95_s == pytest.approx(35.0, rel=0.05)


def test_the_longest_of_many_has_the_quantile_that_independence_gives() -> None:
    # Sixteen runners of one test each: the maximum's median is each one's quantile at 0.5 ** (1/16), in closed form.
    nodes = tuple(node(f"t{each}", 10.0, p95_s=20.0) for each in range(16))
    plan = Planner(nodes, Runners()).plan(16)
    sigma = np.log(2) / 1.6448536
    # The standard normal's quantile at 0.9576033 is 1.7236.
    assert plan.p50_s == pytest.approx(10 * np.exp(1.7236 * sigma), rel=0.05)


def test_the_sum_of_many_has_the_mean_and_spread_of_the_log_normal() -> None:
    count, sigma = 200, np.log(2) / 1.6448536
    nodes = Dag([str(each) for each in range(count)], np.full(count, 10.0), [()] * count)
    times = runner_times(
        nodes, range(count), 1, np.full(count, 10.0), np.full(count, 20.0), 4_000, np.random.default_rng(5), shared=0.0
    )
    mean = 10 * np.exp(sigma**2 / 2)
    deviation = mean * np.sqrt(np.exp(sigma**2) - 1)
    assert times.mean() == pytest.approx(count * mean, rel=0.005)
    assert times.std() == pytest.approx(np.sqrt(count) * deviation, rel=0.06)


def test_thousands_of_short_tests_taken_together_keep_the_quantiles_of_each_drawn() -> None:
    count, shared = 2_000, 0.25
    rng = np.random.default_rng(8)
    p50 = rng.lognormal(0, 1, count)
    p95 = p50 * 2
    plain = Dag([str(each) for each in range(count)], p50, [()] * count)
    ours = runner_times(plain, range(count), 1, p50, p95, 2_000, np.random.default_rng(1), shared)
    sigma = np.log(2) / 1.6448536
    noise = np.sqrt(1 - shared) * rng.standard_normal((1_000, count)) + np.sqrt(shared) * rng.standard_normal(
        (1_000, 1)
    )
    each = (p50 * np.exp(sigma * noise)).sum(axis=1)
    for share in (0.5, 0.95):
        assert np.quantile(ours, share) == pytest.approx(np.quantile(each, share), rel=0.05)


def choose(nodes: tuple[Node, ...], budget: Budget, runners: Runners) -> Choice:
    return Chooser(Planner(nodes, runners), budget).choose()


def test_a_budget_takes_the_fewest_runners_that_hold_it() -> None:
    # 24 tests of 10 s: 240 s of work, 20 s of startup. Four runners: 80 s; three: 100 s.
    choice = choose(independent([10.0] * 24), Budget(90, 180), Runners(startup_s=20, cost_per_minute=0.6))
    assert len(choice.plan.shards) == 4
    assert choice.plan.p50_s == pytest.approx(80)
    # (240 + 4 * 20) / 60 minutes
    assert choice.plan.cost == pytest.approx(0.6 * 320 / 60)
    assert {tried.runners: tried.holds for tried in choice.tries}[3] is False


def test_whole_minutes_are_billed_whole() -> None:
    choice = choose(
        independent([10.0] * 24), Budget(90, 180), Runners(startup_s=20, cost_per_minute=1, whole_minutes=True)
    )
    # Four runners of 80 s are billed two minutes each; six of 60 s one minute each.
    assert len(choice.plan.shards) == 6
    assert choice.plan.cost == pytest.approx(6.0)


def test_the_p95_alone_can_ask_for_more_runners() -> None:
    nodes = tuple(node(f"t{each}", 10.0, p95_s=60.0) for each in range(24))
    loose, tight = (choose(nodes, Budget(150, p95), Runners()) for p95 in (10_000, 300))
    assert len(tight.plan.shards) > len(loose.plan.shards)
    assert tight.plan.p95_s <= 300


def test_a_test_that_alone_is_over_the_budget_is_named_with_advice() -> None:
    nodes = (node("setup:e", 30.0), node("huge", 100.0, ["setup:e"], p95_s=120.0), *independent([10.0] * 5))
    budget = Budget(120, 240)
    choice = choose(nodes, budget, Runners())
    assert not choice.holds
    told = list(advice_on_budget(choice, budget))
    assert len(told) == 1
    assert told[0].startswith("huge alone takes 100 s")
    assert "split it" in told[0]


def test_a_startup_longer_than_the_budget_is_named() -> None:
    budget = Budget(20, 40)
    choice = choose(independent([1.0] * 3), budget, Runners(startup_s=20, most=2))
    assert not choice.holds
    assert len(choice.alone) == 3


def test_too_few_runners_allowed_is_named() -> None:
    budget = Budget(20, 40)
    choice = choose(independent([10.0] * 30), budget, Runners(most=3))
    assert not choice.holds
    assert "--max-runners" in " ".join(advice_on_budget(choice, budget))


def test_the_test_that_sets_the_bound_is_named() -> None:
    plan: Plan = Planner(independent([100.0, *[1.0] * 20]), Runners()).plan(4)
    assert any("t0 and its setup take 100.0 s" in told for told in advice_on(plan, 4))


def test_a_setup_that_sets_the_bound_is_for_a_cache_and_not_for_splitting() -> None:
    nodes = (node("setup:e", 60.0), *(node(f"t{each}", 5.0, ["setup:e"]) for each in range(4)))
    (told,) = advice_on(Planner(nodes, Runners()).plan(4), 4)
    assert "cache" in told
    assert "split" not in told


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("30s", 30),
        ("10m", 600),
        ("1h30m", 5400),
        ("1.5m", 90),
        ("", None),
        ("m", None),
        ("-3", None),
        ("ten", None),
    ],
)
def test_spans_of_time(text: str, seconds: float | None) -> None:
    assert parse_span(text) == seconds
