"""How far a bar's factor, its turnover, and the product of all factors may be off."""

import numpy as np
import numpy.typing as npt

from dynamic_engines.library.recursive.bounds import lost_twice, roundings
from dynamic_engines.model import Precision
from dynamic_engines.rounding import gamma, smallest, unit

F64 = npt.NDArray[np.float64]


def factor_errors(
    precision: Precision,
    weights: F64,
    returns: F64,
    assets: int,
    fee: float,
    factors: tuple[F64, F64, F64, F64],
    compensated: bool,
) -> tuple[F64, F64]:
    """Return the most that a bar's factor, and its turnover, computed in ``precision``, may be off.

    Parameters
    ----------
    factors : 1 + gain, what costs leave, their product, and the turnover, in float64
    compensated : gain and product are carried as high + low, as on the device, and not plainly, as by the oracle

    Notes
    -----
    With u the unit roundoff, S the sum of |w r| of a bar, G = 1 + gain, dw and dr what sending moves:

    1. The gain is off by dg = sum |dw| |r| + |w| |dr| + |dw| |dr|, and as computed by gamma(2 n + 4)^2 (S + 1) in
       pairs or gamma(n + 1) S + u G plainly.
    2. A drifted weight |w| (1 + r) / G is off by (|dw| |1 + r| + |w| (|dr| + u |1 + r|)) over what G is at least, by
       itself times dg / G, and by 8 u of itself: a product, G's own rounding, and a division right to 2.5 units.
    3. The turnover adds 2 n such terms plainly: gamma(n + 2) of their magnitudes T.
    4. fee T is off by the fee times that and 3 u of itself. The factor is G (1 - fee T): each times the other's error,
       and 8 u^2 in pairs or 4 u plainly. Products of two errors are less than a thousandth of them.
    5. Each of some 12 results an asset may be flushed, and meets a division by G, which is at least 2**-10.
    """
    u, tiny = unit(precision), smallest(precision) * (assets + 1) * 2**16
    grown, kept, _, _ = factors
    wanted, moves = weights.reshape(-1, assets), returns.reshape(-1, assets)
    nothing = np.zeros((1, assets))
    held = np.concatenate((nothing, wanted))[: wanted.shape[0]]
    dw, dr = (np.abs(line.astype(precision.dtype).astype(np.float64) - line) for line in (wanted, moves))
    dheld = np.concatenate((nothing, dw))[: wanted.shape[0]]
    size = np.abs(held * moves).sum(axis=1)
    dg = (dheld * np.abs(moves) + np.abs(held) * dr + dheld * dr).sum(axis=1) + tiny
    dg += gamma(2 * assets + 4, u) ** 2 * (size + 1) if compensated else gamma(assets + 1, u) * size + u * grown
    least = np.maximum(grown - dg, 0)[:, None]
    spread = np.abs(1 + moves)
    with np.errstate(divide="ignore", invalid="ignore"):
        drifted = np.abs(held) * spread / least
        moved = (dheld * (spread + dr) + np.abs(held) * (dr + u * spread)) / least
        off = moved + drifted * (dg[:, None] / least + 8 * u)
    terms = (np.abs(wanted) + dw + drifted + off).sum(axis=1)
    of_turnover = (dw + off).sum(axis=1) + gamma(assets + 2, u) * terms + tiny
    of_cost = fee * of_turnover + 3 * u * fee * (terms + of_turnover)
    own = 8 * u * u if compensated else 4 * u
    of_factor = kept * dg + grown * of_cost + own * grown * (1 + fee * terms) + tiny
    slack = 1.001
    return of_factor * slack, of_turnover * slack


def product_error(precision: Precision, product: F64, relative: F64) -> F64:
    """Return the most that the product of all factors so far may be off.

    Parameters
    ----------
    product : float64[bars], and ``relative`` float64[bars], what each factor may be off over itself

    Notes
    -----
    A product of factors that are off by e[t] is off by the product of 1 + e[t], less than exp(sum e[t]). The scan loses
    ``lost_twice`` of it and rounds once; the oracle rounds once a bar.
    """
    u, v = unit(precision), unit(Precision.FLOAT64)
    steps = np.arange(1, product.size + 1, dtype=np.float64)
    off = np.expm1(np.cumsum(relative) * (1 + gamma(product.size, v)) + 2 * v * steps)
    least, each = roundings(product.size)
    lost = lost_twice(product.size, precision, (least + 1 + each * steps) ** 2)
    bound: F64 = product * (off + (u + lost) * (1 + off)) * (1 + 8 * v)
    return bound
