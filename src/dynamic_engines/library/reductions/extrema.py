"""Least and greatest value of a series, and where they stand."""

import numpy as np

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import check_held, check_lines
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines
from dynamic_engines.library.pairs import BLOCK, GROUP, lane_knobs
from dynamic_engines.library.stage import Stage, Work, groups
from dynamic_engines.model import Precision


def extrema(x: F64) -> Lines:
    """Least and greatest value, and the first place of each.

    Parameters
    ----------
    x : float64[n], finite, n >= 1; a device that computes in float32 takes only what float32 holds

    Returns
    -------
    four float64[1]: least, greatest, place of the least, place of the greatest; places count from 0
    """
    least, greatest = int(np.argmin(x)), int(np.argmax(x))
    return tuple(np.array([float(value)]) for value in (x[least], x[greatest], least, greatest))


def _check(precision: Precision, x: F64) -> None:
    check_lines(x=x)
    if not x.size:
        raise KernelDomainError("an empty series has no least value", "give at least one value")
    check_held(precision, x=x)


def _place(stage: Stage, x: F64) -> Work:
    program = stage.program(load_kernel("reductions/extrema"), lane_knobs(stage.precision))
    source = stage.send("x", x)
    blocks, local = -(-x.size // BLOCK), stage.pick(GROUP)
    least, greatest = stage.room(blocks), stage.room(blocks)
    found, places = stage.room(2), stage.room(2, dtype=np.uint32)

    def launch() -> None:
        count = np.uint32(x.size)
        groups(program, blocks, local, count, source, least, greatest)
        every = (count, np.uint32(blocks), source, least, greatest, found, places)
        groups(program, 1, local, *every, entry="extrema_places").wait()

    def fetch() -> Lines:
        values, at = stage.fetch(found, places)
        return values[:1], values[1:], at[:1], at[1:]

    return Work(launch, fetch)


EXTREMA = Kernel(
    name="reductions/extrema",
    title="Minimum and maximum, with their places",
    inputs=(Argument("x", "n", "REAL", "any", "the values"),),
    settings=(),
    outputs=(
        Argument("least", "1", "REAL", "any", "the least value"),
        Argument("greatest", "1", "REAL", "any", "the greatest value"),
        Argument("least_at", "1", "uint", "places", "where the least stands first"),
        Argument("greatest_at", "1", "uint", "places", "where the greatest stands first"),
    ),
    check=_check,
    compute=extrema,
    place=_place,
    most_error=lambda *_: (0.0, 0.0, 0.0, 0.0),
    bound_source="exact: comparisons of values that the precision holds",
    cost=lambda size, n: Cost(size * n, 2 * n),
    draw=line_cases(exact=True),
    sample=walks(16_000_000),
    knobs=lane_knobs,
)
