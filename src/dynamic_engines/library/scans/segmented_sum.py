"""Running sums that begin anew at flags."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.chunks import LENGTHS, Chunked, depth_of, lane_knobs
from dynamic_engines.library.inputs import check_largest, check_lines, check_same_length
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines
from dynamic_engines.library.stage import Stage, Work, known
from dynamic_engines.matrix.cases import Case, Rng, series
from dynamic_engines.model import Precision
from dynamic_engines.rounding import gamma, smallest, unit

_USUAL = 1009
_SAMPLE = 8_000_000
_OFTEN = 50  # values in a segment, on average


def segmented_sum(x: F64, flags: F64) -> Lines:
    """Sum of all values since the last flag.

    Parameters
    ----------
    x : float64[n], finite, n * |x| at most half of float64's largest
    flags : float64[n], 1 where a sum begins anew with that value, else 0

    Returns
    -------
    float64[n]

    Notes
    -----
    Each segment is added on its own, one value after the other, and the rounding errors likewise, as in
    ``inclusive_sum``: right to about one rounding of the sum. The last sum of each segment is a group-by's.
    """
    found = np.empty(x.size)
    for first, end in _segments(flags):
        part = x[first:end]
        sums = np.cumsum(part)
        before = np.concatenate(([0.0], sums[:-1]))
        back = sums - before
        found[first:end] = sums + np.cumsum((before - (sums - back)) + (part - back))
    return (found,)


def _segments(flags: F64) -> Iterator[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(flags[1:]) + 1).tolist(), flags.size]
    return pairwise(edges) if flags.size else iter(())


def running(x: F64, flags: F64) -> F64:
    """Return the plain running sums of each segment."""
    found = np.empty(x.size)
    for first, end in _segments(flags):
        found[first:end] = np.cumsum(x[first:end])
    return found


def check_flags(name: str, flags: F64, *wanted: float) -> None:
    """Return if each of ``flags`` is one of ``wanted``.

    Raises
    ------
    KernelDomainError : the first that is not is named
    """
    strange = ~np.isin(flags, wanted)
    if strange.any():
        at = int(np.argmax(strange))
        raise KernelDomainError(
            f"{name} is {flags[at]:g} at {at}", f"use {', '.join(f'{value:g}' for value in wanted)}"
        )


def _check(precision: Precision, x: F64, flags: F64) -> None:
    check_lines(x=x, flags=flags)
    check_same_length(x=x, flags=flags)
    check_flags("flags", flags, 0, 1)
    check_largest(precision, 0.5 / max(1, x.size), x=x)


def _place(stage: Stage, x: F64, flags: F64) -> Work:
    if not x.size:
        return known(np.zeros(0))
    program = stage.program(load_kernel("scans/segmented_sum"), lane_knobs(stage.precision))
    chunked = Chunked(stage, program, 1, x.size)
    marks: npt.NDArray[np.int8] = flags.astype(np.int8)
    lines = stage.send("x", x), stage.memory.upload("flags", marks, np.int8)
    ends, before, out = stage.room(chunked.total, 3), stage.room(chunked.total, 3), stage.room(x.size)

    def launch() -> None:
        if chunked.chunks > 1:
            chunked.each("segmented_ends", *lines, ends)
            chunked.carry(ends, before)
        chunked.each("segmented_sum", *lines, before, out).wait()

    return Work(launch, lambda: stage.fetch(out))


def _most_error(precision: Precision, x: F64, flags: F64) -> tuple[F64]:
    """Return the bound of each sum.

    Notes
    -----
    Let M be the running sum of the segment's magnitudes and D ``depth_of`` the series: a value passes at most D
    additions, of values and of pairs, in which products with 0 and 1 are exact.

    1. Each addition's error is found exactly (TwoSum), and low adds them: gamma(D) gamma(2 D + 2) M, as in
       ``pair_error``.
    2. high + low is rounded once: u |s|.
    3. What sending moved a value by stays: its running sum in the segment. A flushed denormal is one of 8 results a
       value.
    4. The oracle is off by gamma64(2 n)^2 M and one rounding.
    """
    u, v, depth = unit(precision), unit(Precision.FLOAT64), depth_of(max(1, x.size))
    slack = 1 + gamma(x.size + 1, v)
    magnitude = running(np.abs(x), flags) * slack
    moved = running(np.abs(x.astype(precision.dtype) - x), flags) * slack
    joined = gamma(depth, u) * gamma(2 * depth + 2, u) * (magnitude + moved)
    places = np.arange(1, x.size + 1)
    flushed = 8 * places * smallest(precision) if precision is Precision.FLOAT32 else 0.0
    oracle = gamma(2 * max(1, x.size), v) ** 2 * magnitude
    rounded = (u + v) * (np.abs(segmented_sum(x, flags)[0]) + moved)
    bound: F64 = (joined + rounded + moved + flushed + oracle) * (1 + 4 * u)
    return (bound,)


def _draw(rng: Rng, precision: Precision) -> Iterator[Case]:
    drawn = series(precision)
    plans = [("walk", size) for size in LENGTHS] + [(name, _USUAL) for name in drawn]
    for name, size in plans:
        for often, said in ((1, "every value"), (_OFTEN, "some values"), (2**40, "no value")):
            flags = (rng.integers(0, often, size) == 0).astype(np.float64)
            yield Case(f"{name} of {size}, a flag at {said}", (drawn[name](rng, size), flags), ())
    large = np.full(_USUAL, 1.0)
    large[::7] = 2.0**20
    yield Case("large before flags, small after", (large, (large > 1).astype(np.float64)), ())


def _sample(rng: Rng, share: float) -> Case:
    count = max(1, int(_SAMPLE * share))
    x = (100 * np.exp(rng.normal(0, 0.01, count))).astype(np.float32).astype(np.float64)
    return Case(f"{count} values", (x, (rng.integers(0, _OFTEN, count) == 0).astype(np.float64)), ())


SEGMENTED_SUM = Kernel(
    name="scans/segmented_sum",
    title="Running sum that restarts at flags",
    inputs=(
        Argument("x", "n", "REAL", "any", "the values"),
        Argument("flags", "n", "char", "", "1 where a sum begins anew, else 0"),
    ),
    settings=(),
    outputs=(Argument("sums", "n", "REAL", "any", "of all values since the last flag"),),
    check=_check,
    compute=segmented_sum,
    place=_place,
    most_error=_most_error,
    bound_source="TwoSum with the errors carried along, of the segment's magnitudes; one rounding at the end",
    cost=lambda size, n, _: Cost((2 * size + 1) * n, n),
    draw=_draw,
    sample=_sample,
    knobs=lane_knobs,
)
