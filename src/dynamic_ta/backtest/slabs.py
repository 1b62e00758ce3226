"""What decides the signals on a device: the series cut into slabs of relative averages, and exact sums for near ties.

The averages go to the device as float32. Let a segment be 64 bars, b its first close, M the largest |close - b| in
reach of any of its windows, K = longest window + 64, u = 2**-53. The table holds mean(close - b) / M, of magnitude at
most 1:

1. close - b is rounded once: u M.
2. A sum of w such differences is a difference of two running sums. What they do not share is w additions, each off by
   at most u K M (1 + K u), so the mean is off by u K M.
3. Division by w M and the rest: 4 u. Conversion to float32: 2**-24.

Together at most 2**-24 + (K + 6) u < 2**-24 + 2**-31, as K < 2**21. Two averages are then off by less than 2**-22.9,
and their float32 difference d has the sign of the rounded averages' difference, which is at least
|d| / (1 + 2**-24). So |d| > 2**-22, the kernel's NEAR, proves the sign. A segment with M = 0 holds equal closes only:
no average is above another, and the table says so with w in place of the mean.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.backtest.errors import UnsupportedSeriesError
from dynamic_ta.backtest.signals import scaled
from dynamic_ta.data.model import F64

LANES = 8
SEGMENT = 64
TILE = LANES * SEGMENT
_MOST_TILES = 16  # the fastest of 16, 32 and 64: a slab's table stays in the last cache
_MOST_BYTES = 64 << 20
_SUM_BITS = 126


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """Some tiles of the series, as ``sma_table`` and ``close_ranges`` read them.

    Parameters
    ----------
    start : its first bar
    longest : bars of the longest window
    tiles : int, tiles that hold bars
    close : float64[slab bars], the last close repeated behind the end
    steps : float64[tiles, longest + SEGMENT, LANES], running sums of close - base from the longest window's first bar
    scale, flat : float64[tiles, LANES], 1 / M and 0, or 0 and 1 where M is 0
    """

    start: int
    longest: int
    tiles: int
    close: F64
    steps: F64
    scale: F64
    flat: F64


def slab_levels(bars: int, windows: int, longest: int) -> int:
    """Return log2 of the bars of a slab: its table and its steps stay near 64 MiB each, but for a slab of one tile."""
    tile_bytes = max(windows * TILE * 4, (longest + SEGMENT) * LANES * 8)
    tiles = max(1, min(_MOST_TILES, _MOST_BYTES // tile_bytes, -(-bars // TILE)))
    return (TILE << (tiles.bit_length() - 1)).bit_length() - 1


def slabs(close: F64, longest: int, levels: int) -> Iterator[Slab]:
    """Cut ``close`` into slabs of ``2**levels`` bars, oldest first; the next is cut while one is used."""
    size = 1 << levels

    def cut(start: int) -> Slab | None:
        tiles = -(-min(size, close.size - start) // TILE)
        return _slab(close, longest, start, tiles, size) if tiles > 0 else None

    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(cut, 0)
        for start in range(size, close.size + size, size):
            slab = ahead.result()
            ahead = pool.submit(cut, start)
            if slab is not None:
                yield slab


def _slab(close: F64, longest: int, start: int, tiles: int, size: int) -> Slab:
    # Before the first bar and behind the last any price will do: the kernel takes no signal from there.
    places = np.clip(np.arange(start - longest, start + tiles * TILE), 0, close.size - 1)
    reach = np.lib.stride_tricks.sliding_window_view(close[places], longest + SEGMENT)[::SEGMENT]
    from_base = reach - reach[:, longest : longest + 1]
    largest = np.abs(from_base).max(axis=1)
    flat = largest == 0
    scale = np.divide(1.0, largest, out=np.zeros_like(largest), where=~flat)
    steps = np.cumsum(from_base, axis=1).reshape(tiles, LANES, longest + SEGMENT)
    return Slab(
        start=start,
        longest=longest,
        tiles=tiles,
        close=close[np.minimum(np.arange(start, start + size), close.size - 1)],
        steps=np.ascontiguousarray(steps.transpose(0, 2, 1)),
        scale=scale.reshape(tiles, LANES),
        flat=flat.astype(np.float64).reshape(tiles, LANES),
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
