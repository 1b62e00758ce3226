"""How long a plan may take: durations drawn from their quantiles, again and again, from a seed."""

import math
from collections.abc import Sequence

import numpy as np

from dynamic_impact.planning.dag import F64, Dag

_Z95 = 1.6448536269514722  # the standard normal's ninety-fifth percentile
_DRAWS = 20_000_000
_MOST, _LEAST = 4_000, 200
# How much of the variance of a test's time is its runner's, which all tests on it share. Nothing measures it yet; 0
# would let slow tests cancel out fast ones on a runner that is slow for all.
SHARED = 0.25


def samples_for(tasks: int) -> int:
    """Return how many draws of ``tasks`` are worth their time: 200 to 4,000."""
    return int(min(_MOST, max(_LEAST, _DRAWS // max(tasks, 1))))


def draw(p50_s: F64, p95_s: F64, samples: int, rng: np.random.Generator, shared: float = SHARED) -> F64:
    """Return durations of the tasks of one runner.

    Parameters
    ----------
    p50_s, p95_s : float64[n], s; the log-normal that has these quantiles is each task's distribution
    shared : float in [0, 1], the part of the variance of log time that all tasks of the runner have in common

    Returns
    -------
    float64[samples, n], s
    """
    sigma = np.where(p50_s > 0, np.log(np.maximum(p95_s, 1e-12) / np.maximum(p50_s, 1e-12)), 0.0) / _Z95
    own = rng.standard_normal((samples, len(p50_s)), dtype=np.float32)
    own *= np.float32(math.sqrt(1 - shared))
    own += rng.standard_normal((samples, 1), dtype=np.float32) * np.float32(math.sqrt(shared))
    own *= sigma.astype(np.float32)
    return np.asarray(np.exp(own, out=own) * p50_s.astype(np.float32), dtype=np.float64)


def runner_times(dag: Dag, order: Sequence[int], workers: int, seconds: F64) -> F64:
    """Return when a runner that takes up ``order`` is done, for each row of ``seconds``.

    Parameters
    ----------
    order : the runner's tasks, each after what it needs
    seconds : float64[samples, len(order)], s

    Notes
    -----
    With several workers each task goes, in this order, to the one that is free first.
    """
    if workers == 1:
        return np.asarray(seconds.sum(axis=1))
    samples = len(seconds)
    free = np.zeros((samples, workers))
    ended: dict[int, F64] = {}
    rows = np.arange(samples)
    needed = {before for task in order for before in dag.needs[task]}
    for column, task in enumerate(order):
        worker = free.argmin(axis=1)
        start = free[rows, worker]
        for before in dag.needs[task]:
            start = np.maximum(start, ended[before])
        free[rows, worker] = start + seconds[:, column]
        if task in needed:
            ended[task] = free[rows, worker]
    return np.asarray(free.max(axis=1))
