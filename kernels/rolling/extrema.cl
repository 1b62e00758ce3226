/* Rolling minimum and maximum of the last `period` values.
 *
 * Entries:   extrema       periods up to 512, see common/windows.clh; the windows that it is put together from overlap
 *            extrema_long  longer ones, from windows of 512 that overlap
 * Layout:    x and the outputs are REAL[n], oldest first; bars 0 .. period - 2 are NaN (warm-up).
 * Precision: exact.
 * Needs:     1 <= period <= n < 2^31, every x finite; local memory for 4096 REALs.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/windows.clh.
 */
#include "common/windows.clh"

#define LESSER(a, b) ((a) < (b) ? (a) : (b))
#define GREATER(a, b) ((a) > (b) ? (a) : (b))

static inline VREAL least_of_four(__local const REAL *from, const uint reach)
{
    const VREAL a = VLOAD(local, from), b = VLOAD(local, from - reach);
    const VREAL c = VLOAD(local, from - 2 * reach), d = VLOAD(local, from - 3 * reach);
    const VREAL first = LESSER(a, b), second = LESSER(c, d);
    return LESSER(first, second);
}

static inline VREAL greatest_of_four(__local const REAL *from, const uint reach)
{
    const VREAL a = VLOAD(local, from), b = VLOAD(local, from - reach);
    const VREAL c = VLOAD(local, from - 2 * reach), d = VLOAD(local, from - 3 * reach);
    const VREAL first = GREATER(a, b), second = GREATER(c, d);
    return GREATER(first, second);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void extrema(const uint n, const uint period, __global const REAL *restrict x, __global REAL *restrict least,
             __global REAL *restrict greatest)
{
    __local REAL ones[SPAN], low[SPAN], high[SPAN], high_many[SPAN];
    __local REAL *low_many = ones; /* nobody reads the values any more by then */
    const uint lead = lead_of(period);
    const long origin = origin_of(lead);
    load_span(ones, x, n, origin, 0);
    if (period >= FEW) {
        /* The first windows of MANY read a few before it; no bar's result comes of them. */
        for (uint t = get_local_id(0); t < first_of(FEW); t += GROUP)
            low[t] = high[t] = 0;
        EACH(t, first_of(FEW)) {
            VSTORE(local, least_of_four(ones + t, 1), low + t);
            VSTORE(local, greatest_of_four(ones + t, 1), high + t);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (period >= MANY) {
        EACH(t, first_of(MANY)) {
            const VREAL a = least_of_four(low + t, FEW), b = least_of_four(low + t - 4 * FEW, FEW);
            const VREAL c = greatest_of_four(high + t, FEW), d = greatest_of_four(high + t - 4 * FEW, FEW);
            VSTORE(local, LESSER(a, b), low_many + t);
            VSTORE(local, GREATER(c, d), high_many + t);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    /* The oldest window, and those that end with the newest value and before, as many as it takes to meet the oldest. */
    const uint reach = period >= MANY ? MANY : period >= FEW ? FEW : 1;
    __local const REAL *lows = period >= MANY ? low_many : period >= FEW ? low : ones;
    __local const REAL *highs = period >= MANY ? high_many : period >= FEW ? high : ones;
    EACH_TURN(t, lead) {
        VREAL lowest[TURN], highest[TURN];
        EACH_OF_TURN(v) {
            lowest[v] = VLOAD(local, lows + t + v * ROW - (period - reach));
            highest[v] = VLOAD(local, highs + t + v * ROW - (period - reach));
        }
        for (uint back = 0; back + reach < period; back += reach) {
            EACH_OF_TURN(v) {
                const VREAL lower = VLOAD(local, lows + t + v * ROW - back);
                const VREAL higher = VLOAD(local, highs + t + v * ROW - back);
                lowest[v] = LESSER(lowest[v], lower);
                highest[v] = GREATER(highest[v], higher);
            }
        }
        EACH_OF_TURN(v) {
            put(least, lowest[v], origin + t + v * ROW, period, n);
            put(greatest, highest[v], origin + t + v * ROW, period, n);
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
            lowest = LESSER(lowest, low[i - back]);
            highest = GREATER(highest, high[i - back]);
        }
        least[i] = lowest;
        greatest[i] = highest;
    }
}
