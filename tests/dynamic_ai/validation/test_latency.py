"""Ratios on a clock that only work moves: no real time is in it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamic_ai.errors import ValidationInputError
from dynamic_ai.validation import Latency, Thresholds, Verdict, compare_latency
from dynamic_ai.validation.latency import judge_latency, latency_check, median_interval

QUICK = Thresholds(rounds=41, calls=2, confidence=0.95)


class Machine:
    """A clock that each work moves by its cost, times noise, on a machine that may slow down as it goes."""

    def __init__(self, seed: int = 0, noise: float = 0.0, drift: float = 0.0) -> None:
        self.now, self.noise, self.drift = 0.0, noise, drift
        self.random = np.random.default_rng(seed)
        self.order: list[str] = []
        self.pace = 1.0

    def __call__(self) -> int:
        return round(self.now)

    def run(self, name: str, cost_ns: float) -> None:
        self.order.append(name)
        self.now += cost_ns * self.pace * float(self.random.lognormal(0, self.noise))
        self.pace += self.drift


def compare(machine: Machine, ratio: float, thresholds: Thresholds = QUICK) -> Latency:
    return compare_latency(lambda: machine.run("B", 1e6 * ratio), lambda: machine.run("A", 1e6), machine, thresholds)


def test_a_round_is_baseline_candidate_candidate_baseline_after_one_to_warm_up() -> None:
    machine = Machine()
    compare(machine, 1.0, Thresholds(rounds=9, calls=2))
    assert "".join(machine.order) == "AABBBBAA" * 10


def test_a_ratio_without_noise_is_exact() -> None:
    found = compare(Machine(), 3.0)
    assert (found.ratio, found.low, found.high) == (3.0, 3.0, 3.0)
    assert (found.candidate_ns, found.baseline_ns) == (3e6, 1e6)


def test_a_machine_that_slows_down_evenly_favours_nobody() -> None:
    found = compare(Machine(drift=0.01), 1.0)
    assert found.high - 1 < 1e-6
    assert 1 - found.low < 1e-6


@pytest.mark.parametrize(
    ("n", "expected"),
    # Conover, "Practical Nonparametric Statistics", 95 % intervals of a median: ranks, from 1.
    [(10, (2, 9)), (15, (4, 12)), (20, (6, 15)), (25, (8, 18)), (30, (10, 21))],
)
def test_the_ranks_are_those_of_the_sign_test(n: int, expected: tuple[int, int]) -> None:
    low, high = median_interval(n, 0.95)
    assert (low + 1, high + 1) == expected


@given(st.integers(9, 300), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_ranks_cover_what_they_promise_and_the_next_narrower_do_not(n: int, confidence: float) -> None:
    low, high = median_interval(n, confidence)
    assert low + high == n - 1

    def covered(at: int) -> float:
        return 1 - 2 * sum(math.comb(n, k) for k in range(at + 1)) / 2.0**n

    assert covered(low) >= confidence or low == 0
    assert low + 1 > (n - 1) // 2 - 1 or covered(low + 1) < confidence


def rate(ratio: float, verdict: Verdict, runs: int = 400) -> int:
    machines = (Machine(seed, noise=0.3) for seed in range(runs))
    return sum(judge_latency(compare(machine, ratio), 0.25) is verdict for machine in machines)


def test_at_the_tolerance_itself_both_errors_keep_to_the_stated_rate() -> None:
    """Each side is wrong 2.5 % of the time at most: 10 of 400. More than 22 has chance below 0.001."""
    assert rate(1.25, Verdict.NO) <= 22
    assert rate(1.25, Verdict.YES) <= 22


def test_an_unchanged_model_is_never_called_slow_and_twice_the_time_always_is() -> None:
    assert rate(1.0, Verdict.NO) == 0
    assert rate(1.0, Verdict.YES, 100) >= 95
    assert rate(2.0, Verdict.NO, 100) == 100


def test_a_spike_of_the_machine_does_not_move_the_median() -> None:
    machine = Machine()
    spikes = iter([1e12 if n in (50, 90, 130) else 0.0 for n in range(10_000)])

    def candidate() -> None:
        machine.run("B", 1e6 + next(spikes))

    found = compare_latency(candidate, lambda: machine.run("A", 1e6), machine, QUICK)
    assert (found.ratio, found.high) == (1.0, 1.0)


def test_what_the_rounds_do_not_show_is_said() -> None:
    check = latency_check(Latency(1.2, 0.9, 1.4, 12_000, 10_000), QUICK)
    assert check.verdict is Verdict.UNDECIDED
    assert "1.20 times the baseline [0.90, 1.40]; 41 rounds do not show" in check.statement


def test_a_baseline_that_the_timer_cannot_see_is_an_error() -> None:
    with pytest.raises(ValidationInputError, match="too fast for the timer"):
        compare_latency(lambda: None, lambda: None, lambda: 0, QUICK)
