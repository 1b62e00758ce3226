"""Recurrences in float64, and how far the kernels of ``common/affine.clh`` may be off them."""

from itertools import accumulate

import numpy as np
import numpy.typing as npt

from dynamic_engines.library.chunks import CHUNK, LANES, depth_of, rows_of
from dynamic_engines.model import Precision
from dynamic_engines.rounding import gamma, smallest, unit

F64 = npt.NDArray[np.float64]
_SMALL = 2.0**-60


def follow(a: F64, b: F64, start: F64) -> F64:
    """Return y[t] = a[t] * y[t - 1] + b[t], from y[-1] = start, series after series.

    Parameters
    ----------
    a, b : float64[series * bars]
    start : float64[series]

    Returns
    -------
    float64[series * bars]

    Notes
    -----
    One value after the other, a product and a sum each: O(series * bars), and nothing to get wrong.
    """
    found = np.empty(a.size)
    out = rows_of(found, start.size)
    for n, (factors, addends) in enumerate(zip(rows_of(a, start.size), rows_of(b, start.size), strict=True)):
        pairs = zip(factors.tolist(), addends.tolist(), strict=True)
        steps = accumulate(pairs, lambda y, pair: pair[0] * y + pair[1], initial=float(start[n]))
        out[n] = list(steps)[1:]
    return found


def longest_product(a: F64, series: int) -> float:
    """Return the largest product of any number of neighbouring |a|, or 1 where none is larger."""
    largest = 1.0
    for row in np.abs(rows_of(a, series)).tolist():
        largest = max(largest, *accumulate(row, lambda found, factor: max(1.0, factor * found), initial=1.0))
    return largest


def roundings(bars: int) -> tuple[float, float]:
    """Return c and d: a value that is k bars old has met at most c + d k roundings of highs.

    Notes
    -----
    On its own way it meets a product and a sum in each of ``depth_of`` links and joins. The factors that it is
    multiplied with were multiplied before: once a bar, and twice a chunk of 256 where chunks are joined.
    """
    return 2 * depth_of(bars) + LANES + 4, 1 + 2 / CHUNK


def lost_twice(bars: int, precision: Precision, squares: F64) -> F64:
    """Return what a compensated recurrence loses: the errors of the errors.

    Parameters
    ----------
    squares : the recurrence of the magnitudes, each of whose terms is multiplied with the square of its ``roundings``

    Notes
    -----
    Let a term meet n roundings (``roundings``), and u be the unit roundoff.

    1. The highs alone are an ordinary evaluation, so the term is off by gamma(n) of itself; the errors of all its
       operations, each taken to the end by the magnitudes, are at most gamma(2 n) of it.
    2. fma and TwoSum give each of those errors exactly [1]_. low is their sum, taken along by products and sums of its
       own, of which an error meets at most 2 n + 8: gamma(2 n + 8) gamma(2 n).
    3. A join leaves out the product of both lows. The links of the two are different ones, so all that is left out is
       at most gamma(2 n) gamma(2 n).
    4. Where a itself is high + low, its low part adds u |y| a link to the errors of 1, which has room for that.

    Together at most 8 (n + 1)^2 u^2 / (1 - (2 n + 8) u)^2, which has no meaning for a series of more than about
    1 / (2 u) bars: 8 million in float32.

    References
    ----------
    .. [1] S. Graillat, P. Langlois, N. Louvet, Compensated Horner scheme, Universite de Perpignan, 2005, theorem 5
    """
    u, (least, each) = unit(precision), roundings(bars)
    rest = 1 - (2 * (least + each * bars) + 8) * u
    found: F64 = 8 * u * u / rest**2 * squares if rest > 0 else np.full(squares.shape, np.inf)
    return found


def _squares(wide: F64, before: F64, magnitude: F64, series: int) -> F64:
    """Return the sum of (c + d k)^2 times each term of ``magnitude``, where k is its age."""
    least, each = roundings(wide.size // series)
    nothing = np.zeros(series)
    ages = follow(wide, wide * before, nothing)
    ages_before = np.concatenate((nothing[:, None], rows_of(ages, series)[:, :-1]), axis=1).ravel()
    squares = follow(wide, wide * (2 * ages_before + before), nothing)
    found: F64 = (least + 1) ** 2 * magnitude + 2 * (least + 1) * each * ages + each**2 * squares
    return found


def affine_error(precision: Precision, a: F64, b: F64, start: F64) -> F64:
    """Return the most that the device's y may differ from ``follow``'s.

    Notes
    -----
    With u the unit roundoff of the device and v that of float64:

    1. Sending moves a, b and start by da, db, ds: E[t] = (|a| + |da|) E[t - 1] + |da| M[t - 1] + |db|, E[-1] = |ds|,
       where M is the recurrence of magnitudes.
    2. The device loses ``lost_twice`` of the sent magnitudes, and rounds high + low once: u |y|.
    3. Each of a link's 12 results may be flushed or lose its last bits to underflow, by ``smallest``; so may the
       product of a chunk's a, which then meets a y of at most the largest M so far: F[t] = |a| F[t - 1] + 16 smallest
       (1 + max M).
    4. The oracle rounds a product and a sum a bar, relative to M: R[t] = |a| R[t - 1] + 2 v M[t].

    Where |a| < 1 all four forget, as y does: no error grows with the series' length but the joins' share of u^2.
    """
    u, v, series = unit(precision), unit(Precision.FLOAT64), start.size
    bars = a.size // series
    sent = [np.abs(values.astype(precision.dtype).astype(np.float64) - values) for values in (a, b, start)]
    da, db, ds = sent
    wide = np.abs(a) + da
    magnitude = follow(wide, np.abs(b) + db, np.abs(start) + ds) * (1 + gamma(3 * bars, v))
    before = np.concatenate(((np.abs(start) + ds)[:, None], rows_of(magnitude, series)[:, :-1]), axis=1).ravel()
    moved = follow(wide, da * before + db, ds)
    # In a smaller unit, since a magnitude may be near the largest already.
    squares = _squares(wide, before * _SMALL, magnitude * _SMALL, series)
    lost = lost_twice(bars, precision, squares) / _SMALL
    most = np.maximum.accumulate(rows_of(np.maximum(magnitude, before), series), axis=1).ravel()
    flushed = follow(wide, 16 * smallest(precision) * (1 + most), np.zeros(series))
    rounded = u * (np.abs(follow(a, b, start)) + moved + lost)
    oracle = follow(wide, 2 * v * magnitude, np.zeros(series))
    bound: F64 = (moved + lost + flushed + rounded + oracle) * (1 + gamma(8 * bars + 8, v))
    return bound
