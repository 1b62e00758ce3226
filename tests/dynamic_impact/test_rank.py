"""The order of tests: what makes a failure likely, that the sum is as stated, and that weights can be fitted."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from dynamic_base import ExitCode, TickingClock
from dynamic_impact.cli import impact_group
from dynamic_impact.cochange import CoChange, parse_log, read_cochange
from dynamic_impact.execute import Outcome, Result
from dynamic_impact.fit import ENOUGH, fit, weights_from
from dynamic_impact.git import Git
from dynamic_impact.graph import Graph, build_graph
from dynamic_impact.history import record
from dynamic_impact.model import (
    Affected,
    Change,
    FileChange,
    Likelihood,
    Observation,
    Selection,
    Status,
    Step,
    Target,
    Uses,
)
from dynamic_impact.rank import FEATURES, PRIOR, most_likely_first, probability, rank
from tests.dynamic_impact.repositories import OneRulePants, Repository

_NOTHING = CoChange()
_START = datetime(2026, 1, 1, tzinfo=UTC)


def graph_of(*tests: str) -> Graph:
    return build_graph(Target(f"t{name}", "python_test", (f"{name}.py",), ("lib",), "", is_test=True) for name in tests)


def selection(**distances: int) -> Selection:
    """Return tests ``t<name>`` at so many edges from an edit of lib.py."""
    affected = tuple(
        Affected(f"t{name}", "python_test", True, far, tuple(Step("file:lib.py", f"t{name}", "") for _ in range(far)))
        for name, far in distances.items()
    )
    change = Change("b", "", "h", "", (FileChange("lib.py", Status.MODIFIED),), "a test")
    return Selection(change, (), (), affected, (), (), 9, 9, {})


def seen(*outcomes: str, cached: bool = False) -> tuple[Observation, ...]:
    return tuple(
        Observation(_START + timedelta(days=day), outcome, 1.0, cached=cached) for day, outcome in enumerate(outcomes)
    )


def likely(chosen: Selection, cochange: CoChange = _NOTHING, **results: Sequence[Observation]) -> dict[str, float]:
    names = [test.address[1:] for test in chosen.tests]
    told = rank(chosen, graph_of(*names), {f"t{name}": seen for name, seen in results.items()}, cochange)
    return {address[1:]: likelihood.p for address, likelihood in told.items()}


def test_a_likelihood_is_the_logistic_of_its_parts_worked_by_hand() -> None:
    cochange = CoChange({"lib.py": frozenset({0, 3}), "a.py": frozenset({3, 5})}, {"a.py": 50})
    (likelihood,) = rank(
        selection(a=2),
        graph_of("a"),
        {"ta": seen("fail", "pass")},
        cochange,
        failed_together={"ta": (1, 2)},
        evidence={"ta": 1.0},
        uses=Uses({"ta": 4}),
    ).values()
    weight = 0.5**0.1
    rate = (weight + 0.04) / (1 + weight + 2)
    together = (1 + 0.04) / (2 + 2)
    base = math.log(0.02 / 0.98)
    # Of what it stands on, a.py did not change, and 'lib' is not among the affected.
    values = [0, math.log(rate / (1 - rate)) - base, 1, 0.25, math.log(together / (1 - together)) - base]
    values += [math.exp(-1), 0, 0, 1, 0.5]
    assert [part.name for part in likelihood.parts] == list(FEATURES)
    assert [part.value for part in likelihood.parts] == pytest.approx(values)
    log_odds = -2.0 + np.dot(values, [3.0, 0.8, -1.5, 2.0, 0.7, 0.5, 0.5, 1.0, 2.0, 2.0])
    assert likelihood.p == pytest.approx(1 / (1 + math.exp(-log_odds)))


def test_what_failed_last_time_comes_before_what_is_near() -> None:
    p = likely(selection(near=1, far=8), far=seen("pass", "fail"))
    assert p["far"] > p["near"]


def test_near_comes_before_far_where_nothing_else_is_known() -> None:
    p = likely(selection(a=1, b=2, c=3, d=9))
    assert p["a"] > p["b"] > p["c"] > p["d"]


def test_recent_failures_weigh_more_than_old_ones_and_none_less_than_some() -> None:
    p = likely(
        selection(old=2, new=2, clean=2, none=2),
        old=seen("fail", *["pass"] * 9),
        new=seen(*["pass"] * 8, "fail", "pass"),
        clean=seen(*["pass"] * 10),
    )
    assert p["new"] > p["old"] > p["none"] > p["clean"]


def test_flaky_is_between_passing_and_failing() -> None:
    p = likely(
        selection(ok=2, flaky=2, bad=2),
        ok=seen("pass", "pass", "pass"),
        flaky=seen("pass", "flaky", "pass"),
        bad=seen("pass", "fail", "pass"),
    )
    assert p["bad"] > p["flaky"] > p["ok"]


def test_a_cached_result_is_no_new_one() -> None:
    fresh = seen("fail")
    told_again = (*fresh, *seen("pass", "pass", cached=True))
    assert likely(selection(a=2), a=told_again) == likely(selection(a=2), a=fresh)


def test_what_git_edited_together_is_likelier_to_fail_together() -> None:
    cochange = CoChange({"lib.py": frozenset({1, 2, 3}), "a.py": frozenset({2, 3}), "b.py": frozenset({7})})
    p = likely(selection(a=2, b=2), cochange)
    assert p["a"] > p["b"]


def test_what_is_known_to_have_executed_the_change_comes_before_what_is_not_known_and_what_did_not() -> None:
    chosen = selection(did=2, unknown=2, didnot=2)
    told = rank(chosen, graph_of("did", "unknown", "didnot"), {}, CoChange(), evidence={"tdid": 1.0, "tdidnot": 0.0})
    assert told["tdid"].p > told["tunknown"].p > told["tdidnot"].p


def test_what_names_the_change_comes_before_what_does_not_and_the_nearer_first() -> None:
    chosen = selection(near=2, far=2, none=2)
    told = rank(chosen, graph_of("near", "far", "none"), {}, CoChange(), uses=Uses({"tnear": 1, "tfar": 3}))
    assert told["tnear"].p > told["tfar"].p > told["tnone"].p


def test_a_new_test_is_young_and_one_older_than_the_log_is_not() -> None:
    p = likely(selection(new=2, mid=2, old=2), CoChange({}, {"new.py": 0, "mid.py": 60}))
    assert p["new"] > p["mid"] > p["old"]


def test_ties_fall_by_distance_and_address_whatever_order_they_came_in() -> None:
    items = [Affected(name, "t", True, far, ()) for name, far in (("b", 1), ("a", 2), ("a", 1), ("z", 1))]
    items.append(Affected("library", "t", False, 1, ()))
    level = {name: Likelihood(0.5, ()) for name in "abz"} | {"z": Likelihood(0.6, ())}
    expected = [("z", 1), ("a", 1), ("b", 1), ("a", 2), ("library", 1)]
    for order in (items, items[::-1]):
        assert [(item.address, item.distance) for item in most_likely_first(order, level)] == expected


def test_no_tests_have_no_likelihoods() -> None:
    assert rank(selection(), build_graph(()), {}, CoChange()) == {}


def test_git_says_which_commits_edited_what_and_mass_edits_say_nothing(repository: Repository) -> None:
    repository.commit({"sub/a.t": "", "sub/tést b.t": "", "other.t": ""})
    repository.commit({f"sub/m{number}.t": "" for number in range(201)})
    repository.commit({"sub/a.t": "x", "sub/m0.t": "x"})
    found = read_cochange(Git(repository.root), "sub", repository.git("rev-parse", "HEAD"))
    assert found.commits_of == {"a.t": {0, 2}, "m0.t": {0}, "tést b.t": {2}}
    assert (found.born["tést b.t"], found.born["m200.t"]) == (2, 1)
    assert found.touching(["a.t", "m0.t", "none"]) == {0, 2}


def test_an_unborn_branch_edited_nothing(repository: Repository) -> None:
    assert read_cochange(Git(repository.root), ".", "") == CoChange()
    assert parse_log(b"") == CoChange()


def test_what_git_cannot_tell_changes_no_answer(repository: Repository) -> None:
    repository.commit({"a.t": ""})
    assert read_cochange(Git(repository.root), ".", "0" * 40) == CoChange()


def _sample(rows: int, seed: int = 3) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    true = np.sign(PRIOR.vector()) * rng.uniform(0.5, 1.5, len(FEATURES))
    values = rng.normal(0, 1, (rows, len(FEATURES)))
    failed = rng.random(rows) < probability(values @ true - 2.0)
    return values, failed, true


def test_the_fit_is_the_optimum() -> None:
    values, failed, _ = _sample(400)
    middle = np.r_[PRIOR.intercept, PRIOR.vector()]
    spread = np.r_[3.0, np.ones(len(FEATURES))]

    def loss(weights: np.ndarray[Any, Any]) -> float:
        odds = weights[0] + values @ weights[1:]
        return float(np.sum(np.logaddexp(0, odds) - failed * odds) + np.sum(((weights - middle) / spread) ** 2) / 2)

    found = fit(values, failed)
    weights = np.r_[found.intercept, found.vector()]
    # The loss is strictly convex: where it rises in every direction, by differences alone, it is least.
    for direction in (*np.eye(len(weights)), *np.random.default_rng(5).normal(size=(20, len(weights)))):
        assert min(loss(weights + 1e-2 * direction), loss(weights - 1e-2 * direction)) > loss(weights)
        slope = (loss(weights + 1e-5 * direction) - loss(weights - 1e-5 * direction)) / 2e-5
        assert slope == pytest.approx(0.0, abs=1e-3)


def test_many_results_outweigh_the_prior_and_are_calibrated() -> None:
    values, failed, true = _sample(20_000)
    found = fit(values, failed)
    assert found.vector() == pytest.approx(true, abs=0.15)
    fresh, outcome, _ = _sample(20_000)
    expected = probability(fresh @ found.vector() + found.intercept).sum()
    assert expected == pytest.approx(outcome.sum(), rel=0.03)


def test_results_that_one_feature_separates_do_not_run_away() -> None:
    values = np.zeros((200, len(FEATURES)))
    values[:100, 0] = 1.0
    found = fit(values, values[:, 0] > 0)
    assert np.isfinite(found.vector()).all()
    assert 3.0 < found.by_feature["failed_last"] < 10.0


def test_no_result_turns_a_weight_round_and_the_others_are_fitted_without_it() -> None:
    values, _, true = _sample(2_000)
    true[FEATURES.index("failure_rate")] = -1.0  # as if what failed often were safe
    failed = np.random.default_rng(4).random(2_000) < probability(values @ true - 2.0)
    found = fit(values, failed)
    assert found.by_feature["failure_rate"] == 0.0
    assert all(found.vector() * PRIOR.vector() >= 0)
    without = values.copy()
    without[:, FEATURES.index("failure_rate")] = 0.0
    others = fit(without, failed)
    for name in set(FEATURES) - {"failure_rate"}:
        assert found.by_feature[name] == pytest.approx(others.by_feature[name], abs=1e-6), name


def test_too_few_failures_leave_the_weights_as_set_by_hand_and_say_so() -> None:
    values = np.zeros((500, len(FEATURES)))
    failed = np.arange(500) < ENOUGH - 1
    weights, basis = weights_from(values, failed)
    assert weights is PRIOR
    assert basis == f"weights set by hand ({ENOUGH - 1} ranked failures on record, {ENOUGH} are needed to fit them)"
    weights, basis = weights_from(values, np.arange(500) < ENOUGH)
    assert weights is not PRIOR
    assert basis == f"weights fitted to 500 results on record, {ENOUGH} of them failures"


def result(address: str, outcome: Outcome) -> Result:
    return Result("test", address, outcome, 1.0, "ran")


def ask(repository: Repository, *words: str) -> int:
    return int(impact_group.main([*words, "--repo", str(repository.root)], standalone_mode=False))


@pytest.fixture
def saved(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> str:
    repository.commit({"lib.t": "", "test_a.t": "lib.t\n", "test_b.t": "lib.t\n", "test_c.t": "lib.t\ntest_a.t\n"})
    path = tmp_path_factory.mktemp("graphs") / "head.json"
    path.write_text(json.dumps(OneRulePants().peek(repository.root, daemon=True)), encoding="utf-8")
    repository.write_all({"lib.t": "\n"})
    return str(path)


def selected(capsys: pytest.CaptureFixture[str], repository: Repository, *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert ask(repository, "select", *words, "--json") == ExitCode.YES
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_every_mode_lists_likely_failures_first_and_says_why(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: str
) -> None:
    before = selected(capsys, repository, "--graph", saved)
    # test_c imports test_a too, so more of what it stands on has changed.
    assert [one["address"] for one in before["selected"]] == ["test_c.t", "test_a.t", "test_b.t", "lib.t"]
    assert before["ranking"]["basis"].startswith("no run is on record: ordered by distance")
    blank = replace(selection(), seconds={})
    failing = (result("test_b.t", Outcome.FAILED), result("test_a.t", Outcome.PASSED))
    record(repository.root, TickingClock(), blank, failing, 1.0)
    for mode in ("safe", "predictive"):
        after = selected(capsys, repository, "--graph", saved, "--mode", mode)
        assert after["selected"][0]["address"] == "test_b.t"
        likelihood = after["selected"][0]["likelihood"]
        assert likelihood["adds"]["failed_last"] == 3.0
        assert 0 < likelihood["p"] < 1
    assert ask(repository, "explain", "test_b.t", "--graph", saved) == ExitCode.YES
    assert "chance to fail: failed_last 1 adds +3.00" in capsys.readouterr().out
