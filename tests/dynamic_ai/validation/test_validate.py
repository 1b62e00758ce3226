"""Each planted regression is caught by its check, and by no other; what is unchanged passes."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from dynamic_ai import ENGINES, ValidationInputError
from dynamic_ai.errors import EngineMissingError, EngineUnsupportedError
from dynamic_ai.inference import REFERENCE, Engine, Model, Session
from dynamic_ai.validation import Report, Thresholds, Verdict, validate
from tests.dynamic_ai.examples import learnable
from tests.dynamic_ai.validation.plants import (
    ABSENT,
    BASELINE,
    DATA,
    WorkClock,
    cancelling,
    engine_of,
    log_of_negative,
    model_of,
    negated,
    overflowing,
    trained,
    wasteful,
    without_sigmoid,
)

QUICK = Thresholds(resamples=999, rounds=9, calls=1)
GOOD = model_of(BASELINE)


def judge(candidate: Model, thresholds: Thresholds = QUICK, clock: WorkClock | None = None) -> Report:
    clock = clock or WorkClock()
    return validate(candidate, GOOD, DATA, thresholds, engines=(*ENGINES, clock.engine()), timer=clock)


def refused(report: Report) -> set[str]:
    return {check.name for check in report.checks if check.verdict is Verdict.NO}


def test_the_baseline_itself_passes_every_check() -> None:
    report = judge(GOOD)
    assert report.verdict is Verdict.YES
    assert {check.name for check in report.checks} == {
        "accuracy",
        "brier",
        "log_loss",
        "safety",
        "agreement",
        "latency",
    }
    same, *extras = report.notes
    assert same == "candidate and baseline are the same file"
    assert all("is not present: " in note for note in extras)


def test_an_unchanged_model_passes_with_every_seed_of_the_bootstrap_and_a_noisy_clock() -> None:
    for seed in range(20):
        clock = WorkClock(random=np.random.default_rng(seed))
        report = judge(GOOD, replace(QUICK, seed=seed, rounds=41, calls=2, latency_tolerance=0.5), clock)
        assert report.verdict is Verdict.YES, report.checks


def test_models_that_differ_by_their_seed_alone_are_not_called_worse() -> None:
    for seed in range(1, 6):
        assert refused(judge(model_of(trained(DATA, seed)))) == set()


def test_shuffled_labels_are_caught_by_both_scores() -> None:
    assert refused(judge(model_of(trained(learnable(shuffled=True))))) == {"accuracy", "brier"}


def test_a_lost_sign_is_caught_by_both_scores() -> None:
    report = judge(model_of(negated(BASELINE)))
    assert refused(report) == {"accuracy", "brier"}
    assert report.verdict is Verdict.NO


def test_damaged_weights_are_caught() -> None:
    noise = np.random.default_rng(0)
    first, *rest = BASELINE.layers
    damaged = replace(first, weights=first.weights + noise.normal(size=first.weights.shape) * 3)
    assert "brier" in refused(judge(model_of(replace(BASELINE, layers=(damaged, *rest)))))


def test_an_overconfident_model_keeps_its_accuracy_and_is_caught_by_the_brier_score() -> None:
    *first, last = BASELINE.layers
    loud = replace(last, weights=last.weights * 20, bias=last.bias * 20)
    report = judge(model_of(replace(BASELINE, layers=(*first, loud))))
    assert refused(report) == {"brier"}


def test_wasted_layers_are_caught_by_the_latency_alone() -> None:
    report = judge(wasteful(BASELINE))
    assert refused(report) == {"latency"}
    ratio = next(check for check in report.checks if check.name == "latency").figures["ratio"]
    assert isinstance(ratio, float)
    assert ratio > 20


def test_a_log_of_negative_numbers_is_caught_with_an_example() -> None:
    report = judge(log_of_negative())
    assert "safety" in refused(report)
    safety = next(check for check in report.checks if check.name == "safety")
    faults = safety.figures["faults"]
    assert isinstance(faults, list)
    assert {fault["fault"] for fault in faults} == {"NaN"}
    assert {fault["engine"] for fault in faults} >= {"reference", "onnx.reference", "onnxruntime", "clocked"}
    assert sum(faults[0]["example"]) < 0


def test_weights_that_overflow_are_caught_on_the_hard_inputs() -> None:
    safety = next(check for check in judge(overflowing()).checks if check.name == "safety")
    assert safety.verdict is Verdict.NO
    assert "hard rows NaN" in safety.statement
    assert "test rows" not in safety.statement


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_missing_sigmoid_is_caught_above_one_and_below_zero(sign: float) -> None:
    safety = next(check for check in judge(without_sigmoid(sign)).checks if check.name == "safety")
    assert safety.verdict is Verdict.NO
    assert "outside [0, 1]" in safety.statement


def test_an_engine_of_reduced_precision_is_caught_and_its_flips_are_counted() -> None:
    engines = (REFERENCE, engine_of("halved", np.float16))
    report = validate(GOOD, GOOD, DATA, QUICK, engines=engines, timer=count(step=1000).__next__)
    agreement = next(check for check in report.checks if check.name == "agreement")
    assert agreement.verdict is Verdict.NO
    assert "halved differs beyond the bound" in agreement.statement


def test_a_model_that_float32_cannot_carry_is_refused_though_its_engines_may_agree() -> None:
    agreement = next(check for check in judge(cancelling()).checks if check.name == "agreement")
    assert agreement.verdict is Verdict.NO
    assert "the error of float32 has no bound: an ill-conditioned model" in agreement.statement


def test_a_bound_that_is_wider_than_asked_for_is_refused_with_its_width() -> None:
    agreement = next(
        check for check in judge(GOOD, replace(QUICK, most_error=1e-9)).checks if check.name == "agreement"
    )
    assert agreement.verdict is Verdict.NO
    assert "more than 1e-09: an ill-conditioned model" in agreement.statement


def test_an_engine_that_is_not_present_is_a_fact_and_leaves_the_agreement_undecided() -> None:
    clock = WorkClock()
    report = validate(GOOD, GOOD, DATA, QUICK, engines=(REFERENCE, clock.engine(), ABSENT), timer=clock)
    agreement = next(check for check in report.checks if check.name == "agreement")
    assert agreement.verdict is Verdict.UNDECIDED
    assert "absent is not present" in agreement.statement
    assert report.verdict is Verdict.UNDECIDED
    worse = validate(model_of(negated(BASELINE)), GOOD, DATA, QUICK, engines=(clock.engine(), ABSENT), timer=clock)
    assert {check.verdict for check in worse.checks} == {Verdict.YES, Verdict.NO, Verdict.UNDECIDED}
    assert worse.verdict is Verdict.NO


def test_an_extra_that_is_not_present_is_a_note_with_the_way_to_get_it_and_decides_nothing() -> None:
    clock = WorkClock()
    extra = replace(ABSENT, name="extra", optional=True, remedy="buy one")
    report = validate(GOOD, GOOD, DATA, QUICK, engines=(REFERENCE, clock.engine(), extra), timer=clock)
    assert report.verdict is Verdict.YES
    assert "extra is not present: buy one" in report.notes


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (EngineUnsupportedError("no Clip", "-"), "extra cannot run the candidate: no Clip"),
        (EngineMissingError("it is broken", "-"), "extra is not present: it is broken"),
    ],
    ids=["unsupported", "broken"],
)
def test_an_extra_that_cannot_run_the_model_is_a_note(raised: Exception, said: str) -> None:
    def refuses(*_: object) -> Session:
        raise raised

    clock = WorkClock()
    extra = Engine("extra", lambda: "1", refuses, optional=True)
    report = validate(GOOD, GOOD, DATA, QUICK, engines=(REFERENCE, clock.engine(), extra), timer=clock)
    assert report.verdict is Verdict.YES
    assert said in report.notes


def test_an_extra_that_is_wrong_is_refused_and_never_serves() -> None:
    clock = WorkClock()
    half = replace(engine_of("half", np.float16), optional=True)
    report = validate(GOOD, GOOD, DATA, QUICK, engines=(REFERENCE, clock.engine(), half), timer=clock)
    assert report.engine == "clocked"
    assert refused(report) == {"agreement"}


def test_a_model_that_may_have_seen_the_test_rows_is_noted() -> None:
    report = judge(model_of(BASELINE, "e" * 64))
    assert any("trained on snapshot eeeeeeeeeeee" in note and "may have seen" in note for note in report.notes)


def test_models_of_other_features_are_refused() -> None:
    wider = learnable(rows=400)
    narrow = replace(wider, features=wider.features[:, :3], names=("a", "b", "c"))
    other = model_of(trained(narrow))
    with pytest.raises(ValidationInputError, match="the candidate takes 3 features, the data has 5"):
        judge(other)


def test_a_baseline_that_answers_nan_is_no_baseline() -> None:
    clock = WorkClock()
    with pytest.raises(ValidationInputError, match="the baseline answers with NaN"):
        validate(GOOD, log_of_negative(), DATA, QUICK, engines=(REFERENCE, clock.engine()), timer=clock)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"confidence": 1.0}, "a confidence of 1.0"),
        ({"accuracy_margin": -0.1}, "a margin of -0.1"),
        ({"brier_margin": float("nan")}, "margins and tolerances are finite"),
        ({"resamples": 10}, "too few repetitions"),
        ({"rounds": 3}, "too few repetitions"),
        ({"block_rows": 0}, "out of range"),
    ],
)
def test_thresholds_that_mean_nothing_are_usage_errors(change: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationInputError, match=message):
        Thresholds(**change)  # type: ignore[arg-type]  # ints and floats alike
