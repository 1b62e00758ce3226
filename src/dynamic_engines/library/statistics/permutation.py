"""Differences of means under permutation."""

from collections.abc import Sequence

import numpy as np

from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import MOST, check_largest, check_lines, check_whole
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting, Settings
from dynamic_engines.library.stage import Stage, Work
from dynamic_engines.library.statistics.bootstrap import mean_bound
from dynamic_engines.library.statistics.words import MOST_SEED, below, words
from dynamic_engines.matrix.cases import Rng
from dynamic_engines.model import Precision
from dynamic_engines.rounding import unit


def permuted_differences(x: F64, first: int, permutations: int, seed: int) -> Lines:
    """Mean of ``first`` values less that of the others, for random choices of the ``first``.

    Parameters
    ----------
    x : float64[n], finite: both samples, one after the other; n * |x| at most a quarter of float64's largest
    first : int, how many values the first sample has, 1 <= first < n
    permutations : int, at least 1
    seed : int, 0 <= seed < 2**53; the same seed makes the same choices on every device

    Returns
    -------
    float64[permutations]; the share of them that is at least as far from 0 as ``x[:first].mean() - x[first:].mean()``
    is the test's p-value (count the observed one in)

    Notes
    -----
    Value i is chosen if word i of Philox stream p, as a whole number below n - i, is below the number still wanted
    [1]_: every choice is as likely as another to within n / 2**64.

    References
    ----------
    .. [1] D. E. Knuth, The Art of Computer Programming 2, 3rd ed., 1997, section 3.4.2, algorithm S
    """
    found = []
    for p in range(permutations):
        chosen = choice(x.size, first, words(seed, p, x.size))
        found.append(x[chosen].mean() - x[~chosen].mean())
    return (np.array(found),)


def choice(n: int, first: int, drawn: "np.typing.NDArray[np.uint64]") -> "np.typing.NDArray[np.bool_]":
    """Return which of ``n`` values the words ``drawn`` choose: bool[n], ``first`` of them true."""
    places = below(drawn, np.arange(n, 0, -1, dtype=np.uint64)).tolist()
    chosen = np.zeros(n, np.bool_)
    wanted = first
    for i, place in enumerate(places):
        if place < wanted:
            chosen[i] = True
            wanted -= 1
    return chosen


def _check(precision: Precision, x: F64, first: float, permutations: float, seed: float) -> None:
    check_lines(x=x)
    check_largest(precision, 0.25 / max(1, x.size), x=x)
    check_whole("first", first, 1, x.size - 1)
    check_whole("permutations", permutations, 1, MOST)
    check_whole("seed", seed, 0, MOST_SEED)


def _place(stage: Stage, x: F64, first: int, permutations: int, seed: int) -> Work:
    program = stage.program(load_kernel("statistics/permutation"))
    source, out = stage.send("x", x), stage.room(permutations)
    numbers = (np.uint32(x.size), np.uint32(first), np.uint32(permutations), np.uint64(seed))
    return Work(lambda: program.run(permutations, *numbers, source, out), lambda: stage.fetch(out))


def _most_error(precision: Precision, x: F64, _first: int, _permutations: int, _seed: int) -> tuple[float]:
    """Two means, each within ``mean_bound`` of all n values, and the rounding of their difference on either side."""
    rounding = 2 * (unit(precision) + unit(Precision.FLOAT64)) * float(np.abs(x).max())
    return (2 * mean_bound(precision, x, x.size) * (1 + unit(precision)) + rounding,)


def _settings(rng: Rng, size: int) -> Sequence[Settings]:
    count = int(rng.choice([1, 7, 33]))
    return [(int(rng.integers(1, max(2, size))), count, int(rng.integers(0, 2**53)))]


PERMUTATION = Kernel(
    name="statistics/permutation",
    title="Permutation of two samples' means",
    inputs=(Argument("x", "n", "REAL", "any", "both samples, one after the other"),),
    settings=(
        Setting("first", 5000, 1, "values of the first sample, below n"),
        Setting("permutations", 1000, 1, "differences to draw"),
        Setting("seed", 1, 0, "below 2**53"),
    ),
    outputs=(Argument("differences", "permutations", "REAL", "any", "mean of the first less mean of the rest"),),
    check=_check,
    compute=permuted_differences,
    place=_place,
    most_error=_most_error,
    bound_source="twice mean_bound of statistics/bootstrap, and one rounding; choices are exact",
    # A value: a quarter of a Philox block, a comparison, and two additions.
    cost=lambda size, n, _first, permutations, _seed: Cost(size * (n + permutations), permutations * n * 28),
    draw=line_cases(settings=_settings, lengths=(0, 1, 2, 3, 4, 5, 63, 1009)),
    sample=lambda rng, share: walks(10_000, settings=(max(1, int(5000 * share)), 1000, 1))(rng, share),
    needs=(),
)
