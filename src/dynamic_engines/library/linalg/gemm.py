"""Product of two matrices through an activation."""

from collections.abc import Callable, Iterator
from enum import IntEnum

import numpy as np

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.inputs import MOST, check_lines, check_whole
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting, Settings
from dynamic_engines.library.pairs import width_of
from dynamic_engines.library.stage import Knob, Stage, Work, groups, known
from dynamic_engines.matrix.cases import Case, Rng, series
from dynamic_engines.memory import Buffer
from dynamic_engines.model import Maths, Precision
from dynamic_engines.programs import Launch
from dynamic_engines.rounding import gamma, unit

_TILE_M, _TILE_N = 48, 64
_GROUP = Knob("GROUP", 1, 64, (1, 2, 4, 8, 16, 32, 64))
_SHAPES = ((0, 3, 2), (2, 3, 0), (1, 1, 1), (5, 7, 64), (31, 33, 17), (48, 64, 32), (49, 65, 33), (67, 131, 101))


class Activation(IntEnum):
    """What follows the product."""

    NONE = 0
    RELU = 1
    TANH = 2
    LOGISTIC = 3


def _logistic(z: F64) -> F64:
    with np.errstate(over="ignore"):  # exp(-z) = inf is 0 in the end
        found: F64 = 1 / (1 + np.exp(-z))
    return found


_FUNCTIONS: dict[Activation, Callable[[F64], F64]] = {
    Activation.NONE: lambda z: z,
    Activation.RELU: lambda z: np.maximum(z, 0.0),
    Activation.TANH: np.tanh,
    Activation.LOGISTIC: _logistic,
}
# What the device's own functions may be off, in u of a result that is at most 1, see _most_error.
_OFF = {Activation.NONE: 0, Activation.RELU: 0, Activation.TANH: 10, Activation.LOGISTIC: 14}


def layer(a: F64, b: F64, bias: F64, m: int, n: int, k: int, activation: int) -> Lines:
    """Return ``f(a b + bias)``, by rows.

    Parameters
    ----------
    a, b, bias : float64[m * k], float64[k * n], float64[n], finite; k |a| |b| and |bias| at most a quarter of float64's
        largest
    m, n, k : rows and columns of the result, and what is summed over; each may be 0
    activation : 0 none, 1 max(z, 0), 2 tanh(z), 3 1 / (1 + exp(-z))

    Returns
    -------
    float64[m * n]
    """
    product = a.reshape(m, k) @ b.reshape(k, n) + bias
    return (_FUNCTIONS[Activation(activation)](product).ravel(),)


def _check(precision: Precision, a: F64, b: F64, bias: F64, m: float, n: float, k: float, activation: float) -> None:
    check_lines(a=a, b=b, bias=bias)
    for name, value in {"m": m, "n": n, "k": k}.items():
        check_whole(name, value, 0, MOST)
    check_whole("activation", activation, 0, max(Activation))
    for name, values, size in (("a", a, m * k), ("b", b, k * n), ("bias", bias, n)):
        if values.size != size:
            raise KernelDomainError(f"{name} has {values.size} values, not {size:.0f}", "give it by rows")
    limit = float(np.finfo(precision.dtype).max) / 4
    left, right, most_bias = (float(np.abs(values).max(initial=0.0)) for values in (a, b, bias))
    if max(left, right, most_bias) > limit or (right > 0 and k * left > limit / right):
        raise KernelDomainError(
            f"{k:.0f} products of {left:.3g} and {right:.3g} may be beyond {precision}", "scale them"
        )


def _place(stage: Stage, a: F64, b: F64, bias: F64, m: int, n: int, k: int, activation: int) -> Work:
    if not m * n:
        return known(np.zeros(0))
    nothing = np.zeros(1)  # of which no value is read
    sent = [
        stage.send(name, values if values.size else nothing) for name, values in (("a", a), ("b", b), ("bias", bias))
    ]
    out = stage.room(m * n)
    start = layer_on(stage, Activation(activation))
    return Work(lambda: start((m, n, k), *sent, out).wait(), lambda: stage.fetch(out))


def layer_on(stage: Stage, activation: Activation) -> Callable[..., Launch]:
    """Compile ``out = f(a b + bias)`` for what is on the device already.

    Returns
    -------
    ((m, n, k), a, b, bias, out) -> the launch; the sizes are 1 or more, the others buffers
    """
    program = stage.program(load_kernel("linalg/gemm"), (_GROUP, width_of(stage.precision)), ACTIVATION=int(activation))
    group = stage.pick(_GROUP)

    def start(sizes: tuple[int, int, int], *buffers: Buffer) -> Launch:
        tiles = -(-sizes[0] // _TILE_M) * -(-sizes[1] // _TILE_N)
        return groups(program, tiles, group, *map(np.uint32, sizes), *buffers)

    return start


def _most_error(precision: Precision, a: F64, b: F64, bias: F64, m: int, n: int, k: int, activation: int) -> tuple[F64]:
    """Return the bound of each value.

    Notes
    -----
    1. With M = |a| |b| + |bias|, a sum of k products and the bias, in any order, fused or not, is off by gamma(k + 2) M
       [1]_. That leaves relaxed maths in: its sums and products are rounded as always [2]_. It may flush denormals,
       in double too: two results a step, and each factor.
    2. Sending moves a product by (2 u + u^2) |a b| and the bias by u.
    3. No activation is steeper than 1, so it passes that error on. Its own: tanh to 5 ulp, 10 u; exp to 3 ulp, 6 u of a
       logistic's 1 - y, 1 + e one rounding, the division 2.5 ulp: below 14 u [3]_.
    4. The oracle is off by gamma64(k + 2) M, and its functions by as much as the device's, in u64.

    References
    ----------
    .. [1] N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, section 3.5
    .. [2] Khronos, The OpenCL C Specification 3.0, section "Relative error as ULPs", the table for unsafe maths: what
       it does not list is as without them
    .. [3] Khronos, The OpenCL Specification 1.2, 2012, section 7.4
    """
    u, u64, tiny = unit(precision), unit(Precision.FLOAT64), float(np.finfo(precision.dtype).smallest_normal)
    left, right = np.abs(a.reshape(m, k)), np.abs(b.reshape(k, n))
    magnitude = (left @ right + np.abs(bias)) * (1 + gamma(k + 2, u64))
    moved = tiny * (left.sum(axis=1, keepdims=True) + right.sum(axis=0, keepdims=True) + 2)
    if precision is Precision.FLOAT32:
        moved = moved + (2 * u + u * u) * magnitude
    flushed = (2 * k + 4) * tiny
    linear = gamma(k + 2, u) * (magnitude + moved) + moved + flushed + gamma(k + 2, u64) * magnitude
    own = _OFF[Activation(activation)] * (u + u64) * (1 + u)
    return ((linear * (1 + 4 * u) + own).ravel(),)


def _holds(maths: Maths, settings: Settings) -> bool:
    """Relaxed maths gives tanh no bound at all, and exp one that grows with its argument."""
    return maths is Maths.STRICT or settings[3] in (Activation.NONE, Activation.RELU)


def _draw(rng: Rng, precision: Precision) -> Iterator[Case]:
    named = series(precision)
    plans = [("walk", shape) for shape in _SHAPES] + [(name, (33, 17, 65)) for name in named]
    for name, (m, n, k) in plans:
        lines = tuple(named[name](rng, size) for size in (m * k, k * n, n))
        yield Case(f"{name}, {m} x {k} by {k} x {n}", lines, (m, n, k, int(rng.integers(2))))
    for activation in Activation:
        lines = tuple(rng.normal(0, scale, size) for scale, size in ((1, 9 * 40), (0.3, 40 * 70), (2, 70)))
        yield Case(f"normal, {activation.name}", lines, (9, 70, 40, int(activation)))


def _sample(rng: Rng, share: float) -> Case:
    side = max(8, int(768 * share ** (1 / 3)))
    lines = tuple(rng.normal(0, 1, size).astype(np.float32).astype(np.float64) for size in (side**2, side**2, side))
    return Case(f"{side} x {side}", lines, (side, side, side, int(Activation.RELU)))


GEMM = Kernel(
    name="linalg/gemm",
    title="Matrix product, bias and activation",
    inputs=(
        Argument("a", "m, k", "REAL", "any", "by rows"),
        Argument("b", "k, n", "REAL", "any of its own", "by rows"),
        Argument("bias", "n", "REAL", "unit of a times unit of b", "added to each row"),
    ),
    settings=(
        Setting("m", 768, 0, "rows of the result"),
        Setting("n", 768, 0, "columns of the result"),
        Setting("k", 768, 0, "columns of a, rows of b"),
        Setting("activation", 1, 0, "0 none, 1 max(z, 0), 2 tanh, 3 logistic"),
    ),
    outputs=(Argument("c", "m, n", "REAL", "unit of a times unit of b; none after tanh or logistic", "by rows"),),
    check=_check,
    compute=layer,
    place=_place,
    most_error=_most_error,
    bound_source="Higham's gamma of k + 2 times |a||b| + |bias|, in any order; OpenCL C 1.2 section 7.4 for functions",
    cost=lambda size, a, b, n, m, *_: Cost(size * (a + b + n + m * n), 2 * m * b + 2 * m * n),
    draw=_draw,
    sample=_sample,
    maths=(Maths.STRICT, Maths.RELAXED),
    knobs=lambda precision: (_GROUP, width_of(precision)),
    holds=_holds,
)
