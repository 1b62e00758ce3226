"""What decides the signals on a device: the series cut into slabs of relative averages, and exact sums for near ties.

The averages go to the device as 16-bit integers. Let a block be 256 bars, b the middle of the least and the greatest
close in reach of any of its windows, M the largest |close - b| there, K = the bars of that reach, u = 2**-53. The table
holds 2**14 + mean(close - b) * s, rounded, for s = (2**14 - 1) / M:

1. close - b is rounded once: u M.
2. A sum of w such differences is a difference of two running sums. What they do not share is w additions, each off by
   at most u K M (1 + K u), so the mean is off by u K M.
3. s / w, the product and the sum: 4 u of at most 2**15.

Together at most 2**14 (K + 10) u < 2**-17, as K < 2**22, before the result is rounded to an integer, which adds 1/2.
Two averages are then off by at most 1 + 2**-16 together, so a difference of at least 2 has its true sign. Where it is
less, the kernel takes the difference of slow * (sum of fast closes - b) and fast * (sum of slow closes - b) from the
running sums themselves. By 1 and 2 it is off by less than 2 (K + 3) u M * fast * slow, so beyond slack * fast * slow,
with slack = 4 (K + 10) u M, its sign is proven. What is left is for integers. A block with M = 0 holds equal closes
only: no average is above another.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.backtest.errors import UnsupportedSeriesError
from dynamic_ta.backtest.signals import scaled
from dynamic_ta.data.model import F64

LANES = 16
BLOCK = LANES * LANES
TILE_BLOCKS = 4
TILE = TILE_BLOCKS * BLOCK
TILE_LEVELS = TILE.bit_length() - 1
_MOST_TILES = 16  # a slab's table stays in the last cache
_MOST_BYTES = 64 << 20
_SUM_BITS = 126
_LARGEST = 2.0**14 - 1
_UNIT = 2.0**-53


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """Some tiles of the series, as the kernels read them.

    Parameters
    ----------
    start : its first bar
    tiles : int, tiles that hold bars
    log_close : float64[tiles * TILE], the last one repeated behind the end
    steps : float64[blocks, LANES, columns], running sums of close - b. Sum i is at [i % LANES, i // LANES]; the block's
        bar 0 is sum LANES * (columns - LANES)
    base : float64[blocks], b
    scale : float64[blocks], (2**14 - 1) / M, and 0 where M is 0
    slack : float64[blocks], the bound above
    """

    start: int
    tiles: int
    log_close: F64
    steps: F64
    base: F64
    scale: F64
    slack: F64


def slab_tiles(bars: int, rows: int, longest: int) -> int:
    """Return the tiles of a slab: its table and its steps stay near 64 MiB each, but for a slab of one tile."""
    tile_bytes = max(rows * TILE * 2, (longest + BLOCK) * TILE_BLOCKS * 8)
    return max(1, min(_MOST_TILES, _MOST_BYTES // tile_bytes, -(-bars // TILE)))


def slabs(close: F64, log_close: F64, longest: int, tiles: int) -> Iterator[Slab]:
    """Cut the series into slabs of ``tiles`` tiles, oldest first; the next is cut while one is used."""
    size = tiles * TILE

    def cut(start: int) -> Slab | None:
        count = -(-min(size, close.size - start) // TILE)
        return _slab(close, log_close, longest, start, count) if count > 0 else None

    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(cut, 0)
        for start in range(size, close.size + size, size):
            slab = ahead.result()
            ahead = pool.submit(cut, start)
            if slab is not None:
                yield slab


def _slab(close: F64, log_close: F64, longest: int, start: int, tiles: int) -> Slab:
    # Before the first bar and behind the last any price will do: the kernel takes no signal from there.
    before = -(-longest // LANES) * LANES
    end = start + tiles * TILE
    around = close[np.clip(np.arange(start - before, end), 0, close.size - 1)]
    reach = np.lib.stride_tricks.sliding_window_view(around, before + BLOCK)[::BLOCK]
    base = (reach.min(axis=1) + reach.max(axis=1)) / 2
    from_base = reach - base[:, None]
    largest = np.maximum(from_base.max(axis=1), -from_base.min(axis=1))
    steps = np.cumsum(from_base, axis=1).reshape(tiles * TILE_BLOCKS, -1, LANES)
    return Slab(
        start=start,
        tiles=tiles,
        log_close=log_close[np.minimum(np.arange(start, end), close.size - 1)],
        steps=np.ascontiguousarray(steps.transpose(0, 2, 1)),
        base=base,
        scale=np.divide(_LARGEST, largest, out=np.zeros_like(largest), where=largest > 0),
        slack=4 * (before + BLOCK + 10) * _UNIT * largest,
    )


def wide_sums(close: F64, longest: int) -> npt.NDArray[np.uint64]:
    """Return ``exact_sums`` as uint64[n_bars + 1, 2], low half first.

    Raises
    ------
    UnsupportedSeriesError : a sum times a window would not fit into 126 bits
    """
    mantissa, shift = scaled(close)
    bits = 53 + int(shift.max()) + close.size.bit_length() + longest.bit_length()
    if bits > _SUM_BITS:
        raise UnsupportedSeriesError(
            f"closes from {close.min():.3g} to {close.max():.3g} need {bits} bits to be added exactly, not {_SUM_BITS}",
            "sweep the parts of the series on their own, or use './dynamic backtest cross run': it has no limit",
        )
    m, s = mantissa.astype(np.uint64), shift.astype(np.uint64)
    wide = s >= 64  # noqa: PLR2004  # shifts of 64 and more are undefined
    low = np.where(wide, np.uint64(0), m << np.where(wide, np.uint64(0), s))
    carried = np.where(s == 0, np.uint64(0), m >> np.clip(64 - shift, 1, 63).astype(np.uint64))
    high = np.where(wide, m << np.where(wide, s - np.uint64(64), np.uint64(0)), carried)
    low_sum = np.cumsum(low, dtype=np.uint64)
    overflow = low_sum < low
    high_sum = np.cumsum(high + overflow.astype(np.uint64), dtype=np.uint64)
    sums = np.zeros((close.size + 1, 2), np.uint64)
    sums[1:, 0], sums[1:, 1] = low_sum, high_sum
    return sums
