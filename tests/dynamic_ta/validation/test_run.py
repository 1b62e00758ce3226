"""The table, what is refused, and what is skipped."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from dynamic_base import ExitCode
from dynamic_ta.data.model import F64
from dynamic_ta.validation import CHECKS, Check, SampleError, SettingError, Settings, find_checks, sample_of, validate
from tests.dynamic_ta.validation.histories import noise

QUICK = Settings(resamples=200, blocks=6)


def trials_of(skill: float = 0.0) -> F64:
    trials = noise(500, 6, 1)
    trials[:, 2] += skill
    return trials


def whole(settings: Settings = QUICK) -> dict[str, Any]:
    trials = trials_of(0.003)
    return {"returns": trials[:, 2], "trials": trials, "trades": noise(50, 1, 2)[:, 0], "settings": settings}


def test_names_are_unique_and_every_check_names_its_source() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS) == 13
    assert all(check.source and check.question.endswith("?") for check in CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_finding_names_its_check_and_says_one_sentence(check: Check) -> None:
    (found,) = validate(**whole(), checks=[check]).findings
    assert found.name == check.name
    assert found.explanation.endswith(".")
    assert "\n" not in found.explanation
    assert math.isfinite(found.value)
    assert found.interval is None or found.interval.low <= found.interval.high
    assert all(math.isfinite(value) for _, value in found.details)


def test_the_same_seed_finds_the_same_and_another_does_not() -> None:
    first, second = validate(**whole()), validate(**whole())
    assert first == second
    other = validate(**whole(Settings(resamples=200, blocks=6, seed=2)))
    assert other.findings[0].interval != first.findings[0].interval


def test_skill_passes_and_noise_does_not() -> None:
    names = (
        "sharpe-interval",
        "probabilistic-sharpe",
        "deflated-sharpe",
        "overfitting",
        "reality-check",
        "spa",
        "step-m",
    )
    good, poor = trials_of(0.003), trials_of()
    assert validate(good[:, 2], good, settings=QUICK, checks=find_checks(names)).passed
    found = validate(poor[:, 2], poor, settings=QUICK, checks=find_checks(names)).findings
    assert [finding.passed for finding in found] == [False] * 7


def test_checks_without_their_data_are_skipped_with_the_reason() -> None:
    found = validate(noise(200, 1, 1)[:, 0], settings=QUICK)
    assert {(skipped.name, skipped.reason) for skipped in found.skipped} == {
        ("deflated-sharpe", "needs trials"),
        ("overfitting", "needs trials"),
        ("reality-check", "needs trials"),
        ("spa", "needs trials"),
        ("step-m", "needs trials"),
        ("monte-carlo", "needs trades"),
    }
    assert len(found.findings) == 7


def test_progress_tells_each_check_before_it_begins_and_the_end() -> None:
    told: list[tuple[int, int, str]] = []
    validate(**whole(), checks=find_checks(["spa", "track-record"]), progress=lambda *step: told.append(step))
    assert told == [(0, 2, "track-record"), (1, 2, "spa"), (2, 2, "")]


def test_an_unknown_check_is_told_the_known_ones() -> None:
    with pytest.raises(SettingError, match="there is no check 'luck': choose of sharpe-interval, "):
        find_checks(["luck"])


def broken(at: tuple[int, int], value: float) -> F64:
    trials = trials_of()
    trials[at] = value
    return trials


@pytest.mark.parametrize(
    ("trials", "names", "told"),
    [
        (broken((3, 1), np.nan), (), r"nan in period 4 of strategy 2, not a finite number \(1 such\): fill or drop"),
        (broken((3, 1), np.inf), "abcdef", r"inf in period 4 of b, not a finite number"),
        (broken((0, 5), -1.5), (), r"-1.5 in period 1 of strategy 6, below -1, more than everything"),
        (np.column_stack((trials_of(), np.zeros(500))), (), "the returns of strategy 7 never change .*: leave out"),
        (trials_of()[:, 2:3], (), "1 strategy was tried: give 2 or more"),
        (trials_of()[:, 3:], (), "the returns are no column of the trials: add them"),
        (trials_of()[:499], (), "the trials have 499 periods, the returns 500: give the same periods"),
        (trials_of(), "ab", "2 names for 6 strategies: give one name a column"),
        (trials_of()[:, 2], (), "the trials have 1 dimensions"),
    ],
)
def test_trials_that_say_nothing_are_refused_with_the_place(trials: F64, names: Sequence[str], told: str) -> None:
    with pytest.raises(SampleError, match=told) as caught:
        sample_of(trials_of()[:, 2], trials, names=names)
    assert caught.value.exit_code is ExitCode.UNDECIDED


@pytest.mark.parametrize(
    ("returns", "told"),
    [
        (np.full(100, 0.01), "the returns never change"),
        (noise(19, 1, 1)[:, 0], "the returns are 19 numbers: give 20 or more"),
        (noise(30, 2, 1), "the returns have 2 dimensions"),
        ([], "the returns are 0 numbers"),
    ],
)
def test_returns_that_say_nothing_are_refused(returns: Any, told: str) -> None:
    with pytest.raises(SampleError, match=told):
        sample_of(returns)


def test_negative_costs_are_refused() -> None:
    returns = noise(50, 1, 1)[:, 0]
    with pytest.raises(SampleError, match=r"a cost of -0.1: give what was paid as a positive share"):
        sample_of(returns, costs=np.full(50, -0.1))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"blocks": 7}, "7 blocks: give an even number"),
        ({"resamples": 10}, "resamples is 10: give 100 to 1e"),
        ({"block_length": 0.5}, "block_length is 0.5: give 1 or more, or 0 for automatic"),
        ({"confidence": math.nan}, "confidence is nan"),
        ({"bootstrap": "moving"}, "bootstrap is 'moving': give stationary or circular"),
        ({"interval": "normal"}, "interval is 'normal': give bca or percentile"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingError, match=told) as caught:
        Settings(**wrong)
    assert caught.value.exit_code is ExitCode.USAGE
