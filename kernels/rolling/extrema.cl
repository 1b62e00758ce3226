/* Rolling minimum and maximum of the last `period` values.
 *
 * Entries:   extrema       periods up to 512, see common/windows.clh; two windows of a power of two overlap to one
 *            extrema_long  longer ones, from windows of 512 that overlap
 * Layout:    x and the outputs are REAL[n], oldest first; bars 0 .. period - 2 are NaN (warm-up).
 * Precision: exact.
 * Needs:     1 <= period <= n < 2^31, every x finite; local memory for 4096 REALs.
 * Macros:    REAL_BITS, see common/real.clh; GROUP, see common/windows.clh.
 */
#include "common/windows.clh"

static inline REAL lesser(const REAL a, const REAL b)
{
    return a < b ? a : b;
}

static inline REAL greater(const REAL a, const REAL b)
{
    return a > b ? a : b;
}

static inline void widen(__local const REAL *restrict low, __local const REAL *restrict high,
                         __local REAL *restrict next_low, __local REAL *restrict next_high, const uint reach)
{
    EACH(t, reach) {
        next_low[t] = lesser(low[t], low[t - reach]);
        next_high[t] = greater(high[t], high[t - reach]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void extrema(const uint n, const uint period, __global const REAL *restrict x, __global REAL *restrict least,
             __global REAL *restrict greatest)
{
    __local REAL low[SPAN], high[SPAN], next_low[SPAN], next_high[SPAN];
    const long lead = lead_of(period);
    load_span(low, x, n, lead, 0);
    EACH(t, 0)
        high[t] = low[t];
    barrier(CLK_LOCAL_MEM_FENCE);
    uint reach = 1, level = 0;
    for (; 2 * reach <= period; reach *= 2, ++level) {
        if (level % 2)
            widen(next_low, next_high, low, high, reach);
        else
            widen(low, high, next_low, next_high, reach);
    }
    __local const REAL *lows = level % 2 ? next_low : low;
    __local const REAL *highs = level % 2 ? next_high : high;
    const uint back = period - reach;
    EACH(t, period - 1) {
        const long i = lead + t;
        if (i < n) {
            least[i] = i < period - 1 ? REAL_NAN : lesser(lows[t], lows[t - back]);
            greatest[i] = i < period - 1 ? REAL_NAN : greater(highs[t], highs[t - back]);
        }
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void extrema_long(const uint n, const uint period, __global const REAL *restrict low, __global const REAL *restrict high,
                  __global REAL *restrict least, __global REAL *restrict greatest)
{
    for (uint t = get_local_id(0); t < SPAN; t += GROUP) {
        const ulong i = (ulong)get_group_id(0) * SPAN + t;
        if (i >= n)
            continue;
        if (i < period - 1) {
            least[i] = greatest[i] = REAL_NAN;
            continue;
        }
        REAL lowest = low[i - (period - MOST)], highest = high[i - (period - MOST)];
        for (uint back = 0; back < period - MOST; back += MOST) {
            lowest = lesser(lowest, low[i - back]);
            highest = greater(highest, high[i - back]);
        }
        least[i] = lowest;
        greatest[i] = highest;
    }
}
