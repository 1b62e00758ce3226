/* Moving average convergence/divergence: a fast EMA less a slow one, the EMA of that line, and their difference.
 *
 * Layout:    close and the outputs are REAL[bars], oldest first; bars 0 .. slow + signal - 3 are NaN (warm-up).
 * Work:      one item a tile, see common/tile.clh; all three means advance in one pass.
 * Seeds:     both EMAs of the close are seeded at bar slow - 1, the fast one with the mean of the `fast` closes up to it;
 *            the signal with the mean of the first `signal` values of the line.
 * Precision: see common/mean.clh; the bound is derived in src/dynamic_ta/indicators/macd.py.
 * Needs:     1 <= fast < slow, 1 <= signal, |close| < REAL's largest / 4, every close finite, lookback >= slow + signal.
 * Macros:    REAL_BITS, see common/real.clh.
 */
#include "common/mean.clh"
#include "common/tile.clh"

__kernel void macd(const uint bars, const uint tile, const uint lookback, const uint fast, const uint slow,
                   const uint signal, const REAL fast_weight, const REAL slow_weight, const REAL signal_weight,
                   __global const REAL *restrict close, __global REAL *restrict line_out,
                   __global REAL *restrict signal_out, __global REAL *restrict histogram_out)
{
    const Tile at = tile_of(get_global_id(0), bars, tile, lookback);
    Mean quick = {0, 0};
    Mean calm = {0, 0};
    Mean smooth = {0, 0};
    for (uint i = at.start; i < at.end; ++i) {
        const uint age = i - at.start;
        calm = mean_toward(calm, close[i], weight_at(age, slow, slow_weight));
        if (age >= slow - fast)
            quick = mean_toward(quick, close[i], weight_at(age - (slow - fast), fast, fast_weight));

        const REAL line = (quick.high - calm.high) + (quick.low - calm.low);
        if (age >= slow - 1)
            smooth = mean_toward(smooth, line, weight_at(age - (slow - 1), signal, signal_weight));

        if (i >= at.first) {
            const bool warm = i >= slow + signal - 2;
            line_out[i] = warm ? line : REAL_NAN;
            signal_out[i] = warm ? smooth.high : REAL_NAN;
            histogram_out[i] = warm ? line - smooth.high : REAL_NAN;
        }
    }
}
