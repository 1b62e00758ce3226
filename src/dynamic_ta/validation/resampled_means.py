"""Means of many strategies over the same block bootstrap samples."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.validation.draws import CHUNK, Plan
from dynamic_ta.validation.errors import SampleError
from dynamic_ta.validation.model import I64, Sample, Settings


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """What the tests of many strategies read.

    Parameters
    ----------
    periods : int
    mean : float64[n_strategies], of the excess returns
    resampled : float64[resamples, n_strategies], of the excess returns of each resample
    deviation : float64[n_strategies], of sqrt(n_periods) * mean, as the stationary bootstrap has it
    """

    periods: int
    mean: F64
    resampled: F64
    deviation: F64


def resampled_means(excess: F64, chunks: Iterable[I64]) -> F64:
    """Return float64[resamples, n_strategies], the mean of each column over each resample's indices.

    Parameters
    ----------
    excess : float64[n_periods, n_strategies]
    chunks : of int64[some, n_periods], as ``Plan.chunks`` yields them

    Notes
    -----
    A mean is linear, so that a resample is a row of weights, how often each period was drawn, and all are one matrix
    product: 2 * resamples * n_periods * n_strategies operations.
    """
    periods = excess.shape[0]
    return np.asarray(np.concatenate([_counts(chunk, periods) @ excess for chunk in chunks]) / periods)


def _counts(chunk: I64, periods: int) -> F64:
    rows = len(chunk)
    flat = (chunk + periods * np.arange(rows)[:, None]).ravel()
    return np.bincount(flat, minlength=rows * periods).reshape(rows, periods).astype(np.float64)


def bootstrap_deviation(excess: F64, block_length: float) -> F64:
    """Return float64[n_strategies], the deviation of sqrt(n_periods) * mean under the stationary bootstrap.

    Parameters
    ----------
    block_length : the blocks' mean length, in periods, >= 1

    Raises
    ------
    SampleError : it is 0, for a constant column

    Notes
    -----
    Its square is R(0) + 2 sum k(i) R(i), R the autocovariance, k(i) = (n - i)/n (1 - 1/l)^i + i/n (1 - 1/l)^(n - i)
    [1]_: exact, no resample needed. With the circular autocovariance C(i) = R(i) + R(n - i) that is
    C(0) + 2 sum (n - i)/n (1 - 1/l)^i C(i), and C is one Fourier transform there and back.
    O(n_periods log n_periods) a column, some 64 MiB beside the input.

    References
    ----------
    .. [1] D. N. Politis and J. P. Romano, The stationary bootstrap, JASA 89, 1994, lemma 1; Hansen 2005, section 2.4
    """
    periods = excess.shape[0]
    lag = np.arange(periods)
    weight = np.where(lag, 2.0, 1.0) * (1 - lag / periods) * (1 - 1 / block_length) ** lag
    columns = max(1, CHUNK // periods)
    parts = [excess[:, first : first + columns] for first in range(0, excess.shape[1], columns)]
    variance = np.concatenate([weight @ _circular_covariance(part) for part in parts])
    if not (variance > 0).all():
        column = int(np.flatnonzero(~(variance > 0))[0])
        raise SampleError(f"strategy {column + 1} never differs from the benchmark", "leave it out")
    return np.asarray(np.sqrt(variance))


def _circular_covariance(part: F64) -> F64:
    """Return float64[n_periods, n_columns], the circular autocovariance of each column at lags 0 to n - 1."""
    periods = part.shape[0]
    spectrum = np.fft.rfft(part - part.mean(axis=0), axis=0)
    return np.asarray(np.fft.irfft(np.abs(spectrum) ** 2, periods, axis=0) / periods)


@lru_cache(maxsize=1)  # three checks in a row read the same
def means_of(sample: Sample, settings: Settings) -> Means:
    """Return what the tests of many strategies read, with the block length of the chosen strategy.

    Raises
    ------
    SampleError : no trials, or one that never differs from the benchmark
    """
    excess = sample.excess()
    periods = excess.shape[0]
    plan = Plan.of(settings, excess[:, sample.chosen])
    resampled = resampled_means(excess, plan.chunks(periods))
    return Means(periods, excess.mean(axis=0), resampled, bootstrap_deviation(excess, plan.block_length))
