"""Sums as high + low: how the kernels of ``common/pairs.clh`` are launched, and how far they may be off."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from dynamic_engines.kernels import KernelSource
from dynamic_engines.library.stage import Knob, Stage, Work, groups
from dynamic_engines.memory import Buffer
from dynamic_engines.model import Precision
from dynamic_engines.rounding import gamma, smallest, unit

F64 = npt.NDArray[np.float64]
LANES = 64
BLOCK = 8192
# On a CPU a group of one item needs no barriers, and each core takes a block.
GROUP = Knob("GROUP", 1, 64, (1, 2, 4, 8, 16, 32, 64))


def width_of(precision: Precision) -> Knob:
    """Return the knob of a vector's lanes: 256 bits on a CPU, scalars on a GPU, whose items stand for lanes."""
    most = 256 // precision.bits
    return Knob("WIDTH", most, 1, tuple(w for w in (1, 2, 4, 8) if w <= most))


def lane_knobs(precision: Precision) -> tuple[Knob, ...]:
    """Return the knobs of every kernel that includes ``common/lanes.clh``."""
    return GROUP, width_of(precision)


def reduced(stage: Stage, kernel: KernelSource, first: Callable[[Buffer, Buffer], None], count: int) -> Work:
    """Return the work that reduces ``count`` values to one: ``first`` writes a pair a block, and then all pairs join.

    Parameters
    ----------
    kernel : has an entry ``<name>_pairs``
    """
    program = stage.program(kernel, lane_knobs(stage.precision))
    local = stage.pick(GROUP)
    sizes = [-(-count // BLOCK)]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // BLOCK))
    stages = [(stage.room(size), stage.room(size)) for size in sizes]

    def launch() -> None:
        first(*stages[0])
        last = None
        for n, size in enumerate(sizes[1:]):
            last = groups(
                program, size, local, np.uint32(sizes[n]), *stages[n], *stages[n + 1], entry=f"{kernel.entry}_pairs"
            )
        if last is not None:
            last.wait()

    def fetch() -> tuple[F64, ...]:
        high, low = stage.fetch(*stages[-1])
        return (high + low,)

    return Work(launch, fetch)


def additions(count: int) -> int:
    """Return the most additions that a value passes, one after the other, on its way to the sum of ``count``."""
    depth, tree = 0, int(math.log2(LANES))
    while True:
        depth += -(-min(count, BLOCK) // LANES) + tree
        count = -(-count // BLOCK)
        if count == 1:
            return depth


def pair_error(precision: Precision, count: int, total: float, magnitude: float, products: bool = False) -> float:
    """Return the most that high + low, added in float64, differs from the exact sum of the values on the device.

    Parameters
    ----------
    total : the sum, and ``magnitude`` that of the absolute values
    products : the values are products, whose own errors are added to low, too

    Notes
    -----
    Let D be ``additions``, u the unit roundoff, S the magnitude.

    1. Addition k of high leaves h_k + e_k = h_(k-1) + x_k exactly (TwoSum [1]_). A value passes D of them, so
       |h_k| <= (1 + gamma(D)) times the magnitude below it, and all |e_k| together are at most gamma(D) S.
    2. low adds the e_k with ordinary rounding. Each passes 2 additions where pairs join and 1 elsewhere, so at most
       2 D + 2, and low is off by gamma(2 D + 2) gamma(D) S. With products, an fma gives each one's error, u S in all,
       exactly [2]_, and it passes as many: (gamma(D) + u) in place of gamma(D).
    3. high + low is added in float64: one rounding of the result.
    4. An addition's error is a multiple of the smallest step, so sums lose nothing to underflow, unless a device
       flushes denormals (float32): then each of the 8 results an element causes may be off by the smallest normal
       number.
       A product and its error may underflow in either precision.

    References
    ----------
    .. [1] D. E. Knuth, The Art of Computer Programming 2, 3rd ed., 1997, section 4.2.2, theorem B
    .. [2] T. Ogita, S. M. Rump, S. Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26, 2005, algorithm 5.3
    """
    u, depth = unit(precision), additions(count)
    errors = gamma(depth, u) + (u if products else 0.0)
    compensated = gamma(2 * depth + 2, u) * errors * magnitude * (1 + u)
    flushed = 8 * count * smallest(precision) if products or precision is Precision.FLOAT32 else 0.0
    return compensated + flushed + unit(Precision.FLOAT64) * abs(total) * (1 + 2 * u)
