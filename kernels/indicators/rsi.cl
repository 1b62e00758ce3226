/* Relative strength index: 100 * up / (up + down), of Wilder's means of the rises and of the falls of the close.
 *
 * Layout:    close and out are REAL[bars], oldest first; out[0 .. period - 1] is NaN (warm-up).
 * Work:      one item a tile, see common/tile.clh. While the close stands still both means shrink alike and their ratio
 *            stays, so `lookback` counts from the last move; `most_still` bars without one, after which the means have
 *            gone below REAL's smallest, are not searched further.
 * Precision: see common/mean.clh; the bound is derived in src/dynamic_ta/indicators/rsi.py.
 * Needs:     1 <= period < bars, |close| < REAL's largest / 4, every close finite, lookback > period.
 * Macros:    REAL_BITS, see common/real.clh.
 */
#include "common/mean.clh"
#include "common/tile.clh"

/* Returns the bar that is `lookback` bars before the last move up to bar `first`. */
static inline uint start_before(__global const REAL *restrict close, const uint first, const uint lookback,
                                const uint most_still)
{
    const uint stop = first - min(first, most_still);
    uint moved = first;
    while (moved > stop && close[moved] == close[moved - 1])
        --moved;
    return moved - min(moved, lookback);
}

__kernel void rsi(const uint bars, const uint tile, const uint lookback, const uint period,
                  const uint most_still, const REAL weight, __global const REAL *restrict close,
                  __global REAL *restrict out)
{
    const Tile at = tile_of(get_global_id(0), bars, tile, lookback);
    if (at.first == at.end)
        return;
    const uint start = start_before(close, at.first, lookback, most_still);
    Mean up = {0, 0};
    Mean down = {0, 0};
    for (uint i = start; i < at.end; ++i) {
        if (i > start) {
            const REAL change = close[i] - close[i - 1];
            const REAL share = weight_at(i - start - 1, period, weight);
            up = mean_toward(up, change > 0 ? change : 0, share);
            down = mean_toward(down, change < 0 ? -change : 0, share);
        }
        if (i >= at.first) {
            const REAL moved = up.high + down.high;
            /* A division may round 1 up where it is not correctly rounded. */
            const REAL index = moved > 0 ? fmin(100 * (up.high / moved), (REAL)100) : 0;
            out[i] = i < period ? REAL_NAN : index;
        }
    }
}
