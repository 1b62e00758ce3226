"""Whether the candidate is slower. Both run in turns in one process, so that a drift of the machine meets both."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from dynamic_ai.errors import ValidationInputError
from dynamic_ai.validation.model import Check, Thresholds, Verdict

Work = Callable[[], object]
Timer = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Latency:
    """The median over the rounds of (candidate's time / baseline's time), its interval, and the median times in ns."""

    ratio: float
    low: float
    high: float
    candidate_ns: float
    baseline_ns: float


def compare_latency(candidate: Work, baseline: Work, timer: Timer, thresholds: Thresholds) -> Latency:
    """Time both in rounds of baseline, candidate, candidate, baseline, after one round that is not counted.

    A drift that is linear within a round cancels out of its ratio. The interval of the median is exact for rounds that
    are independent of each other, whatever the distribution of their ratios.

    Parameters
    ----------
    timer : () -> ns, never goes back

    Raises
    ------
    ValidationInputError : the baseline took no time that the timer could see
    """
    rounds = [_round(candidate, baseline, timer, thresholds.calls) for _ in range(thresholds.rounds + 1)][1:]
    if any(theirs <= 0 for _, theirs in rounds):
        raise ValidationInputError("the baseline is too fast for the timer", "time more calls in a round")
    ratios = sorted(ours / theirs for ours, theirs in rounds)
    low, high = median_interval(len(ratios), thresholds.confidence)
    inferences = 2 * thresholds.calls
    return Latency(
        median(ratios),
        ratios[low],
        ratios[high],
        median(ours for ours, _ in rounds) / inferences,
        median(theirs for _, theirs in rounds) / inferences,
    )


def median_interval(n: int, confidence: float) -> tuple[int, int]:
    """Return which of ``n`` sorted values bound the median, from 0: the narrowest pair of at least ``confidence``.

    The number of values below the median is binomial(n, 1/2), so the chance that value k, from 0, lies above it is that
    of at most k values below it. Where n is too small for ``confidence``, the pair is the smallest and the largest.

    References
    ----------
    .. [1] H. A. David and H. N. Nagaraja, "Order Statistics", 3rd edition, 2003, section 7.1
    """
    at, below = 0, 0.0
    for k in range((n - 1) // 2):
        below += math.comb(n, k) / 2**n
        if below > (1 - confidence) / 2:
            break
        at = k
    return at, n - 1 - at


def judge_latency(found: Latency, tolerance: float) -> Verdict:
    """YES if the whole interval is within 1 + tolerance, NO if none of it is."""
    if found.high <= 1 + tolerance:
        return Verdict.YES
    return Verdict.NO if found.low > 1 + tolerance else Verdict.UNDECIDED


def latency_check(found: Latency, thresholds: Thresholds) -> Check:
    """Put the comparison into words."""
    verdict = judge_latency(found, thresholds.latency_tolerance)
    most = 1 + thresholds.latency_tolerance
    ends = {
        Verdict.YES: f"within {most:g}",
        Verdict.NO: f"beyond {most:g}",
        Verdict.UNDECIDED: f"{thresholds.rounds} rounds do not show whether it is beyond {most:g}",
    }
    statement = (
        f"{found.ratio:.2f} times the baseline [{found.low:.2f}, {found.high:.2f}]; {ends[verdict]}"
        f" ({found.candidate_ns / 1000:.0f} and {found.baseline_ns / 1000:.0f} us for {thresholds.latency_rows} rows)"
    )
    figures = {
        "ratio": found.ratio,
        "low": found.low,
        "high": found.high,
        "candidate_ns": found.candidate_ns,
        "baseline_ns": found.baseline_ns,
        "tolerance": thresholds.latency_tolerance,
        "rounds": thresholds.rounds,
    }
    return Check("latency", verdict, statement, figures)


def _round(candidate: Work, baseline: Work, timer: Timer, calls: int) -> tuple[int, int]:
    first = _time(baseline, timer, calls)
    ours = _time(candidate, timer, calls) + _time(candidate, timer, calls)
    return ours, first + _time(baseline, timer, calls)


def _time(work: Work, timer: Timer, calls: int) -> int:
    start = timer()
    for _ in range(calls):
        work()
    return timer() - start
