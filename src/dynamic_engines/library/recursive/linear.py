"""Linear recurrence of the first order."""

from collections.abc import Callable, Iterator

import numpy as np

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.chunks import LENGTHS, Chunked, check_series, lane_knobs
from dynamic_engines.library.inputs import check_lines, check_same_length
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting
from dynamic_engines.library.recursive.bounds import affine_error, follow, longest_product
from dynamic_engines.library.stage import Stage, Work, known
from dynamic_engines.matrix.cases import Case, Rng, series
from dynamic_engines.model import Precision

_USUAL = 1008
_SAMPLE = 4_000_000


def linear(a: F64, b: F64, start: F64, series: int) -> Lines:  # noqa: ARG001  # start has one value for each
    """Return y[t] = a[t] * y[t - 1] + b[t], from y[-1] = start, for each of ``series`` series.

    Parameters
    ----------
    a, b : float64[series * bars], series after series, oldest first, finite; bars may be 0
    start : float64[series], finite
    series : int, at least 1

    Returns
    -------
    float64[series * bars]

    Raises
    ------
    KernelDomainError : NaN or infinity, sizes that do not fit, or a recurrence of the magnitudes (or a product of
        neighbouring |a|, which a scan needs) beyond an eighth of the precision's largest
    """
    return (follow(a, b, start),)


def _check(precision: Precision, a: F64, b: F64, start: F64, series: float) -> None:
    check_lines(a=a, b=b, start=start)
    check_same_length(a=a, b=b)
    check_series(series, a=a)
    if start.size != series:
        raise KernelDomainError(f"start has {start.size} values for {series:g} series", "give one a series")
    limit = float(np.finfo(precision.dtype).max) / 8
    reached = float(follow(np.abs(a), np.abs(b), np.abs(start)).max(initial=float(np.abs(start).max())))
    reached = max(reached, longest_product(a, int(series)), float(np.abs(b).max(initial=0.0)))
    if not reached <= limit:
        raise KernelDomainError(
            f"the recurrence of the magnitudes reaches {reached:.3g}, beyond {limit:.3g}",
            "use a larger unit, or |a| <= 1",
        )


def _place(stage: Stage, a: F64, b: F64, start: F64, series: int) -> Work:
    if not a.size:
        return known(np.zeros(0))
    program = stage.program(load_kernel("recursive/linear"), lane_knobs(stage.precision))
    chunked = Chunked(stage, program, series, a.size // series)
    lines = stage.send("a", a), stage.send("b", b)
    first, out = stage.send("start", start), stage.room(a.size)
    ends, before = stage.room(chunked.total, 4), stage.room(chunked.total, 4)

    def launch() -> None:
        if chunked.chunks > 1:
            chunked.each("linear_ends", *lines, ends)
            chunked.carry(ends, before)
        chunked.each("linear", *lines, first, before, out).wait()

    return Work(launch, lambda: stage.fetch(out))


def _draw(rng: Rng, precision: Precision) -> Iterator[Case]:
    """Every length; and every distribution as what is added, with factors that forget, sum, reset, turn, and grow."""
    drawn = series(precision)
    factors: dict[str, Callable[[int], F64]] = {
        "forgetting": lambda size: rng.uniform(-0.999, 0.999, size),
        "summing": np.ones,
        "resetting": lambda size: 1.0 - (rng.integers(0, 100, size) == 0),
        "turning": lambda size: -np.ones(size),
        "growing": lambda size: np.full(size, 1.01),
    }
    for size in LENGTHS:
        lines = rng.uniform(-1, 1, size), drawn["walk"](rng, size)
        yield Case(f"walk of {size}", (*lines, rng.normal(0, 1, 1)), (1,))
    for name, draw in drawn.items():
        for kind, factor in factors.items():
            lines = factor(_USUAL), draw(rng, _USUAL)
            count = int(rng.choice([1, 2, 7]))
            yield Case(f"{name} of {_USUAL}, {kind}", (*lines, draw(rng, count)), (count,))
    yield Case("chunks that vanish", (np.full(1009, 0.01), rng.normal(0, 1, 1009), np.array([1.0])), (1,))
    yield Case("far beyond the largest", (np.full(1009, 9.0), np.zeros(1009), np.array([0.0])), (1,))


def _sample(rng: Rng, share: float) -> Case:
    count = max(1, int(_SAMPLE * share))
    lines = (rng.uniform(-1, 1, count), rng.normal(0, 1, count), np.zeros(1))
    return Case(f"{count} bars", tuple(line.astype(np.float32).astype(np.float64) for line in lines), (1,))


LINEAR = Kernel(
    name="recursive/linear",
    title="Linear recurrence",
    inputs=(
        Argument("a", "n", "REAL", "", "what the y before is multiplied with"),
        Argument("b", "n", "REAL", "any", "what is added"),
        Argument("start", "series", "REAL", "any", "the y before each series"),
    ),
    settings=(Setting("series", 1, 1, "series, one after the other; it divides n"),),
    outputs=(Argument("y", "n", "REAL", "any", "a times the y before, and b"),),
    check=_check,
    compute=linear,
    place=_place,
    most_error=lambda precision, a, b, start, _: (affine_error(precision, a, b, start),),
    bound_source="compensated Horner: one rounding of y, u^2 of the recurrence of magnitudes, and what sending moved",
    cost=lambda size, n, _, starts, __: Cost(size * (3 * n + starts), 2 * n),
    draw=_draw,
    sample=_sample,
    knobs=lane_knobs,
)
