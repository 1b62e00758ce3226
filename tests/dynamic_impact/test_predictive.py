"""The mode that leaves out tests: how far it goes down the order, and what it never leaves out."""

import json

import click
import pytest

from dynamic_base import ExitCode
from dynamic_impact.cli import impact_group
from dynamic_impact.model import (
    Affected,
    Change,
    Fallback,
    Likelihood,
    Limits,
    Mode,
    Part,
    Ranking,
    Selection,
    Step,
)
from dynamic_impact.predictive import take
from tests.dynamic_impact.repositories import OneRulePants, Repository

P = {"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.04, "e": 0.01}


def selection(limits: Limits, *, edited: str = "", failed: str = "", fallbacks: tuple[Fallback, ...] = ()) -> Selection:
    """Return tests a to e in order, at distance 2 but the one ``edited``; each takes 10 s."""
    affected = [
        Affected(
            name,
            "python_test",
            True,
            1 if name == edited else 2,
            tuple(Step("file:x", name, "") for _ in range(1 if name == edited else 2)),
        )
        for name in P
    ]
    parts = {name: (Part("failed_last", float(name == failed), 3.0),) for name in P}
    ranking = Ranking(
        {name: Likelihood(p, parts[name]) for name, p in P.items()}, "", limits, 1.0, dict.fromkeys(P, 10.0)
    )
    change = Change("b", "", "h", "", (), "a test")
    library = Affected("lib", "python_source", False, 1, (Step("file:x", "lib", ""),))
    return Selection(change, (), (), (*affected, library), fallbacks, (), 9, 9, {}, ranking=ranking)


def taken(chosen: Selection) -> str:
    return "".join(test.address for test in chosen.tests)


@pytest.mark.parametrize(
    ("recall", "tests"), [(0.5, "a"), (0.51, "ab"), (0.8, "ab"), (0.9, "abc"), (0.99, "abcd"), (1.0, "abcde")]
)
def test_the_order_is_taken_until_the_recall_is_reached(recall: float, tests: str) -> None:
    chosen = take(selection(Limits(recall=recall)))
    assert taken(chosen) == tests
    assert chosen.ranking.recall == pytest.approx(sum(P[test] for test in tests))
    assert chosen.ranking.recall >= recall - 1e-12
    assert chosen.mode is Mode.PREDICTIVE


def test_without_a_limit_99_in_a_hundred_failures_are_taken() -> None:
    assert taken(take(selection(Limits()))) == "abcd"
    assert take(selection(Limits())).ranking.limits == Limits(recall=0.99)


def test_what_is_left_out_says_its_rank_its_chance_and_the_limit() -> None:
    spared = take(selection(Limits(recall=0.8))).spared
    assert [one.address for one in spared] == ["c", "d", "e"]
    assert spared[0].why == "rank 3 of 5, estimated 15.00% chance to fail; the recall of 80.00% is reached without it"
    spared = take(selection(Limits(time_budget_s=25.0))).spared
    assert spared[0].why == (
        "rank 3 of 5, estimated 15.00% chance to fail; its 10.0 s do not fit into what is left of the 25 s"
    )


def test_a_time_budget_holds_and_a_test_that_does_not_fit_makes_room_for_a_shorter_one() -> None:
    assert taken(take(selection(Limits(time_budget_s=30.0)))) == "abc"
    long = selection(Limits(time_budget_s=30.0))
    long.ranking.seconds["b"] = 25.0  # type: ignore[index]  # a dict, as built above
    chosen = take(long)
    assert taken(chosen) == "acd"
    assert sum(chosen.ranking.seconds[test.address] for test in chosen.tests) <= 30.0


def test_a_budget_that_no_test_fits_takes_the_most_likely_one() -> None:
    assert taken(take(selection(Limits(time_budget_s=0.5)))) == "a"


def test_of_two_limits_the_nearer_one_counts() -> None:
    assert taken(take(selection(Limits(time_budget_s=20.0, recall=0.99)))) == "ab"
    assert taken(take(selection(Limits(time_budget_s=40.0, recall=0.5)))) == "a"


def test_what_failed_last_time_and_what_was_itself_edited_is_never_left_out() -> None:
    assert taken(take(selection(Limits(time_budget_s=20.0), failed="e"))) == "ae"
    assert taken(take(selection(Limits(time_budget_s=20.0), edited="d"))) == "ad"
    assert taken(take(selection(Limits(time_budget_s=0.0), edited="d", failed="e"))) == "ade"


def test_what_failed_last_time_does_not_crowd_out_the_most_likely_failure() -> None:
    assert taken(take(selection(Limits(time_budget_s=10.0), failed="e"))) == "ae"
    assert taken(take(selection(Limits(time_budget_s=10.0), failed="a"))) == "a"


def test_where_a_change_was_not_understood_nothing_is_left_out() -> None:
    wide = selection(Limits(time_budget_s=10.0), fallbacks=(Fallback("pants.toml", "configures Pants"),))
    assert (taken(take(wide)), take(wide).spared) == ("abcde", ())
    users = selection(Limits(time_budget_s=10.0), fallbacks=(Fallback("lock", "is new", everything=False),))
    assert taken(take(users)) == "a"


def test_what_is_no_test_stays() -> None:
    assert "lib" in [item.address for item in take(selection(Limits(time_budget_s=0.0))).affected]


def ask(repository: Repository, *words: str) -> int:
    return int(impact_group.main([*words, "--repo", str(repository.root)], standalone_mode=False))


@pytest.fixture
def saved(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> str:
    chain = {f"l{number}.t": f"l{number - 1}.t\n" for number in range(1, 9)}
    tests = {f"test_{number}.t": f"l{number}.t\n" for number in range(9)}
    repository.commit({"l0.t": "", **chain, **tests})
    path = tmp_path_factory.mktemp("graphs") / "head.json"
    path.write_text(json.dumps(OneRulePants().peek(repository.root, daemon=True)), encoding="utf-8")
    repository.write_all({"l0.t": "\n"})
    return str(path)


def test_a_budget_is_asked_for_in_minutes_and_told_of(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: str
) -> None:
    words = ("select", "--graph", saved, "--mode", "predictive", "--time-budget", "0m10s", "--json")
    assert ask(repository, *words) == ExitCode.YES
    out, err = capsys.readouterr()
    document = json.loads(out)
    # Nothing is on record, so each test counts 2 s.
    assert [one["address"] for one in document["selected"] if one["test"]] == [f"test_{n}.t" for n in range(5)]
    assert [one["address"] for one in document["spared"]] == [f"test_{n}.t" for n in range(5, 9)]
    assert document["ranking"]["time_budget_s"] == 10.0
    assert 0 < document["ranking"]["recall_estimated"] < 1
    assert "predictive: 5 of 9 tests, 10.0 of 18.0 s of test time" in err
    assert "no run is on record" in err


def test_why_not_says_that_the_mode_left_it_out(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: str
) -> None:
    words = ("why-not", "test_8.t", "--graph", saved, "--mode", "predictive", "--recall", "0.5")
    assert ask(repository, *words) == ExitCode.YES
    assert "test_8.t is left out in mode predictive: rank 9 of 9" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["--time-budget", "5m"],
        ["--mode", "safe", "--recall", "0.9"],
        ["--mode", "predictive", "--time-budget", "soon"],
        ["--mode", "predictive", "--time-budget", ""],
        ["--mode", "predictive", "--recall", "0"],
        ["--mode", "predictive", "--recall", "1.1"],
    ],
)
def test_limits_that_make_no_sense_are_wrong_usage(repository: Repository, saved: str, words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        ask(repository, "select", "--graph", saved, *words)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("90s", 90.0), ("5m", 300.0), ("1h", 3600.0), ("1h30m", 5400.0), ("1.5s", 1.5)]
)
def test_durations_are_written_as_people_do(repository: Repository, saved: str, text: str, seconds: float) -> None:
    from dynamic_impact.asking import DURATION

    assert DURATION.convert(text, None, None) == seconds
