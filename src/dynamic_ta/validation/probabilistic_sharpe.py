"""How probable it is that the true Sharpe ratio is above a benchmark."""

import math
from statistics import NormalDist

from dynamic_ta.validation.model import Check, Finding, Sample, Settings
from dynamic_ta.validation.moments import Moments, moments_of


def probabilistic_sharpe(moments: Moments, benchmark: float) -> float:
    """Return PSR, the probability that the true Sharpe ratio exceeds ``benchmark``.

    Parameters
    ----------
    benchmark : a period's Sharpe ratio, not annualised

    Returns
    -------
    float, 0 to 1

    Raises
    ------
    SampleError : returns whose Sharpe ratio has no variance

    References
    ----------
    .. [1] D. H. Bailey and M. Lopez de Prado, The Sharpe ratio efficient frontier, Journal of Risk 15, 2012, eq. 11
    """
    distance = (moments.sharpe - benchmark) * math.sqrt(moments.periods - 1)
    return NormalDist().cdf(distance / math.sqrt(moments.sharpe_variance))


def _check(sample: Sample, settings: Settings) -> Finding:
    moments = moments_of(sample.returns)
    value = probabilistic_sharpe(moments, settings.benchmark_sharpe / math.sqrt(settings.periods_per_year))
    passed = value >= settings.confidence
    return Finding(
        "probabilistic-sharpe",
        value,
        settings.confidence,
        passed,
        f"The true Sharpe ratio exceeds {settings.benchmark_sharpe:g} with probability {value:.1%}, "
        f"{'at least' if passed else 'less than'} the {settings.confidence:.0%} that are asked for.",
        details=(("skewness", moments.skewness), ("kurtosis", moments.kurtosis)),
    )


PROBABILISTIC_SHARPE = Check(
    "probabilistic-sharpe",
    "Is the Sharpe ratio above the benchmark, skewness and fat tails considered?",
    (),
    _check,
    "Bailey and Lopez de Prado 2012",
)
