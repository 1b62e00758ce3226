"""Whether the candidate is worse on the same days: non-inferiority by a paired bootstrap."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from dynamic_ai.validation.bootstrap import block_means, interval
from dynamic_ai.validation.model import Check, Thresholds, Verdict
from dynamic_ai.validation.scores import SCORES, Score, usable

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]

_LEAST_BLOCKS = 10


def judge_margin(low: float, high: float, margin: float) -> Verdict:
    """Judge the interval of (candidate - baseline), higher is better: YES if all is at least -margin, NO if none."""
    if low >= -margin:
        return Verdict.YES
    return Verdict.NO if high < -margin else Verdict.UNDECIDED


def quality_checks(candidate: F32, baseline: F32, label: F64, thresholds: Thresholds) -> Iterator[Check]:
    """Compare the outputs of two models for the same rows, one check a score that has a margin."""
    ours, theirs = usable(candidate, label), usable(baseline, label)
    shown = {score.name: _compare(score, ours, theirs, label, thresholds) for score in SCORES}
    for score in SCORES:
        if score.margin is not None:
            yield _check(score, shown[score.name], score.margin(thresholds), label.size, thresholds)
        else:
            yield Check(score.name, Verdict.YES, f"{_words(shown[score.name], score)}; shown only", shown[score.name])


def _compare(score: Score, ours: F64, theirs: F64, label: F64, thresholds: Thresholds) -> dict[str, float]:
    mine, other = score.of_rows(ours, label), score.of_rows(theirs, label)
    block = min(thresholds.block_rows, label.size)
    low, high = interval(block_means(mine - other, block, thresholds.resamples, thresholds.seed), thresholds.confidence)
    return {
        "candidate": score.sign * float(mine.mean()),
        "baseline": score.sign * float(other.mean()),
        "gain": float((mine - other).mean()),
        "low": low,
        "high": high,
    }


def _check(score: Score, shown: dict[str, float], margin: float, rows: int, thresholds: Thresholds) -> Check:
    figures = {**shown, "margin": margin, "rows": rows}
    if rows < _LEAST_BLOCKS * thresholds.block_rows:
        need = _LEAST_BLOCKS * thresholds.block_rows
        return Check(score.name, Verdict.UNDECIDED, f"{rows} test rows are too few; {need} are needed", figures)
    verdict = judge_margin(shown["low"], shown["high"], margin)
    ends = {
        Verdict.YES: f"at most {margin:g} is lost",
        Verdict.NO: f"more than {margin:g} is lost",
        Verdict.UNDECIDED: f"{rows} rows do not show if more than {margin:g} is lost: give more, or a wider margin",
    }
    return Check(score.name, verdict, f"{_words(shown, score)}; {ends[verdict]}", figures)


def _words(shown: dict[str, float], score: Score) -> str:
    gain = f"gain {shown['gain']:+.4f} [{shown['low']:+.4f}, {shown['high']:+.4f}]"
    better = "" if score.sign > 0 else ", lower is better"
    return f"{shown['candidate']:.4f}, baseline {shown['baseline']:.4f}{better}; {gain}"
