/* Rolling sum: out[i] = x[i - period + 1] + ... + x[i].
 *
 * Entries:   sum       periods up to 512, see common/windows.clh
 *            sum_long  longer ones, from windows of 512 and one of the rest
 * Layout:    x and out are REAL[n], oldest first; out[0 .. period - 2] is NaN (warm-up).
 * Precision: nothing is subtracted, so no error outlives its window; the bound is derived in
 *            src/dynamic_engines/library/rolling/sum.py.
 * Needs:     1 <= period <= n < 2^31, every x finite, period |x| below REAL's largest; local memory for 3072 REALs.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/windows.clh.
 */
#include "common/windows.clh"

static inline VREAL four(__local const REAL *from, const uint reach)
{
    return (VLOAD(local, from) + VLOAD(local, from - reach)) + (VLOAD(local, from - 2 * reach) + VLOAD(local, from - 3 * reach));
}

/* Adds `count` windows of `reach` values to the vectors of a turn; the newest of them ends at `last`. */
static inline void chain(VREAL *total, __local const REAL *last, const uint count, const uint reach)
{
    for (uint k = 0; k < count; ++k, last -= reach) {
        EACH_OF_TURN(v)
            total[v] += VLOAD(local, last + v * ROW);
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void sum(const uint n, const uint period, __global const REAL *restrict x, __global REAL *restrict out)
{
    __local REAL ones[SPAN], few[SPAN], many[SPAN];
    const uint lead = lead_of(period);
    const long origin = origin_of(lead);
    load_span(ones, x, n, origin, 0);
    if (period >= FEW) {
        EACH(t, first_of(FEW))
            VSTORE(local, four(ones + t, 1), few + t);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (period >= MANY) {
        EACH(t, first_of(MANY))
            VSTORE(local, four(few + t, FEW) + four(few + t - 4 * FEW, FEW), many + t);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const uint manies = period / MANY, fews = period % MANY / FEW, rest = period % FEW;
    EACH_TURN(t, lead) {
        VREAL total[TURN];
        EACH_OF_TURN(v)
            total[v] = 0;
        chain(total, many + t, manies, MANY);
        chain(total, few + t - manies * MANY, fews, FEW);
        chain(total, ones + t - (period - rest), rest, 1);
        EACH_OF_TURN(v)
            put(out, total[v], origin + t + v * ROW, period, n);
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void sum_long(const uint n, const uint period, __global const REAL *restrict most, __global const REAL *restrict rest,
              __global REAL *restrict out)
{
    const uint left = period % MOST;
    EACH(t, 0) {
        const ulong i = (ulong)get_group_id(0) * SPAN + t;
        if (i + 1 >= period && i + WIDTH <= n) {
            VREAL total = 0;
            if (left)
                total = VLOAD(global, rest + i);
            for (uint back = left; back < period; back += MOST)
                total += VLOAD(global, most + i - back);
            VSTORE(global, total, out + i);
            continue;
        }
        for (uint k = 0; k < WIDTH && i + k < n; ++k) {
            REAL total = left && i + k + 1 >= period ? rest[i + k] : 0;
            for (uint back = left; back < period && i + k + 1 >= period; back += MOST)
                total += most[i + k - back];
            out[i + k] = i + k + 1 >= period ? total : REAL_NAN;
        }
    }
}
