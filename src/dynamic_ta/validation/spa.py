"""Hansen's test of superior predictive ability, studentised."""

import math
from dataclasses import dataclass

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.validation.model import Check, Finding, Sample, Settings, p_value_text
from dynamic_ta.validation.resampled_means import Means, means_of


@dataclass(frozen=True, slots=True)
class SuperiorAbility:
    """P-values of "no strategy is better than the benchmark": ``lower <= consistent <= upper``, 0 to 1.

    Parameters
    ----------
    statistic : the largest sqrt(n) * mean / deviation, at least 0
    """

    statistic: float
    lower: float
    consistent: float
    upper: float


def superior_ability(means: Means) -> SuperiorAbility:
    """Return the p-values of Hansen's test, for 3 periods or more.

    Notes
    -----
    A strategy's null mean is: ``upper``, the benchmark's; ``consistent``, its own where it is below
    -deviation sqrt(2 log(log n) / n), so surely bad; ``lower``, its own where that is negative.

    References
    ----------
    .. [1] P. R. Hansen, A test for superior predictive ability, Journal of Business and Economic Statistics 23, 2005
    """
    scale = math.sqrt(means.periods) / means.deviation
    statistic = max(0.0, float((scale * means.mean).max()))
    shares = [
        float((np.maximum(((means.resampled - centre) * scale).max(axis=1), 0.0) > statistic).mean())
        for centre in (np.maximum(means.mean, 0.0), consistent_centre(means), means.mean)
    ]
    return SuperiorAbility(statistic, *shares)


def consistent_centre(means: Means) -> F64:
    """Return float64[n_strategies], what is taken off each resampled mean: the mean, but 0 where it is surely bad."""
    worst = -means.deviation * math.sqrt(2 * math.log(math.log(means.periods)) / means.periods)
    return np.where(means.mean >= worst, means.mean, 0.0)


def _check(sample: Sample, settings: Settings) -> Finding:
    found = superior_ability(means_of(sample, settings))
    passed = found.consistent <= settings.significance
    return Finding(
        "spa",
        found.consistent,
        settings.significance,
        passed,
        f"If no strategy were better than the benchmark, the best for its risk would look as good in "
        f"{p_value_text(found.consistent, settings.resamples)} of histories, "
        f"{'at most' if passed else 'more than'} the "
        f"{settings.significance:.0%} that are borne.",
        details=(
            ("lower", found.lower),
            ("upper", found.upper),
            ("statistic", found.statistic),
            ("resolution", 1 / settings.resamples),
        ),
    )


SPA = Check(
    "spa",
    "Is the best of all trials, for its risk, better than the benchmark?",
    ("trials",),
    _check,
    "Hansen 2005",
)
