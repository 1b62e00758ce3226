"""Running sum of a series."""

import numpy as np

from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import check_largest, check_lines
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines
from dynamic_engines.library.pairs import BLOCK, GROUP, LANES, additions, lane_knobs
from dynamic_engines.library.stage import Stage, Work, groups, known
from dynamic_engines.model import Precision
from dynamic_engines.rounding import gamma, smallest, unit

# Additions one after the other in a lane of 128: for its sum at most 8 of vectors, 4 to add up those, and 15 of what is
# left of the last 16; for its scan 16 links of 8 values and 4 within one, or 15, 4 and 7.
_LINKS = BLOCK // LANES // 16 + 4 + 15
_TREE = 6  # log2 of the lanes


def inclusive_sum(x: F64) -> Lines:
    """Sum of all values so far.

    Parameters
    ----------
    x : float64[n], finite, n * |x| at most half of float64's largest

    Returns
    -------
    float64[n]

    Notes
    -----
    ``numpy.cumsum`` adds one value after the other; the rounding error of each addition is found exactly (TwoSum [1]_)
    and their own running sum is added, so the result is right to about one rounding.

    References
    ----------
    .. [1] D. E. Knuth, The Art of Computer Programming 2, 3rd ed., 1997, section 4.2.2, theorem B
    """
    sums = np.cumsum(x)
    before = np.concatenate(([0.0], sums[:-1]))[: x.size]
    back = sums - before
    return (sums + np.cumsum((before - (sums - back)) + (x - back)),)


def _check(precision: Precision, x: F64) -> None:
    check_lines(x=x)
    check_largest(precision, 0.5 / max(1, x.size), x=x)


def _place(stage: Stage, x: F64) -> Work:
    if not x.size:
        return known(np.zeros(0))
    sums = stage.program(load_kernel("reductions/sum"), lane_knobs(stage.precision))
    scan = stage.program(load_kernel("scans/inclusive_sum"), lane_knobs(stage.precision))
    blocks, local, count = -(-x.size // BLOCK), stage.pick(GROUP), np.uint32(x.size)
    source, out = stage.send("x", x), stage.room(x.size)
    totals, starts = ((stage.room(blocks), stage.room(blocks)) for _ in range(2))

    def launch() -> None:
        groups(sums, blocks, local, count, source, *totals)
        groups(scan, 1, local, np.uint32(blocks), *totals, *starts, entry="scan_starts")
        groups(scan, blocks, local, count, source, *starts, out).wait()

    return Work(launch, lambda: stage.fetch(out))


def _most_error(precision: Precision, x: F64) -> tuple[F64]:
    """Return the bound of each sum.

    Notes
    -----
    Let A be the running sum of the magnitudes, B its part within a value's block, and u the unit roundoff.

    1. A lane adds plainly: gamma(L) of the magnitudes, where L is the additions of a lane one after the other, for the
       value's own lane and those before it in the block: gamma(L) B.
    2. Blocks and lanes are joined as high + low: gamma(D) gamma(2 D + 2) A, as in ``pair_error``. D is the depth of a
       block's sum, of the run of blocks that a lane of ``scan_starts`` passes twice, and of two trees of lanes.
    3. high + (low + carry) is rounded twice: u (|s| + 2 B) and what 1 and 2 allow.
    4. What sending moved a value by stays: its running sum. Flushed denormals are as in ``pair_error``.
    5. The oracle is off by gamma64(2 n)^2 A and one rounding.
    """
    u, u64 = unit(precision), unit(Precision.FLOAT64)
    magnitude = np.cumsum(np.abs(x)) * (1 + gamma(x.size + 1, u64))
    starts = (np.arange(x.size) // BLOCK) * BLOCK
    within = magnitude - np.concatenate(([0.0], magnitude))[starts] * (1 - gamma(x.size + 1, u64))
    blocks = -(-x.size // BLOCK)
    runs = -(-blocks // LANES)
    depth = additions(min(max(1, x.size), BLOCK)) + 2 * runs + 2 * _TREE + 2
    joined = gamma(depth, u) * gamma(2 * depth + 2, u) * magnitude
    plain = gamma(_LINKS, u) * within
    rounded = 2 * u * (np.abs(inclusive_sum(x)[0]) + 2 * within + plain + joined)
    moved = np.cumsum(np.abs(x.astype(precision.dtype) - x)) * (1 + gamma(x.size + 1, u64))
    places = np.arange(1, x.size + 1)
    flushed = 8 * places * smallest(precision) if precision is Precision.FLOAT32 else 0.0
    oracle = gamma(2 * max(1, x.size), u64) ** 2 * magnitude + 2 * u64 * magnitude
    bound: F64 = (plain + joined + rounded) * (1 + u) + moved * (1 + 4 * u) + flushed + oracle
    return (bound,)


INCLUSIVE_SUM = Kernel(
    name="scans/inclusive_sum",
    title="Running sum",
    inputs=(Argument("x", "n", "REAL", "any", "the values"),),
    settings=(),
    outputs=(Argument("sums", "n", "REAL", "any", "of all values so far"),),
    check=_check,
    compute=inclusive_sum,
    place=_place,
    most_error=_most_error,
    bound_source="Higham's gamma of the 27 links of a lane, pair_error from block to block, two roundings at the end",
    cost=lambda size, n: Cost(2 * size * n, n),
    draw=line_cases(),
    sample=walks(8_000_000),
    knobs=lane_knobs,
)
