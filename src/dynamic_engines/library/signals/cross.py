"""Where one series crosses another."""

from collections.abc import Iterator

import numpy as np

from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import check_held, check_lines, check_same_length
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines
from dynamic_engines.library.pairs import GROUP
from dynamic_engines.library.stage import Stage, Work, groups, known
from dynamic_engines.matrix.cases import Case, Rng
from dynamic_engines.model import Precision

_BARS = 8192
_WALKS = line_cases(2, exact=True)


def crosses(a: F64, b: F64) -> Lines:
    """Return 1 where ``a`` crosses above ``b``, -1 where it crosses below, 0 elsewhere.

    Parameters
    ----------
    a, b : float64[n], finite, oldest first; a device that computes in float32 takes only what float32 holds

    Returns
    -------
    float64[n]; 0 at the first value, which has none before it

    Notes
    -----
    Above means a > b now and a <= b before, so a touch is no cross, and leaving one is.
    """
    above, beneath = a > b, a < b
    line = np.zeros(a.size)
    line[1:] = (above[1:] & ~above[:-1]).astype(np.float64) - (beneath[1:] & ~beneath[:-1])
    return (line,)


def _check(precision: Precision, a: F64, b: F64) -> None:
    check_lines(a=a, b=b)
    check_same_length(a=a, b=b)
    check_held(precision, a=a, b=b)


def _place(stage: Stage, a: F64, b: F64) -> Work:
    if not a.size:
        return known(np.zeros(0))
    program = stage.program(load_kernel("signals/cross"), (GROUP,))
    left, right, out = stage.send("a", a), stage.send("b", b), stage.room(a.size, dtype=np.int8)
    blocks, local, bars = -(-a.size // _BARS), stage.pick(GROUP), np.uint32(a.size)
    return Work(
        lambda: groups(program, blocks, local, bars, left, right, out, entry="cross_lines").wait(),
        lambda: stage.fetch(out),
    )


def _draw(rng: Rng, precision: Precision) -> Iterator[Case]:
    yield from _WALKS(rng, precision)
    # Ties are what a comparison may get wrong: whole numbers meet all the time.
    ties = tuple(rng.integers(-2, 3, 1009).astype(np.float64) for _ in range(2))
    yield Case("whole numbers that often tie", ties, ())


CROSS = Kernel(
    name="signals/cross",
    title="Crossings of two series",
    inputs=(
        Argument("a", "n", "REAL", "any", "the series that crosses"),
        Argument("b", "n", "REAL", "any", "the one that is crossed"),
    ),
    settings=(),
    outputs=(Argument("crosses", "n", "char", "", "1 upwards, -1 downwards, 0 elsewhere"),),
    check=_check,
    compute=crosses,
    place=_place,
    most_error=lambda *_: (0.0,),
    bound_source="exact: comparisons of values that the precision holds",
    cost=lambda size, n, _: Cost(2 * size * n + n, 2 * n),
    draw=_draw,
    sample=walks(8_000_000, 2),
    needs=(),
    knobs=lambda _: (GROUP,),
)
