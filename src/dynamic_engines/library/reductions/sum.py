"""Sum of a series."""

import math

import numpy as np

from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import check_largest, check_lines
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines
from dynamic_engines.library.pairs import BLOCK, GROUP, lane_knobs, pair_error, reduced
from dynamic_engines.library.stage import Stage, Work, groups, known
from dynamic_engines.memory import Buffer
from dynamic_engines.model import Precision
from dynamic_engines.rounding import unit


def total(x: F64) -> Lines:
    """Sum of the values, rounded once.

    Parameters
    ----------
    x : float64[n], finite, n * |x| at most half of float64's largest

    Returns
    -------
    float64[1]; 0 for an empty series
    """
    return (np.array([math.fsum(x.tolist())]),)


def _check(precision: Precision, x: F64) -> None:
    check_lines(x=x)
    check_largest(precision, 0.5 / max(1, x.size), x=x)


def _place(stage: Stage, x: F64) -> Work:
    if not x.size:
        return known(np.zeros(1))
    kernel = load_kernel("reductions/sum")
    program = stage.program(kernel, lane_knobs(stage.precision))
    source = stage.send("x", x)
    blocks, local = -(-x.size // BLOCK), stage.pick(GROUP)

    def first(high: Buffer, low: Buffer) -> None:
        groups(program, blocks, local, np.uint32(x.size), source, high, low).wait()

    return reduced(stage, kernel, first, x.size)


def _most_error(precision: Precision, x: F64) -> tuple[float]:
    """``pair_error`` of what was sent, what rounding each value moved, and the oracle's one rounding."""
    sent = x.astype(precision.dtype).astype(np.float64)
    moved = math.fsum(np.abs(sent - x).tolist())
    (value,) = total(x)
    found = abs(float(value[0])) + moved
    on_device = pair_error(precision, max(1, x.size), found, math.fsum(np.abs(sent).tolist()))
    return (on_device + moved + unit(Precision.FLOAT64) * found,)


SUM = Kernel(
    name="reductions/sum",
    title="Sum, compensated",
    inputs=(Argument("x", "n", "REAL", "any", "the values"),),
    settings=(),
    outputs=(Argument("sum", "1", "REAL", "any", "high + low, added in float64"),),
    check=_check,
    compute=total,
    place=_place,
    most_error=_most_error,
    bound_source="pair_error: Knuth's TwoSum, Higham's gamma of the depth of the tree; the oracle is math.fsum",
    cost=lambda size, n: Cost(size * n, n),
    draw=line_cases(),
    sample=walks(16_000_000),
    knobs=lane_knobs,
)
