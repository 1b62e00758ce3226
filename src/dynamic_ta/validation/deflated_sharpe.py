"""The Sharpe ratio of the best of many trials, held to what the best of as many useless ones would have."""

import math
from statistics import NormalDist

import numpy as np

from dynamic_ta.validation.effective_trials import effective_trials
from dynamic_ta.validation.model import Check, Finding, Sample, Settings
from dynamic_ta.validation.moments import Moments, moments_of
from dynamic_ta.validation.probabilistic_sharpe import probabilistic_sharpe
from dynamic_ta.validation.statistics import sharpe


def expected_best_sharpe(variance: float, trials: float) -> float:
    """Return the Sharpe ratio to expect of the best of ``trials`` independent strategies without skill.

    Parameters
    ----------
    variance : of the Sharpe ratios over the trials, of a period, not annualised, >= 0
    trials : 1 or more, not necessarily whole

    Returns
    -------
    float, a period's Sharpe ratio, not annualised, >= 0; 0 for one trial

    Notes
    -----
    sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e))), g Euler's constant, Z the normal quantile: the limit for many
    trials, within a few percent from N = 5 on.

    References
    ----------
    .. [1] D. H. Bailey and M. Lopez de Prado, The deflated Sharpe ratio, Journal of Portfolio Management 40,
       2014, eq. 1
    """
    if trials <= 1:
        return 0.0
    quantile = NormalDist().inv_cdf
    largest = (1 - np.euler_gamma) * quantile(1 - 1 / trials) + np.euler_gamma * quantile(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * max(0.0, largest)


def deflated_sharpe(moments: Moments, variance: float, trials: float) -> float:
    """Return DSR, the probability that the true Sharpe ratio exceeds that of the best of ``trials`` useless ones.

    Parameters and errors as in ``expected_best_sharpe`` and ``probabilistic_sharpe``.
    """
    return probabilistic_sharpe(moments, expected_best_sharpe(variance, trials))


def _check(sample: Sample, settings: Settings) -> Finding:
    trials = sample.all_trials()
    counted = effective_trials(trials)
    variance = float(sharpe(trials.T).var(ddof=1))
    value = deflated_sharpe(moments_of(sample.returns), variance, counted)
    best = expected_best_sharpe(variance, counted) * math.sqrt(settings.periods_per_year)
    passed = value >= settings.confidence
    return Finding(
        "deflated-sharpe",
        value,
        settings.confidence,
        passed,
        f"The best of {counted:.0f} independent trials without skill would show an annual Sharpe ratio of {best:.2f}, "
        f"and the true one exceeds that with probability {value:.1%}.",
        details=(
            ("trials", trials.shape[1]),
            ("effective_trials", counted),
            ("expected_best_sharpe", best),
        ),
    )


DEFLATED_SHARPE = Check(
    "deflated-sharpe",
    "Is the Sharpe ratio more than the luck of having tried so many?",
    ("trials",),
    _check,
    "Bailey and Lopez de Prado 2014; Galwey 2009",
)
