"""Means of resamples."""

from collections.abc import Sequence

import numpy as np

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import MOST, check_largest, check_lines, check_whole
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting, Settings
from dynamic_engines.library.stage import Stage, Work
from dynamic_engines.library.statistics.words import MOST_SEED, below, words
from dynamic_engines.matrix.cases import Rng
from dynamic_engines.model import Precision
from dynamic_engines.rounding import gamma, smallest, unit

_MANY = 5000  # values, beyond which the oracle takes too long for many resamples


def bootstrap_means(x: F64, resamples: int, seed: int) -> Lines:
    """Means of ``resamples`` samples of n values that are drawn from ``x`` with replacement.

    Parameters
    ----------
    x : float64[n], finite, n >= 1, n * |x| at most half of float64's largest
    resamples : int, at least 1
    seed : int, 0 <= seed < 2**53; the same seed draws the same samples on every device

    Returns
    -------
    float64[resamples]

    Notes
    -----
    Draw i of resample r is word i of Philox stream r times n, divided by 2**64: each value is as likely as another to
    within n / 2**64. Efron's plain bootstrap [1]_: neighbours in time are torn apart.

    References
    ----------
    .. [1] B. Efron, Bootstrap methods: another look at the jackknife, The Annals of Statistics 7, 1979
    """
    return (np.array([x[below(words(seed, r, x.size), x.size)].mean() for r in range(resamples)]),)


def _check(precision: Precision, x: F64, resamples: float, seed: float) -> None:
    check_lines(x=x)
    if not x.size:
        raise KernelDomainError("there is nothing to draw from an empty series", "give at least one value")
    check_largest(precision, 0.5 / x.size, x=x)
    check_whole("resamples", resamples, 1, MOST)
    check_whole("seed", seed, 0, MOST_SEED)


def _place(stage: Stage, x: F64, resamples: int, seed: int) -> Work:
    program = stage.program(load_kernel("statistics/bootstrap"))
    source, means = stage.send("x", x), stage.room(resamples)
    numbers = (np.uint32(x.size), np.uint32(resamples), np.uint64(seed))
    return Work(lambda: program.run(resamples, *numbers, source, means), lambda: stage.fetch(means))


def mean_bound(precision: Precision, x: F64, count: int) -> float:
    """Return the most that the mean of ``count`` of the values ``x`` differs from that of the oracle.

    Notes
    -----
    With A the largest magnitude: n additions of high + low are off by gamma(n) gamma(2 n) n A (as in ``pair_error``),
    which the division by n makes gamma(n) gamma(2 n) A. Then come high + low (u), n as REAL (u) and the division
    (2.5 ulp = 5 u in single, u in double), each relative to the mean, whose magnitude is at most A. Sending moves a
    value, and so a mean, by u A. NumPy's mean of the same values is off by gamma64(n + 1) A. A device may flush
    denormals, eight results a value.
    """
    u, u64 = unit(precision), unit(Precision.FLOAT64)
    largest = float(np.abs(x).max())
    single = precision is Precision.FLOAT32
    sums = gamma(count, u) * gamma(2 * count, u)
    relative = (sums + (8 if single else 3) * u) * (1 + 8 * u) + gamma(count + 1, u64)
    return relative * largest + (9 * smallest(precision) if single else smallest(precision))


def _most_error(precision: Precision, x: F64, _resamples: int, _seed: int) -> tuple[float]:
    return (mean_bound(precision, x, x.size),)


def _settings(rng: Rng, size: int) -> Sequence[Settings]:
    return [(int(rng.choice([1, 7, 64])) if size < _MANY else 3, int(rng.integers(0, 2**53)))]


BOOTSTRAP = Kernel(
    name="statistics/bootstrap",
    title="Bootstrap of the mean",
    inputs=(Argument("x", "n", "REAL", "any", "the sample"),),
    settings=(
        Setting("resamples", 1000, 1, "means to draw"),
        Setting("seed", 1, 0, "below 2**53"),
    ),
    outputs=(Argument("means", "resamples", "REAL", "any", "of each resample"),),
    check=_check,
    compute=bootstrap_means,
    place=_place,
    most_error=_most_error,
    bound_source="mean_bound: Ogita, Rump and Oishi's Sum2, division as in OpenCL C 1.2 section 7.4; draws are exact",
    # A draw: a quarter of a Philox block (see statistics/philox) and an addition.
    cost=lambda size, n, resamples, _: Cost(size * (n + resamples), resamples * n * 26),
    draw=line_cases(settings=_settings, lengths=(0, 1, 2, 3, 4, 5, 63, 1009)),
    sample=walks(10_000, settings=(2000, 1)),
    needs=(),
)
