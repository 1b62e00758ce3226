"""How long a plan may take: durations drawn from their quantiles, again and again, from a seed."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dynamic_impact.planning.dag import F64, I64, Dag

_Z95 = 1.6448536269514722  # the standard normal's ninety-fifth percentile
_DRAWS = 4_000_000
_MOST, _LEAST = 4_000, 200
_EACH = 256  # tasks of a runner whose noise is drawn for each; that of thousands of short ones cancels out
# How much of the variance of a test's time is its runner's, which all tests on it share. Nothing measures it yet; 0
# would let slow tests cancel out fast ones on a runner that is slow for all.
SHARED = 0.25


def samples_for(tasks: Sequence[int]) -> int:
    """Return how many draws are worth their time for runners of so many ``tasks``: 200 to 4,000."""
    return int(min(_MOST, max(_LEAST, _DRAWS // max(sum(min(each, _EACH) for each in tasks), 1))))


def runner_times(
    dag: Dag,
    order: Sequence[int],
    workers: int,
    p50_s: F64,
    p95_s: F64,
    samples: int,
    rng: np.random.Generator,
    shared: float = SHARED,
) -> F64:
    """Return when a runner that takes up ``order`` is done, drawn ``samples`` times.

    Parameters
    ----------
    order : the runner's tasks, each after what it needs
    p50_s, p95_s : float64[all tasks], s; the log-normal that has these quantiles is each task's distribution
    shared : float in [0, 1], the part of the variance of log time that all tasks of the runner have in common

    Returns
    -------
    float64[samples], s

    Notes
    -----
    Each task goes, in this order, to the worker that is free first. Beyond 256 tasks the shorter ones are taken
    together: their common part is drawn, their own noise replaced by its mean, and they fill up all workers evenly.
    """
    tasks = np.asarray(order, dtype=np.int64)
    sigma = _sigma(p50_s[tasks], p95_s[tasks])
    each = _explicit(dag, tasks, p50_s)
    common = rng.standard_normal((samples, 1))
    seconds = _draw(p50_s[tasks[each]], sigma[each], common, rng, shared)
    rest_s, rest_sigma = p50_s[tasks[~each]], sigma[~each]
    rest = np.zeros(samples)
    if len(rest_s):
        means = rest_s * np.exp(rest_sigma**2 * (1 - shared) / 2)
        spread = float(np.average(rest_sigma, weights=means)) if means.any() else 0.0
        rest = means.sum() * np.exp(spread * math.sqrt(shared) * common[:, 0])
    free = _workers(dag, tasks[each].tolist(), workers, seconds)
    return np.asarray(np.maximum(free.max(axis=1), (free.sum(axis=1) + rest) / workers))


def _explicit(dag: Dag, tasks: I64, p50_s: F64) -> NDArray[np.bool_]:
    """Return which of ``tasks`` are drawn one by one: the longest, and whatever another needs."""
    each = np.ones(len(tasks), dtype=np.bool_)
    if len(tasks) > _EACH:
        each[np.argsort(-p50_s[tasks], kind="stable")[_EACH:]] = False
        each |= np.fromiter((task in dag.successors for task in tasks.tolist()), np.bool_, len(tasks))
    return each


def _sigma(p50_s: F64, p95_s: F64) -> F64:
    known = p50_s > 0
    ratio = np.divide(p95_s, p50_s, out=np.ones_like(p50_s), where=known)
    return np.asarray(np.log(np.maximum(ratio, 1.0)) / _Z95)


def _draw(p50_s: F64, sigma: F64, common: F64, rng: np.random.Generator, shared: float) -> F64:
    """Return float64[samples, n], s."""
    noise = rng.standard_normal((len(common), len(p50_s)))
    noise *= math.sqrt(1 - shared)
    noise += common * math.sqrt(shared)
    noise *= sigma
    return np.asarray(np.exp(noise, out=noise) * p50_s)


def _workers(dag: Dag, order: Sequence[int], workers: int, seconds: F64) -> F64:
    """Return when each worker is free, float64[samples, workers]."""
    if workers == 1:
        return np.asarray(seconds.sum(axis=1, keepdims=True))
    rows = np.arange(len(seconds))
    free = np.zeros((len(seconds), workers))
    ended: dict[int, F64] = {}
    for column, task in enumerate(order):
        worker = free.argmin(axis=1)
        start = free[rows, worker]
        for before in dag.needs[task]:
            if before in ended:
                start = np.maximum(start, ended[before])
        free[rows, worker] = start + seconds[:, column]
        if task in dag.successors:
            ended[task] = free[rows, worker]
    return free
