"""The same work in NumPy (and its OpenBLAS) and in Numba on all cores, for arrays of either precision."""

# mypy: disable-error-code="untyped-decorator"

from collections.abc import Callable
from importlib import import_module
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, prange

Array = npt.NDArray[Any]
Peer = Callable[..., object]
_SLICE = 50  # resamples at a time: more would not fit a cache


def windows(x: Array, period: int) -> Array:
    return np.lib.stride_tricks.sliding_window_view(x, period)


def bootstrap(x: Array, resamples: int, seed: int) -> Array:
    rng = np.random.Generator(np.random.Philox(seed))
    parts = [min(_SLICE, resamples - done) for done in range(0, resamples, _SLICE)]
    return np.concatenate([x[rng.integers(0, x.size, (part, x.size))].mean(axis=1) for part in parts])


def permutation(x: Array, first: int, permutations: int, seed: int) -> Array:
    rng = np.random.Generator(np.random.Philox(seed))
    found = []
    for _ in range(permutations):
        mixed = rng.permutation(x)
        found.append(mixed[:first].mean() - mixed[first:].mean())
    return np.array(found)


def cross(a: Array, b: Array) -> Array:
    above, beneath = a > b, a < b
    line = np.zeros(a.size, np.int8)
    line[1:] = (above[1:] & ~above[:-1]).astype(np.int8) - (beneath[1:] & ~beneath[:-1]).astype(np.int8)
    return line


def quantile(x: Array, period: int, level: float) -> Array:
    place = level * (period - 1)
    low = int(place)
    ordered = np.partition(windows(x, period), (low, min(low + 1, period - 1)), axis=1)
    found: Array = ordered[:, low] + (place - low) * (ordered[:, min(low + 1, period - 1)] - ordered[:, low])
    return found


def gemm(a: Array, b: Array, bias: Array, m: int, n: int, k: int, _: int) -> Array:
    found: Array = np.maximum(a.reshape(m, k) @ b.reshape(k, n) + bias, 0)
    return found


def recurrence(a: Array, b: Array, start: Array, series: int) -> Array:
    """NumPy has none for factors that change: plain numbers, one after the other."""
    rows = zip(a.reshape(series, -1).tolist(), b.reshape(series, -1).tolist(), start.tolist(), strict=True)
    return np.array([list(accumulate(zip(*row[:2], strict=True), _link, initial=row[2]))[1:] for row in rows])


def _link(y: float, pair: tuple[float, float]) -> float:
    return pair[0] * y + pair[1]


def smoothing(x: Array, series: int, weight: float, seed: int) -> Array:
    """SciPy's filter, which is a loop in C."""
    lfilter = import_module("scipy.signal").lfilter  # it comes with arch, and Pants knows no target of its name
    rows = x.reshape(series, -1)
    out = np.full_like(rows, np.nan)
    start = rows[:, :seed].mean(axis=1, keepdims=True)
    out[:, seed - 1 : seed] = start
    out[:, seed:] = lfilter([weight], [1, weight - 1], rows[:, seed:], axis=1, zi=(1 - weight) * start)[0]
    return out


def segmented_sum(x: Array, flags: Array) -> Array:
    """The running sum less what it was before each flag, which in float32 leaves few digits."""
    sums = np.cumsum(x)
    begins = np.flatnonzero(flags)
    before = np.zeros_like(sums)
    before[begins] = np.diff(sums[begins] - x[begins], prepend=0)
    found: Array = sums - np.cumsum(before)
    return found


def positions(enter: Array, leave: Array, _series: int, _reverse: int) -> Array:
    """Less than ours: the last bar that said something says what is held. The whole rule needs a loop."""
    last = np.maximum.accumulate(np.where((enter != 0) | (leave != 0), np.arange(enter.size), 0))
    found: Array = np.sign(enter)[last]
    return found


def drawdown(equity: Array, series: int) -> tuple[Array, ...]:
    """Which fall is the deepest is left to a division's rounding, and its peak to the first of its maximum."""
    rows = equity.reshape(series, -1)
    peaks = np.maximum.accumulate(rows, axis=1)
    line = 1 - rows / peaks
    troughs = line.argmax(axis=1)
    each = np.arange(series)
    return line, line[each, troughs], (rows == peaks[each, troughs][:, None]).argmax(axis=1), troughs


def equity(weights: Array, returns: Array, assets: int, fee: float) -> tuple[Array, Array]:
    wanted, moves = weights.reshape(-1, assets), returns.reshape(-1, assets)
    held = np.concatenate((np.zeros_like(wanted[:1]), wanted[:-1]))
    grown = 1 + (held * moves).sum(axis=1)
    turnover = np.abs(wanted - held * (1 + moves) / grown[:, None]).sum(axis=1)
    return np.cumprod(grown * (1 - fee * turnover)), turnover


NUMPY: dict[str, Peer] = {
    "linalg/gemm": gemm,
    "portfolio/drawdown": drawdown,
    "portfolio/equity": equity,
    "portfolio/positions": positions,
    "recursive/exponential": lambda x, series, span, _: smoothing(x, series, 2 / (span + 1), span),
    "recursive/linear": recurrence,
    "recursive/wilder": lambda x, series, period: smoothing(x, series, 1 / period, period),
    "reductions/extrema": lambda x: (x.min(), x.max(), x.argmin(), x.argmax()),
    "reductions/inner": np.dot,
    "reductions/sum": np.sum,
    "rolling/extrema": lambda x, period: (windows(x, period).min(axis=1), windows(x, period).max(axis=1)),
    "rolling/quantile": quantile,
    "rolling/sum": lambda x, period: windows(x, period).sum(axis=1),
    "rolling/variance": lambda x, period: (windows(x, period).mean(axis=1), windows(x, period).var(axis=1)),
    "scans/inclusive_sum": np.cumsum,
    "scans/segmented_sum": segmented_sum,
    "signals/cross": cross,
    "statistics/bootstrap": bootstrap,
    "statistics/permutation": permutation,
    "statistics/philox": lambda n, seed, stream: np.random.Philox(key=seed, counter=stream << 64).random_raw(n),
}


@njit(parallel=True, fastmath={"reassoc"})
def total(x: Array) -> float:
    found = 0.0
    for i in prange(x.size):
        found += x[i]
    return found


@njit(parallel=True, fastmath={"reassoc", "contract"})
def inner(a: Array, b: Array) -> float:
    found = 0.0
    for i in prange(a.size):
        found += a[i] * b[i]
    return found


@njit
def scan(x: Array) -> Array:
    out = np.empty_like(x)
    found = 0.0
    for i in range(x.size):
        found += x[i]
        out[i] = found
    return out


@njit(parallel=True)
def rolling_sum(x: Array, period: int) -> Array:
    out = np.full_like(x, np.nan)
    for i in prange(period - 1, x.size):
        found = 0.0
        for k in range(period):
            found += x[i - k]
        out[i] = found
    return out


@njit(parallel=True)
def rolling_extrema(x: Array, period: int) -> tuple[Array, Array]:
    low, high = np.full_like(x, np.nan), np.full_like(x, np.nan)
    for i in prange(period - 1, x.size):
        least = greatest = x[i]
        for k in range(period):
            least = min(least, x[i - k])
            greatest = max(greatest, x[i - k])
        low[i], high[i] = least, greatest
    return low, high


@njit(parallel=True)
def rolling_variance(x: Array, period: int) -> tuple[Array, Array]:
    means, spreads = np.full_like(x, np.nan), np.full_like(x, np.nan)
    for i in prange(period - 1, x.size):
        found = 0.0
        for k in range(period):
            found += x[i - k]
        mean = found / period
        squares = 0.0
        for k in range(period):
            squares += (x[i - k] - mean) ** 2
        means[i], spreads[i] = mean, squares / period
    return means, spreads


@njit(parallel=True)
def rolling_quantile(x: Array, period: int, level: float) -> Array:
    out = np.full_like(x, np.nan)
    place = level * (period - 1)
    low = int(place)
    for i in prange(period - 1, x.size):
        ordered = np.sort(x[i - period + 1 : i + 1])
        out[i] = ordered[low] + (place - low) * (ordered[min(low + 1, period - 1)] - ordered[low])
    return out


@njit(parallel=True)
def numba_cross(a: Array, b: Array) -> Array:
    out = np.zeros(a.size, np.int8)
    for i in prange(1, a.size):
        if a[i] > b[i] and a[i - 1] <= b[i - 1]:
            out[i] = 1
        elif a[i] < b[i] and a[i - 1] >= b[i - 1]:
            out[i] = -1
    return out


@njit(parallel=True)
def numba_bootstrap(x: Array, resamples: int, _: int) -> Array:
    out = np.empty(resamples)
    for r in prange(resamples):
        found = 0.0
        for _i in range(x.size):
            found += x[np.random.randint(0, x.size)]  # the only generator that Numba has on threads
        out[r] = found / x.size
    return out


@njit(parallel=True)
def numba_recurrence(a: Array, b: Array, start: Array, series: int) -> Array:
    out = np.empty_like(a)
    bars = a.size // series
    for s in prange(series):
        y = start[s]
        for i in range(s * bars, (s + 1) * bars):
            y = a[i] * y + b[i]
            out[i] = y
    return out


@njit(parallel=True)
def numba_smoothing(x: Array, series: int, weight: float, seed: int) -> Array:
    out = np.full_like(x, np.nan)
    bars = x.size // series
    for s in prange(series):
        first = s * bars + seed
        y = x[first - seed : first].mean()
        out[first - 1] = y
        for i in range(first, (s + 1) * bars):
            y += weight * (x[i] - y)
            out[i] = y
    return out


@njit
def numba_segmented_sum(x: Array, flags: Array) -> Array:
    out = np.empty_like(x)
    found = 0.0
    for i in range(x.size):
        found = x[i] if flags[i] else found + x[i]
        out[i] = found
    return out


@njit(parallel=True)
def numba_positions(enter: Array, leave: Array, series: int, reverse: int) -> tuple[Array, Array]:
    held, changed = np.empty(enter.size, np.int8), np.empty(enter.size, np.int8)
    bars = enter.size // series
    for s in prange(series):
        position = 0
        for i in range(s * bars, (s + 1) * bars):
            before = position
            if position == 0 or (reverse and enter[i] == -position):
                position = int(enter[i])
            elif leave[i] in (position, 2):
                position = 0
            held[i] = position
            changed[i] = position != before
    return held, changed


@njit(parallel=True)
def numba_drawdown(equity: Array, series: int) -> tuple[Array, Array, Array, Array]:
    """The deepest fall by a division, as everybody does."""
    line, worst = np.empty_like(equity), np.empty(series, equity.dtype)
    tops, bottoms = np.empty(series, np.uint32), np.empty(series, np.uint32)
    bars = equity.size // series
    for s in prange(series):
        top = peak_at = trough_at = 0
        least = 2.0
        for i in range(bars):
            now = equity[s * bars + i]
            if now > equity[s * bars + top]:
                top = i
            kept = now / equity[s * bars + top]
            line[s * bars + i] = 1 - kept
            if kept < least:
                least, peak_at, trough_at = kept, top, i
        worst[s], tops[s], bottoms[s] = 1 - least, peak_at, trough_at
    return line, worst, tops, bottoms


@njit(parallel=True)
def numba_equity(weights: Array, returns: Array, assets: int, fee: float) -> tuple[Array, Array]:
    bars = weights.size // assets
    worth, turnover = np.empty(bars, weights.dtype), np.empty(bars, weights.dtype)
    for t in prange(bars):
        grown, traded = 1.0, 0.0
        if t:
            for a in range(assets):
                grown += weights[(t - 1) * assets + a] * returns[t * assets + a]
        for a in range(assets):
            held = weights[(t - 1) * assets + a] * (1 + returns[t * assets + a]) / grown if t else 0.0
            traded += abs(weights[t * assets + a] - held)
        worth[t], turnover[t] = grown * (1 - fee * traded), traded
    found = 1.0
    for t in range(bars):
        found *= worth[t]
        worth[t] = found
    return worth, turnover


NUMBA: dict[str, Peer] = {
    "portfolio/drawdown": numba_drawdown,
    "portfolio/equity": numba_equity,
    "portfolio/positions": numba_positions,
    "recursive/exponential": lambda x, series, span, _: numba_smoothing(x, series, 2 / (span + 1), span),
    "recursive/linear": numba_recurrence,
    "recursive/wilder": lambda x, series, period: numba_smoothing(x, series, 1 / period, period),
    "reductions/inner": inner,
    "reductions/sum": total,
    "rolling/extrema": rolling_extrema,
    "rolling/quantile": rolling_quantile,
    "rolling/sum": rolling_sum,
    "rolling/variance": rolling_variance,
    "scans/inclusive_sum": scan,
    "scans/segmented_sum": numba_segmented_sum,
    "signals/cross": numba_cross,
    "statistics/bootstrap": numba_bootstrap,
}
