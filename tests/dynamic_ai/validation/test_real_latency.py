"""Real time: only ratios, and only large ones."""

import time
from dataclasses import replace

from dynamic_ai import ENGINES
from dynamic_ai.validation import Thresholds, Verdict, validate
from tests.dynamic_ai.validation.plants import BASELINE, DATA, model_of, wasteful

GENEROUS = Thresholds(resamples=199, latency_tolerance=1.0)
GOOD = model_of(BASELINE)


def test_a_graph_of_twenty_times_the_work_is_called_slower_by_the_real_engine() -> None:
    slow = wasteful(BASELINE, layers=4000)
    report = validate(slow, GOOD, DATA, replace(GENEROUS, rounds=41), engines=ENGINES, timer=time.perf_counter_ns)
    assert [check.name for check in report.checks if check.verdict is not Verdict.YES] == ["latency"]


def test_an_unchanged_model_is_called_slower_in_none_of_thirty_runs() -> None:
    runs = [
        validate(GOOD, GOOD, DATA, replace(GENEROUS, seed=seed), engines=ENGINES, timer=time.perf_counter_ns)
        for seed in range(30)
    ]
    found = [report.verdict for report in runs]
    assert Verdict.NO not in found
    # A machine under load may leave a few undecided.
    assert found.count(Verdict.YES) >= 25
