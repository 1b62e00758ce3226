"""Drawdowns of equity curves."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.chunks import LENGTHS, Chunked, check_series, lane_knobs, rows_of
from dynamic_engines.library.inputs import check_held, check_lines
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting
from dynamic_engines.library.pairs import GROUP
from dynamic_engines.library.stage import Stage, Work, groups
from dynamic_engines.matrix.cases import Case, Rng, series
from dynamic_engines.model import Precision
from dynamic_engines.rounding import unit

_USUAL = 1008
_SAMPLE = 8_000_000
_REACH = {Precision.FLOAT32: 40, Precision.FLOAT64: 400}
_NEAR = 8 * unit(Precision.FLOAT64)


def drawdown(equity: F64, series: int) -> Lines:
    """Return how far each bar is below the highest before it, and the deepest fall of each series.

    Parameters
    ----------
    equity : float64[series * bars], series after series, oldest first, from 2**-400 to 2**400 (2**-40 to 2**40 where a
        device computes in float32, which takes only what it holds); bars >= 1
    series : int, at least 1

    Returns
    -------
    drawdown : float64[series * bars], 0 <= 1 - equity / maximum so far < 1
    worst : float64[series], the greatest of them
    peak_at, trough_at : float64[series], the bars of the series between which it fell

    Notes
    -----
    Which fall is the deepest is decided exactly: of falls that float64's division cannot tell apart, by fractions. Of
    equal falls the first is taken, and its peak is the first bar at that maximum. A curve that never falls has 0, 0, 0.
    """
    line = np.empty(equity.size)
    found = []
    for out, row in zip(rows_of(line, series), rows_of(equity, series), strict=True):
        peaks = np.maximum.accumulate(row)
        kept = row / peaks
        out[:] = 1 - kept
        near = np.flatnonzero(kept <= kept.min() * (1 + _NEAR)).tolist()
        # A flat curve has many that are equal: one division each, and a fraction for each pair of numbers only.
        ratios = {pair: Fraction(pair[0]) / Fraction(pair[1]) for pair in {(row[n], peaks[n]) for n in near}}
        trough = min(near, key=lambda n: (ratios[(row[n], peaks[n])], n))
        found.append((out[trough], int(np.argmax(row == peaks[trough])), trough))
    return (line, *np.array(found, np.float64).T)


def _check(precision: Precision, equity: F64, series: float) -> None:
    check_lines(equity=equity)
    check_series(series, equity=equity)
    if not equity.size:
        raise KernelDomainError("an empty curve has no drawdown", "give at least one bar")
    check_held(precision, equity=equity)
    least, most = 2.0 ** -_REACH[precision], 2.0 ** _REACH[precision]
    strange = (equity < least) | (equity > most)
    if strange.any():
        at = int(np.argmax(strange))
        raise KernelDomainError(f"equity is {equity[at]:.6g} at {at}", f"use {least:.3g} to {most:.3g}")


def _place(stage: Stage, equity: F64, series: int) -> Work:
    program = stage.program(load_kernel("portfolio/drawdown"), lane_knobs(stage.precision))
    chunked = Chunked(stage, program, series, equity.size // series)
    real = stage.precision.dtype
    peak: npt.DTypeLike = np.dtype([("high", real), ("at", np.uint32)], align=True)
    fall: npt.DTypeLike = np.dtype(
        [("trough", real), ("peak", real), ("trough_at", np.uint32), ("peak_at", np.uint32)], align=True
    )
    source, out = stage.send("equity", equity), stage.room(equity.size)
    ends, before = (stage.room(chunked.total, dtype=peak) for _ in range(2))
    falls, worst = stage.room(chunked.total, dtype=fall), stage.room(series)
    places = [stage.room(series, dtype=np.uint32) for _ in range(2)]

    def launch() -> None:
        if chunked.chunks > 1:
            chunked.each("drawdown_ends", source, ends)
            chunked.carry(ends, before)
        chunked.each("drawdown", source, before, out, falls)
        chunks, local = np.uint32(chunked.chunks), stage.pick(GROUP)
        groups(program, series, local, chunks, falls, worst, *places, entry="drawdown_worst").wait()

    return Work(launch, lambda: stage.fetch(out, worst, *places))


def _most_error(precision: Precision, equity: F64, series: int) -> tuple[float | F64, ...]:
    """Return the bounds; those of the places are 0.

    Notes
    -----
    The maximum is exact. float64: the same division and subtraction as the oracle's, both rounded as IEEE 754 says: 0.
    float32: a division is right to 2.5 units in the last place [1]_, which is 5 u of a ratio up to 1, and so is the
    difference to u. The ratio is at least 2**-80, which no device flushes. The oracle's own two roundings are below
    u / 8.

    References
    ----------
    .. [1] Khronos, The OpenCL Specification 1.2, 2012, section 7.4, relative error as ULPs
    """
    if precision is Precision.FLOAT64:
        return 0.0, 0.0, 0.0, 0.0
    u, (line, worst, _, _) = unit(precision), drawdown(equity, series)
    bound, deepest = (u * (5.25 * (1 - each) + 1.25 * each) for each in (line, worst))
    return bound, deepest, 0.0, 0.0


def _draw(rng: Rng, precision: Precision) -> Iterator[Case]:
    """Curves that the precision holds; whole numbers and powers of two, whose falls are often equal."""
    drawn = series(precision)

    def held(line: F64) -> F64:
        return line.astype(precision.dtype).astype(np.float64)

    for size in LENGTHS:
        several = next((n for n in (7, 5, 3) if size % n == 0), 1)
        yield Case(f"walk of {size}", (held(drawn["walk"](rng, size)),), (several,))
        yield Case(f"whole numbers, {size}", (rng.integers(1, 9, size).astype(np.float64),), (1,))
    for name, draw in drawn.items():
        for count in (1, 7):
            yield Case(f"{name} of {_USUAL}", (held(draw(rng, _USUAL)),), (count,))
    reach = _REACH[precision]
    yield Case("powers of two", (np.ldexp(1.0, rng.integers(-reach, reach + 1, _USUAL)),), (7,))
    # Falls that differ by less than a division can tell: neighbours of a ratio.
    near = held(1 - rng.integers(0, 4, _USUAL).astype(np.float64) * unit(precision) * 2)
    near[::2] = held(1 + rng.integers(0, 4, _USUAL // 2).astype(np.float64) * unit(precision) * 4)
    yield Case("falls that division cannot tell apart", (near,), (1,))


def _sample(rng: Rng, share: float) -> Case:
    count = max(1, int(_SAMPLE * share))
    curve = np.exp(np.cumsum(rng.normal(0, 0.001, count))).clip(2.0**-20, 2.0**20)
    return Case(f"{count} bars", (curve.astype(np.float32).astype(np.float64),), (1,))


DRAWDOWN = Kernel(
    name="portfolio/drawdown",
    title="Drawdown, and the deepest",
    inputs=(Argument("equity", "n", "REAL", "any", "what the account is worth, series after series, oldest first"),),
    settings=(Setting("series", 1, 1, "curves, one after the other; it divides n"),),
    outputs=(
        Argument("drawdown", "n", "REAL", "", "1 - equity / maximum so far"),
        Argument("worst", "series", "REAL", "", "the greatest drawdown of the series"),
        Argument("peak_at", "series", "uint", "bars", "where it began to fall"),
        Argument("trough_at", "series", "uint", "bars", "where it was deepest"),
    ),
    check=_check,
    compute=drawdown,
    place=_place,
    most_error=_most_error,
    bound_source="places exact; float64: the same IEEE 754 operations; float32: a division of 2.5 ULP, a subtraction",
    cost=lambda size, n, series: Cost(2 * size * n + series * (size + 8), 4 * n),
    draw=_draw,
    sample=_sample,
    knobs=lane_knobs,
)
