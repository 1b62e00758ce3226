"""White's reality check of the best of all strategies."""

import numpy as np

from dynamic_ta.validation.model import Check, Finding, Sample, Settings, p_value_text
from dynamic_ta.validation.resampled_means import Means, means_of


def reality_check(means: Means) -> float:
    """Return the p-value of "no strategy is better than the benchmark".

    Returns
    -------
    float, 0 to 1, the share of resamples whose largest centred mean is above the largest mean

    Notes
    -----
    Every strategy counts as if it were as good as the benchmark, and none is scaled by its risk, so that many bad or
    wild strategies hide a good one: Hansen's test answers that.

    References
    ----------
    .. [1] H. White, A reality check for data snooping, Econometrica 68, 2000
    """
    return float(((means.resampled - means.mean).max(axis=1) > means.mean.max()).mean())


def _check(sample: Sample, settings: Settings) -> Finding:
    value = reality_check(means_of(sample, settings))
    passed = value <= settings.significance
    return Finding(
        "reality-check",
        value,
        settings.significance,
        passed,
        f"If no strategy were better than the benchmark, the best would look as good in "
        f"{p_value_text(value, settings.resamples)} of histories, "
        f"{'at most' if passed else 'more than'} the {settings.significance:.0%} that are borne.",
        details=(("resolution", 1 / settings.resamples), ("best", float(np.argmax(sample.excess().mean(axis=0)) + 1))),
    )


REALITY_CHECK = Check(
    "reality-check", "Is the best of all trials better than the benchmark?", ("trials",), _check, "White 2000"
)
