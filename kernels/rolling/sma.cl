/* Simple moving average: out[i] is the mean of close[i - period + 1] .. close[i].
 *
 * Layout:    close and out are REAL[bars], oldest first; out[0 .. period - 2] is NaN (warm-up).
 * Work:      one item a tile of `tile` bars. An item sums its first window afresh, so no error crosses a tile, and
 *            then slides it. With tile >= period that is at most 3 additions a bar, whatever the period.
 * Precision: the slide is compensated. The bound is derived in src/dynamic_ta/indicators/sma.py.
 * Needs:     1 <= period <= bars, |close| < REAL's largest / (2 * period), every close finite.
 * Macros:    REAL_BITS, see common/real.clh.
 */
#include "common/real.clh"

__kernel void sma(const uint bars, const uint period, const uint tile, __global const REAL *restrict close,
                  __global REAL *restrict out)
{
    const ulong start = (ulong)get_global_id(0) * tile;
    if (start >= bars)
        return;
    const uint first = (uint)start;
    const uint end = first + min(tile, bars - first);

    uint i = first;
    for (; i < end && i < period - 1; ++i)
        out[i] = REAL_NAN;
    if (i == end)
        return;

    REAL sum = 0;
    REAL lost = 0;
    for (uint k = i - (period - 1); k <= i; ++k)
        sum = add_exactly(sum, close[k], &lost);
    out[i] = (sum + lost) / (REAL)period;

    for (++i; i < end; ++i) {
        sum = add_exactly(sum, -close[i - period], &lost);
        sum = add_exactly(sum, close[i], &lost);
        out[i] = (sum + lost) / (REAL)period;
    }
}
