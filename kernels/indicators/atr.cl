/* Average true range: Wilder's mean of max(high - low, |high - close before|, |low - close before|).
 *
 * Layout:    high, low, close and out are REAL[bars], oldest first; out[0 .. period - 1] is NaN (warm-up).
 * Work:      one item a tile, see common/tile.clh.
 * Precision: see common/mean.clh; the bound is derived in src/dynamic_ta/indicators/atr.py.
 * Needs:     1 <= period < bars, |prices| < REAL's largest / 4, every price finite, lookback > period.
 * Macros:    REAL_BITS, see common/real.clh.
 */
#include "common/mean.clh"
#include "common/tile.clh"

__kernel void atr(const uint bars, const uint tile, const uint lookback, const uint period, const REAL weight,
                  __global const REAL *restrict high, __global const REAL *restrict low,
                  __global const REAL *restrict close, __global REAL *restrict out)
{
    const Tile at = tile_of(get_global_id(0), bars, tile, lookback);
    Mean mean = {0, 0};
    for (uint i = at.start; i < at.end; ++i) {
        if (i > at.start) {
            const REAL gap = fmax(fabs(high[i] - close[i - 1]), fabs(low[i] - close[i - 1]));
            const REAL range = fmax(high[i] - low[i], gap);
            mean = mean_toward(mean, range, weight_at(i - at.start - 1, period, weight));
        }
        if (i >= at.first)
            out[i] = i < period ? REAL_NAN : mean.high;
    }
}
