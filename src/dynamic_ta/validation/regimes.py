"""A history cut into named regimes, without looking ahead, and what the strategy did in each."""

import math
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64
from dynamic_ta.validation.draws import CHUNK, Plan
from dynamic_ta.validation.errors import SampleError
from dynamic_ta.validation.intervals import percentile_interval
from dynamic_ta.validation.model import I64, Check, Finding, Interval, Sample, Settings
from dynamic_ta.validation.resampled_means import resampled_means
from dynamic_ta.validation.statistics import sharpe


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Which regime each period belongs to.

    Parameters
    ----------
    names : of the regimes; the first is that of the periods before anything can be told
    of : int64[n_periods], an index into ``names``; every period has exactly one
    """

    names: tuple[str, ...]
    of: I64


@dataclass(frozen=True, slots=True)
class RegimeStatistics:
    """What a strategy did in one regime.

    Parameters
    ----------
    periods : how many
    mean : return a period; NaN without a period
    interval : of the mean, by the block bootstrap of the whole history; None where a resample has no such period
    sharpe : annualised, of these periods; NaN for fewer than 2
    """

    name: str
    periods: int
    mean: float
    interval: Interval | None
    sharpe: float


def volatility_regimes(market: F64, window: int) -> Split:
    """Call a period turbulent where the volatility of the ``window`` periods before it is above its median so far.

    Parameters
    ----------
    market : float64[n_periods], returns
    window : periods, 2 <= window < n_periods

    Returns
    -------
    Split, ``warm-up`` for the first ``window`` periods, then ``calm`` or ``turbulent``

    Raises
    ------
    SampleError : window out of range

    Notes
    -----
    Period t reads returns before t only. The median is that of all windows that end before t. O(n_periods window).
    """
    _check_window(market, window)
    volatility = _volatility(np.lib.stride_tricks.sliding_window_view(market, window)[:-1])
    turbulent = volatility > _medians_so_far(volatility)
    return _split(("warm-up", "calm", "turbulent"), window, turbulent)


def trend_regimes(market: F64, window: int) -> Split:
    """Call a period up where the market did not fall over the ``window`` periods before it, else down.

    Parameters, returns (``warm-up``, ``up``, ``down``), errors and notes as in ``volatility_regimes``.
    """
    _check_window(market, window)
    grown = np.lib.stride_tricks.sliding_window_view(1 + market, window)[:-1].prod(axis=1)
    return _split(("warm-up", "up", "down"), window, grown < 1)


def regime_statistics(
    returns: F64, split: Split, chunks: Iterable[I64], periods_per_year: float, confidence: float
) -> tuple[RegimeStatistics, ...]:
    """Return what float64[n_periods] ``returns`` did in each regime.

    Parameters
    ----------
    chunks : indices of resamples of the whole history, as ``Plan.chunks`` yields them

    Notes
    -----
    A resample draws periods with their labels, so that the number of periods of a regime varies as it does in truth.
    """
    inside = (split.of[:, None] == np.arange(len(split.names))).astype(np.float64)
    sums = resampled_means(np.hstack((inside, inside * returns[:, None])), chunks)
    share, total = np.hsplit(sums, 2)
    found = []
    for regime, name in enumerate(split.names):
        own = returns[split.of == regime]
        met = share[:, regime] > 0
        interval = percentile_interval(total[:, regime] / share[:, regime], confidence) if met.all() else None
        found.append(
            RegimeStatistics(
                name,
                own.size,
                float(own.mean()) if own.size else math.nan,
                interval,
                float(sharpe(own, periods_per_year)) if own.size > 1 else math.nan,
            )
        )
    return tuple(found)


def _check_window(market: F64, window: int) -> None:
    if not 2 <= window < market.size:  # noqa: PLR2004
        raise SampleError(
            f"regimes of {window} periods in a history of {market.size}", "give a shorter regime_window, of 2 or more"
        )


def _split(names: tuple[str, str, str], window: int, second: npt.NDArray[np.bool_]) -> Split:
    return Split(names, np.concatenate((np.zeros(window, np.int64), 1 + second.astype(np.int64))))


def _volatility(windows: F64) -> F64:
    """Return the sample deviation of each row, a chunk at a time: the rows overlap, but their deviations would not."""
    at_a_time = max(1, CHUNK // windows.shape[1])
    parts = [windows[first : first + at_a_time] for first in range(0, len(windows), at_a_time)]
    return np.concatenate([part.std(axis=1, ddof=1) for part in parts])


def _medians_so_far(values: F64) -> F64:
    """Return for each value the median of it and of those before it."""
    known: list[float] = []
    medians = np.empty(values.size)
    for at, value in enumerate(values.tolist()):
        insort(known, value)
        half = len(known) // 2
        medians[at] = known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2
    return medians


def _check(sample: Sample, settings: Settings) -> Finding:
    returns = sample.returns
    market = returns if sample.benchmark is None else sample.benchmark
    plan = Plan.of(settings, returns)
    found: list[RegimeStatistics] = []
    for split in (volatility_regimes(market, settings.regime_window), trend_regimes(market, settings.regime_window)):
        chunks = plan.chunks(market.size, len(split.names))
        found += regime_statistics(returns, split, chunks, settings.periods_per_year, settings.confidence)[1:]
    known = [(regime, regime.interval) for regime in found if regime.interval is not None]
    if not known:
        raise SampleError("no regime is met in every resample", "give a longer history or a shorter regime_window")
    worst, interval = min(known, key=lambda pair: pair[0].mean)
    passed = all(interval.high >= 0 for _, interval in known)
    return Finding(
        "regimes",
        worst.mean,
        0.0,
        passed,
        f"The worst regime is {worst.name}, with {worst.mean:.4%} a period over {worst.periods} periods; "
        f"{'no regime loses' if passed else 'a regime loses'} money beyond chance.",
        interval,
        tuple((f"{regime.name}_{key}", value) for regime in found for key, value in _figures(regime)),
    )


def _figures(regime: RegimeStatistics) -> tuple[tuple[str, float], ...]:
    return ("periods", regime.periods), ("mean", regime.mean), ("sharpe", regime.sharpe)


REGIMES = Check(
    "regimes",
    "Does it lose money in some kind of market?",
    (),
    _check,
    "regimes from earlier periods only; intervals by Politis and Romano 1994",
)
