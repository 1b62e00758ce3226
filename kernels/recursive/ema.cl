/* Exponential moving average: out[i] = out[i - 1] + weight * (close[i] - out[i - 1]), from the mean of `period` closes.
 *
 * Layout:    close and out are REAL[bars], oldest first; out[0 .. period - 2] is NaN (warm-up).
 * Work:      one item a tile, see common/tile.clh.
 * Precision: see common/mean.clh; the bound is derived in src/dynamic_ta/indicators/ema.py.
 * Needs:     1 <= period <= bars, |close| < REAL's largest / 2, every close finite, lookback >= period.
 * Macros:    REAL_BITS, see common/real.clh.
 */
#include "common/mean.clh"
#include "common/tile.clh"

__kernel void ema(const uint bars, const uint tile, const uint lookback, const uint period, const REAL weight,
                  __global const REAL *restrict close, __global REAL *restrict out)
{
    const Tile at = tile_of(get_global_id(0), bars, tile, lookback);
    Mean mean = {0, 0};
    for (uint i = at.start; i < at.end; ++i) {
        mean = mean_toward(mean, close[i], weight_at(i - at.start, period, weight));
        if (i >= at.first)
            out[i] = i < period - 1 ? REAL_NAN : mean.high;
    }
}
