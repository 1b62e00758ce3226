/* Rolling sum: out[i] = x[i - period + 1] + ... + x[i].
 *
 * Entries:   sum       periods up to 512, see common/windows.clh
 *            sum_long  longer ones, from windows of 512 and one of the rest
 * Layout:    x and out are REAL[n], oldest first; out[0 .. period - 2] is NaN (warm-up).
 * Precision: nothing is subtracted, so no error outlives its window; the bound is derived in
 *            src/dynamic_engines/library/rolling/sum.py.
 * Needs:     1 <= period <= n < 2^31, every x finite, period |x| below REAL's largest; local memory for 3072 REALs.
 * Macros:    REAL_BITS, see common/real.clh; GROUP, see common/windows.clh.
 */
#include "common/windows.clh"

/* to[t] = from[t] + from[t - reach] */
static inline void widen(__local const REAL *restrict from, __local REAL *restrict to, const uint reach)
{
    EACH(t, reach)
        to[t] = from[t] + from[t - reach];
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* all[t] += window[t - covered] */
static inline void join(__local REAL *restrict all, __local const REAL *restrict window, const uint covered)
{
    EACH(t, covered)
        all[t] += window[t - covered];
    barrier(CLK_LOCAL_MEM_FENCE);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void sum(const uint n, const uint period, __global const REAL *restrict x, __global REAL *restrict out)
{
    __local REAL even[SPAN], odd[SPAN], all[SPAN];
    const long lead = lead_of(period);
    load_span(even, x, n, lead, 0);
    EACH(t, 0)
        all[t] = odd[t] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    uint covered = 0;
    for (uint level = 0; (1u << level) <= period; ++level) {
        const uint reach = 1u << level;
        if (period & reach) {
            join(all, level % 2 ? odd : even, covered);
            covered += reach;
        }
        if (2 * reach <= period)
            widen(level % 2 ? odd : even, level % 2 ? even : odd, reach);
    }
    EACH(t, period - 1) {
        if (lead + t < n)
            out[lead + t] = lead + t < period - 1 ? REAL_NAN : all[t];
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void sum_long(const uint n, const uint period, __global const REAL *restrict most, __global const REAL *restrict rest,
              __global REAL *restrict out)
{
    const uint share = SPAN;
    const uint left = period % MOST;
    for (uint t = get_local_id(0); t < share; t += GROUP) {
        const ulong i = (ulong)get_group_id(0) * share + t;
        if (i >= n)
            continue;
        if (i < period - 1) {
            out[i] = REAL_NAN;
            continue;
        }
        REAL total = left ? rest[i] : 0;
        for (uint back = left; back < period; back += MOST)
            total += most[i - back];
        out[i] = total;
    }
}
