"""Romano and Wolf's stepwise test, which names the strategies that are better than the benchmark."""

import math

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64
from dynamic_ta.validation.model import Check, Finding, Sample, Settings
from dynamic_ta.validation.resampled_means import Means, means_of


def superior(statistic: F64, null: F64, significance: float) -> npt.NDArray[np.bool_]:
    """Return bool[n_strategies], those better than the benchmark, with the family's error rate at ``significance``.

    Parameters
    ----------
    statistic : float64[n_strategies], large where a strategy is good
    null : float64[resamples, n_strategies], the statistics as they would be if no strategy were better
    significance : the probability of one false name or more, 0 to 1

    Notes
    -----
    A strategy is named where its statistic is above the 1 - ``significance`` quantile of the largest of ``null``; then
    again without the named ones, until none is. O(steps * resamples * n_strategies).

    References
    ----------
    .. [1] J. P. Romano and M. Wolf, Stepwise multiple testing as formalized data snooping, Econometrica 73, 2005
    """
    named = np.zeros(statistic.size, np.bool_)
    while not named.all():
        critical = np.quantile(null[:, ~named].max(axis=1), 1 - significance)
        found = ~named & (statistic > critical)
        if not found.any():
            break
        named |= found
    return named


def superior_strategies(means: Means, significance: float) -> npt.NDArray[np.bool_]:
    """Return bool[n_strategies] by the studentised procedure, every strategy centred on its own mean."""
    scale = math.sqrt(means.periods) / means.deviation
    return superior(means.mean * scale, (means.resampled - means.mean) * scale, significance)


def _check(sample: Sample, settings: Settings) -> Finding:
    named = superior_strategies(means_of(sample, settings), settings.significance)
    passed = bool(named[sample.chosen])
    return Finding(
        "step-m",
        float(named.sum()),
        1.0,
        passed,
        f"{int(named.sum())} of {named.size} strategies are better than the benchmark at a family error rate of "
        f"{settings.significance:.0%}, and the chosen one is {'among them' if passed else 'not proven to be'}.",
    )


STEP_M = Check(
    "step-m",
    "Is the chosen strategy one that beats the benchmark?",
    ("trials",),
    _check,
    "Romano and Wolf 2005",
)
