"""How long a history must be to tell a Sharpe ratio from a benchmark."""

import math
from statistics import NormalDist

from dynamic_ta.validation.model import Check, Finding, Sample, Settings
from dynamic_ta.validation.moments import Moments, moments_of


def least_track_record(moments: Moments, benchmark: float, confidence: float) -> float:
    """Return MinTRL, the periods from which on the probabilistic Sharpe ratio reaches ``confidence``.

    Parameters
    ----------
    benchmark : a period's Sharpe ratio, not annualised
    confidence : 0.5 < confidence < 1

    Returns
    -------
    float, periods, above 1; infinite where the Sharpe ratio is not above the benchmark

    References
    ----------
    .. [1] D. H. Bailey and M. Lopez de Prado, The Sharpe ratio efficient frontier, Journal of Risk 15, 2012, eq. 13
    """
    if moments.sharpe <= benchmark:
        return math.inf
    return 1 + moments.sharpe_variance * (NormalDist().inv_cdf(confidence) / (moments.sharpe - benchmark)) ** 2


def _check(sample: Sample, settings: Settings) -> Finding:
    benchmark = settings.benchmark_sharpe / math.sqrt(settings.periods_per_year)
    needed = least_track_record(moments_of(sample.returns), benchmark, settings.confidence)
    periods = sample.returns.size
    passed = periods >= needed
    return Finding(
        "track-record",
        needed,
        periods,
        passed,
        f"No history is long enough for a Sharpe ratio that is not above {settings.benchmark_sharpe:g}."
        if math.isinf(needed)
        else f"{math.ceil(needed)} periods are needed to tell this Sharpe ratio from {settings.benchmark_sharpe:g}, "
        f"and there are {periods}.",
    )


TRACK_RECORD = Check("track-record", "Is the history long enough?", (), _check, "Bailey and Lopez de Prado 2012")
