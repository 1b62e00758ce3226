"""Block bootstrap intervals of a statistic."""

import math
from collections.abc import Iterable
from statistics import NormalDist

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.validation.draws import CHUNK, Plan
from dynamic_ta.validation.errors import SampleError
from dynamic_ta.validation.model import I64, Check, Finding, Interval, Sample, Settings
from dynamic_ta.validation.statistics import CAGR, MAX_DRAWDOWN, SHARPE, Statistic

_NORMAL = NormalDist()
_LEAST_BLOCKS = 5


def resampled(series: F64, statistic: Statistic, chunks: Iterable[I64], periods_per_year: float) -> F64:
    """Return float64[resamples], the statistic of each resample of ``series`` whose indices ``chunks`` yields."""
    return np.concatenate([statistic.compute(series[chunk], periods_per_year) for chunk in chunks])


def percentile_interval(values: F64, confidence: float) -> Interval:
    """Return the central share ``confidence`` of ``values``."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, (tail, 1 - tail)).tolist()
    return Interval(low, high, confidence)


def bca_interval(values: F64, estimate: float, left_out: F64, confidence: float) -> Interval:
    """Return Efron's bias-corrected and accelerated interval.

    Parameters
    ----------
    values : float64[resamples], the statistic of each resample
    estimate : the statistic of the sample
    left_out : float64[n_blocks], the statistic without each block (``block_jackknife``)
    confidence : 0 < confidence < 1

    Raises
    ------
    SampleError : all resamples on one side of the estimate, or no block changes the statistic

    References
    ----------
    .. [1] B. Efron, Better bootstrap confidence intervals, JASA 82, 1987
    """
    below = float((values < estimate).mean())
    change = left_out.mean() - left_out
    spread = float((change**2).sum())
    if not 0 < below < 1 or not spread > 0:
        raise SampleError("this statistic has no BCa interval", "use percentile intervals")
    bias, pull = _NORMAL.inv_cdf(below), float((change**3).sum()) / (6 * spread**1.5)
    tail = (1 - confidence) / 2
    shares = [_corrected(bias, pull, _NORMAL.inv_cdf(share)) for share in (tail, 1 - tail)]
    low, high = np.quantile(values, shares).tolist()
    return Interval(low, high, confidence)


def block_jackknife(series: F64, statistic: Statistic, block_length: int, periods_per_year: float) -> F64:
    """Return float64[n_blocks], the statistic without each of the blocks that ``series`` is cut into.

    Notes
    -----
    Neighbours depend on each other, so that leaving out single periods would understate how much a piece of history
    matters [1]_. O(n_periods^2 / block_length).

    References
    ----------
    .. [1] H. R. Kunsch, The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17,
       1989
    """
    blocks = series.size // block_length
    kept = series.size - block_length
    at_a_time = max(1, CHUNK // kept)
    found = []
    for first in range(0, blocks, at_a_time):
        start = np.arange(first, min(first + at_a_time, blocks))[:, None] * block_length
        place = np.arange(kept)
        found.append(statistic.compute(series[place + block_length * (place >= start)], periods_per_year))
    return np.concatenate(found)


def bootstrap_interval(returns: F64, statistic: Statistic, settings: Settings) -> Interval:
    """Return the interval of ``statistic``, by the bootstrap and the kind of interval that ``settings`` name.

    Parameters
    ----------
    returns : float64[n_periods], finite, not constant

    Raises
    ------
    SampleError : constant returns, or no such interval

    Notes
    -----
    O(resamples * n_periods), some 64 MiB at most beside the input.
    """
    plan = Plan.of(settings, returns)
    values = resampled(returns, statistic, plan.chunks(returns.size), settings.periods_per_year)
    values = values[~np.isnan(values)]
    if not values.size:
        raise SampleError(f"no resample has a {statistic.name}", "give a longer history")
    if settings.interval == "percentile":
        return percentile_interval(values, settings.confidence)
    block = min(math.ceil(plan.block_length), returns.size // _LEAST_BLOCKS)
    left_out = block_jackknife(returns, statistic, block, settings.periods_per_year)
    estimate = float(statistic.compute(returns, settings.periods_per_year))
    return bca_interval(values, estimate, left_out, settings.confidence)


def _corrected(bias: float, pull: float, quantile: float) -> float:
    moved = bias + quantile
    return _NORMAL.cdf(bias + moved / (1 - pull * moved))


def _sharpe(sample: Sample, settings: Settings) -> Finding:
    value = float(SHARPE.compute(sample.returns, settings.periods_per_year))
    interval = bootstrap_interval(sample.returns, SHARPE, settings)
    least = settings.benchmark_sharpe
    passed = interval.low > least
    return Finding(
        "sharpe-interval",
        value,
        least,
        passed,
        f"The annual Sharpe ratio is {value:.2f}, between {interval.low:.2f} and {interval.high:.2f} with "
        f"{interval.confidence:.0%} confidence, so it is {'above' if passed else 'not surely above'} {least:g}.",
        interval,
        (("block_length", Plan.of(settings, sample.returns).block_length),),
    )


def _cagr(sample: Sample, settings: Settings) -> Finding:
    value = float(CAGR.compute(sample.returns, settings.periods_per_year))
    interval = bootstrap_interval(sample.returns, CAGR, settings)
    passed = interval.low > 0
    return Finding(
        "cagr-interval",
        value,
        0.0,
        passed,
        f"The account grew by {value:.1%} a year, between {interval.low:.1%} and {interval.high:.1%} with "
        f"{interval.confidence:.0%} confidence, so growth is {'' if passed else 'not '}beyond chance.",
        interval,
    )


def _drawdown(sample: Sample, settings: Settings) -> Finding:
    value = float(MAX_DRAWDOWN.compute(sample.returns, settings.periods_per_year))
    plan = Plan.of(settings, sample.returns)
    # A drawdown is a matter of the order, not of the distribution, which is what BCa corrects for.
    chunks = plan.chunks(sample.returns.size)
    values = resampled(sample.returns, MAX_DRAWDOWN, chunks, settings.periods_per_year)
    interval = percentile_interval(values, settings.confidence)
    passed = interval.high <= settings.drawdown_limit
    return Finding(
        "drawdown-interval",
        value,
        settings.drawdown_limit,
        passed,
        f"The largest drawdown was {value:.1%}, and {interval.low:.1%} to {interval.high:.1%} in "
        f"{interval.confidence:.0%} of the histories that are as likely, which is "
        f"{'within' if passed else 'beyond'} the limit of {settings.drawdown_limit:.0%}.",
        interval,
    )


_SOURCE = "Politis and Romano 1994; Politis and White 2004, corrected 2009; Efron 1987"

SHARPE_INTERVAL = Check("sharpe-interval", "Is the Sharpe ratio surely above the benchmark?", (), _sharpe, _SOURCE)
CAGR_INTERVAL = Check("cagr-interval", "Did the account grow beyond chance?", (), _cagr, _SOURCE)
DRAWDOWN_INTERVAL = Check("drawdown-interval", "How deep could it have fallen?", (), _drawdown, _SOURCE)
