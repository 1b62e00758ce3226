"""CSCV against an obvious twin, and where its answer is known."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.data.model import F64
from dynamic_ta.validation import SampleError, SettingError
from dynamic_ta.validation import overfitting as module
from dynamic_ta.validation.overfitting import overfitting
from tests.dynamic_ta.validation.histories import noise


def slowly(trials: F64, blocks: int) -> tuple[list[float], list[float], list[float]]:
    """Return logits, and Sharpe ratios in and out of sample, split by split as the paper tells it."""
    size = len(trials) // blocks
    parts = np.split(trials[len(trials) - size * blocks :], blocks)
    logits, inside, outside = [], [], []
    for chosen in combinations(range(blocks), blocks // 2):
        train = np.concatenate([parts[block] for block in chosen])
        test = np.concatenate([parts[block] for block in range(blocks) if block not in chosen])
        earlier, later = (half.mean(axis=0) / half.std(axis=0, ddof=1) for half in (train, test))
        best = int(np.argmax(earlier))
        share = (1 + sum(ratio < later[best] for ratio in later)) / (trials.shape[1] + 1)
        logits.append(math.log(share / (1 - share)))
        inside.append(float(earlier[best]))
        outside.append(float(later[best]))
    return logits, inside, outside


@pytest.mark.parametrize(("periods", "blocks", "strategies"), [(120, 6, 5), (100, 8, 3), (41, 4, 30), (9, 4, 2)])
def test_every_split_is_that_of_the_twin_in_its_order(periods: int, blocks: int, strategies: int) -> None:
    trials = noise(periods, strategies, periods) + 0.002
    found = overfitting(trials, blocks)
    logits, inside, outside = slowly(trials, blocks)
    assert found.logits.tolist() == pytest.approx(logits, rel=1e-12)
    assert found.in_sample.tolist() == pytest.approx(inside, rel=1e-9)
    assert found.out_of_sample.tolist() == pytest.approx(outside, rel=1e-9)
    assert [found.slope, found.intercept] == pytest.approx(np.polyfit(inside, outside, 1).tolist(), rel=1e-7)
    assert found.probability == sum(logit <= 0 for logit in logits) / len(logits)
    assert found.loss_probability == sum(ratio < 0 for ratio in outside) / len(outside)


def test_the_size_of_a_chunk_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = noise(80, 6, 3)
    whole = overfitting(trials, 8)
    monkeypatch.setattr(module, "CHUNK", 30)
    assert overfitting(trials, 8).logits.tolist() == whole.logits.tolist()


def test_a_strategy_that_dominates_is_never_overfitted() -> None:
    trials = noise(400, 20, 1)
    trials[:, 7] += 0.02
    found = overfitting(trials, 10)
    assert (found.probability, found.loss_probability) == (0, 0)


def test_noise_is_a_coin() -> None:
    found = [overfitting(noise(160, 16, seed), 8).probability for seed in range(60)]
    # One matrix's PBO has a deviation of about 0.2 and so their mean one of 0.03.
    assert np.mean(found) == pytest.approx(0.5, abs=0.12)


def test_what_turns_from_best_to_worst_is_always_overfitted() -> None:
    # Two strategies, each good in the blocks in which the other is bad: whoever gained more of one half has less left.
    side = np.repeat([1.0, -1.0, 1.0, -1.0, 1.0, -1.0], 10)
    trials = noise(60, 2, 5, 1e-3) + 0.01 * np.stack((side, -side), axis=1)
    found = overfitting(trials, 6)
    assert found.probability == 1
    assert found.slope < 0


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100), st.permutations(range(6)))
def test_the_unit_and_the_order_of_the_strategies_do_not_matter(seed: int, unit: float, order: list[int]) -> None:
    trials = noise(60, 6, seed)
    found, moved = overfitting(trials, 6), overfitting(unit * trials[:, order], 6)
    assert moved.logits.tolist() == pytest.approx(found.logits.tolist())
    assert moved.in_sample.tolist() == pytest.approx(found.in_sample.tolist(), rel=1e-9)


def test_equal_strategies_share_a_rank() -> None:
    one = noise(40, 1, 2)
    found = overfitting(np.hstack((one, one, one)), 4)
    # All are tied at rank 2 of 3, which is the median: w = 2 / 4.
    assert found.logits.tolist() == [0.0] * 6
    assert found.probability == 1


def test_a_strategy_idle_for_half_of_the_time_has_a_ratio_of_zero_there() -> None:
    trials = noise(40, 2, 3) + 0.05
    trials[:20, 1] = 0.0
    found = overfitting(trials, 4)
    assert np.isfinite(found.in_sample).all()
    assert found.probability == 0


def test_a_large_mean_costs_few_digits() -> None:
    trials = noise(120, 4, 9, 1e-6) + 1.0
    _, inside, _ = slowly(trials, 6)
    assert overfitting(trials, 6).in_sample.tolist() == pytest.approx(inside, rel=1e-8)


@pytest.mark.parametrize("blocks", [0, 5, 22])
def test_blocks_must_be_even_and_not_too_many(blocks: int) -> None:
    with pytest.raises(SettingError, match="give an even number, 2 to 20"):
        overfitting(noise(100, 3, 1), blocks)


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(SampleError, match="fewer than 2 strategies"):
        overfitting(noise(100, 1, 1), 4)
    with pytest.raises(SampleError, match="give 32 periods or fewer blocks"):
        overfitting(noise(31, 3, 1), 16)
    stuck = noise(100, 3, 1)
    stuck[:50, 1] = 0.001
    with pytest.raises(SampleError, match="strategy 2 has the same return for half of the time"):
        overfitting(stuck, 4)
