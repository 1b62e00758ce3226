"""Sum of products."""

import math

import numpy as np

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import check_lines, check_same_length
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines
from dynamic_engines.library.pairs import BLOCK, GROUP, lane_knobs, pair_error, reduced
from dynamic_engines.library.stage import Stage, Work, groups, known
from dynamic_engines.memory import Buffer
from dynamic_engines.model import Precision
from dynamic_engines.rounding import smallest, unit

_SPLIT = 2.0**27 + 1  # Dekker's: half of float64's 53 bits


def inner(a: F64, b: F64) -> Lines:
    """Sum of ``a * b``, as if computed exactly and rounded once.

    Parameters
    ----------
    a, b : float64[n], finite, n * |a| * |b| at most half of float64's largest

    Returns
    -------
    float64[1]; 0 for empty series

    Notes
    -----
    Each product is taken apart into two float64 that are exactly it [1]_, and ``math.fsum`` adds them. Both series are
    scaled by powers of two first, so that no part overflows; a part below 2**-1074 of the scaled size is lost.

    References
    ----------
    .. [1] T. J. Dekker, A floating-point technique for extending the available precision, Numerische Mathematik 18,
       1971
    """
    (left, shift), (right, other) = _scaled(a), _scaled(b)
    product = left * right
    (left_high, left_low), (right_high, right_low) = _halves(left), _halves(right)
    error = left_low * right_low - (
        ((product - left_high * right_high) - left_low * right_high) - left_high * right_low
    )
    return (np.array([math.ldexp(math.fsum([*product.tolist(), *error.tolist()]), shift + other)]),)


def _scaled(values: F64) -> tuple[F64, int]:
    """Return ``values`` over a power of two, none beyond 1, and the exponent of that power."""
    _, exponent = math.frexp(float(np.abs(values).max(initial=0.0)))
    return np.ldexp(values, -exponent), exponent


def _halves(values: F64) -> tuple[F64, F64]:
    large = _SPLIT * values
    high = large - (large - values)
    return high, values - high


def _check(precision: Precision, a: F64, b: F64) -> None:
    check_lines(a=a, b=b)
    check_same_length(a=a, b=b)
    limit = float(np.finfo(precision.dtype).max) / 2 / max(1, a.size)
    largest = [float(np.abs(values).max(initial=0.0)) for values in (a, b)]
    # In this order nothing overflows on the way.
    if max(largest) > limit or (min(largest) > 0 and max(largest) > limit / min(largest)):
        raise KernelDomainError(f"{a.size} products of {largest} may be beyond {precision}", "use larger units")


def _place(stage: Stage, a: F64, b: F64) -> Work:
    if not a.size:
        return known(np.zeros(1))
    kernel = load_kernel("reductions/inner")
    program = stage.program(kernel, lane_knobs(stage.precision))
    left, right = stage.send("a", a), stage.send("b", b)
    blocks, local = -(-a.size // BLOCK), stage.pick(GROUP)

    def first(high: Buffer, low: Buffer) -> None:
        groups(program, blocks, local, np.uint32(a.size), left, right, high, low).wait()

    return reduced(stage, kernel, first, a.size)


def _most_error(precision: Precision, a: F64, b: F64) -> tuple[float]:
    """``pair_error`` of the products that were sent, what rounding both factors moved, and the oracle's own errors."""
    (left, right), tiny = (np.abs(a), np.abs(b)), smallest(precision)
    magnitude = math.fsum((left * right).tolist())
    moved = 0.0
    if precision is Precision.FLOAT32:
        u = unit(precision)
        shifts = (u * left + tiny) * right + (u * right + tiny) * left + (u * left + tiny) * (u * right + tiny)
        moved = math.fsum(shifts.tolist())
    sent = (magnitude + moved) * (1 + 4 * unit(Precision.FLOAT64))
    found = abs(float(inner(a, b)[0][0])) + moved
    on_device = pair_error(precision, max(1, a.size), found, sent, products=True)
    u64 = unit(Precision.FLOAT64)
    lost = (
        4
        * a.size
        * (smallest(Precision.FLOAT64) + 2.0**-1070 * float(left.max(initial=0)) * float(right.max(initial=0)))
    )
    return (on_device + moved + u64 * found + lost,)


INNER = Kernel(
    name="reductions/inner",
    title="Inner product, compensated",
    inputs=(
        Argument("a", "n", "REAL", "any", "one factor"),
        Argument("b", "n", "REAL", "any of its own", "the other"),
    ),
    settings=(),
    outputs=(Argument("inner", "1", "REAL", "unit of a times unit of b", "high + low, added in float64"),),
    check=_check,
    compute=inner,
    place=_place,
    most_error=_most_error,
    bound_source="pair_error: Ogita, Rump and Oishi's Dot2 over the tree; the oracle is exact products in math.fsum",
    cost=lambda size, n, _: Cost(2 * size * n, 2 * n),
    draw=line_cases(2),
    sample=walks(8_000_000, 2),
    knobs=lane_knobs,
)
