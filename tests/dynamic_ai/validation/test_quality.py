"""The rule, and how often it is wrong."""

from itertools import starmap
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pytest

from dynamic_ai.validation import Thresholds, Verdict, block_means, interval
from dynamic_ai.validation.quality import judge_margin, quality_checks
from dynamic_ai.validation.scores import SCORES, usable

F64 = npt.NDArray[np.float64]

CONFIDENCE = Thresholds().confidence


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.01, 0.05, Verdict.YES),
        (-0.02, 0.05, Verdict.YES),
        (-0.021, 0.05, Verdict.UNDECIDED),
        (-0.05, -0.02, Verdict.UNDECIDED),
        (-0.05, -0.021, Verdict.NO),
    ],
)
def test_the_interval_is_held_to_the_margin(low: float, high: float, verdict: Verdict) -> None:
    assert judge_margin(low, high, 0.02) is verdict


def test_the_scores_are_those_of_a_hand_calculation() -> None:
    """By hand: 0.75 for a 1 and 0.5 for a 0; at 0.5 the decision is 1. ln 0.75 = -0.28768, ln 0.5 = -0.69315."""
    probability, label = np.array([0.75, 0.5]), np.array([1.0, 0.0])
    found = {score.name: score.of_rows(probability, label).tolist() for score in SCORES}
    assert found["accuracy"] == [1.0, 0.0]
    assert found["brier"] == [-0.0625, -0.25]
    assert found["log_loss"] == pytest.approx([-0.2876820724517809, -0.6931471805599453])


def test_an_answer_that_is_no_probability_is_the_most_wrong_or_the_nearest_one() -> None:
    output = np.array([np.nan, np.nan, 7.0, -np.inf], np.float32)
    assert usable(output, np.array([1.0, 0.0, 1.0, 1.0])).tolist() == [0.0, 1.0, 1.0, 0.0]


def losses(rows: int, loss: float, seed: int, disagree: float = 0.2, memory: float = 0.5) -> F64:
    """Return the row-wise gain of a candidate that truly loses ``loss`` accuracy, each day like the one before it."""
    shocks = np.random.default_rng(seed).normal(size=rows + 50)
    state = np.zeros(rows + 50)
    for t in range(1, rows + 50):
        state[t] = memory * state[t - 1] + np.sqrt(1 - memory**2) * shocks[t]
    worse, better = (NormalDist().inv_cdf(share) for share in ((disagree + loss) / 2, 1 - (disagree - loss) / 2))
    return np.where(state[50:] < worse, -1.0, np.where(state[50:] > better, 1.0, 0.0))


def verdicts(loss: float, margin: float, runs: int = 400) -> list[Verdict]:
    samples = (losses(740, loss, seed) for seed in range(runs))
    return list(starmap(judge_margin, ((*interval(block_means(d, 10, 499, 0), CONFIDENCE), margin) for d in samples)))


def test_at_the_margin_itself_both_errors_keep_to_the_stated_rate() -> None:
    """Each side is wrong 2.5 % of the time at most: 10 of 400. More than 22 has a chance below 0.001."""
    found = verdicts(loss=0.05, margin=0.05)
    assert found.count(Verdict.NO) <= 22
    assert found.count(Verdict.YES) <= 22


def test_no_loss_is_never_called_one_and_a_large_loss_always_is() -> None:
    assert Verdict.NO not in verdicts(loss=0.0, margin=0.05)
    assert set(verdicts(loss=0.18, margin=0.05)) == {Verdict.NO}


def test_too_few_rows_decide_nothing() -> None:
    output, label = np.full(60, 0.7, np.float32), np.ones(60)
    checks = list(quality_checks(output, output, label, Thresholds(resamples=199)))
    assert [check.verdict for check in checks if check.name != "log_loss"] == [Verdict.UNDECIDED] * 2
    assert "60 test rows are too few; 100 are needed" in checks[0].statement
