/* Rolling mean and population variance of the last `period` values.
 *
 * Entries:   variance       periods up to 256, see common/windows.clh
 *            variance_long  longer ones, from windows of 256 and one of the rest
 * Layout:    x and the outputs are REAL[n], oldest first; bars 0 .. period - 2 are NaN (warm-up). Between the launches a
 *            window is its mean less the center, and its sum of squared distances from the mean.
 * Precision: two windows are joined by Chan, Golub and LeVeque's formula, which subtracts only means; no sum of squares
 *            is ever subtracted. The bound is derived in src/dynamic_engines/library/rolling/variance.py.
 * Needs:     1 <= period <= n < 2^31, every x finite, |x| < sqrt(REAL's largest / (16 period)); local memory for 3072 REALs.
 * Macros:    REAL_BITS, see common/real.clh; GROUP, see common/windows.clh.
 */
#define SPAN 512
#include "common/windows.clh"

/* Two neighbours of `reach` values each. */
static inline void widen(__local const REAL *restrict mean, __local const REAL *restrict squares,
                         __local REAL *restrict next_mean, __local REAL *restrict next_squares, const uint reach)
{
    const REAL weight = (REAL)reach / 2;
    EACH(t, reach) {
        const REAL away = mean[t - reach] - mean[t];
        next_mean[t] = mean[t] + away / 2;
        next_squares[t] = (squares[t] + squares[t - reach]) + away * away * weight;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* Takes the window of `reach` values that ends `covered` before into one of `covered` values. */
static inline void join(__local REAL *restrict all_mean, __local REAL *restrict all_squares,
                        __local const REAL *restrict mean, __local const REAL *restrict squares, const uint covered,
                        const uint reach)
{
    const REAL share = (REAL)reach / (REAL)(covered + reach);
    const REAL weight = (REAL)covered * share;
    EACH(t, covered) {
        const REAL away = mean[t - covered] - all_mean[t];
        all_mean[t] += away * share;
        all_squares[t] += squares[t - covered] + away * away * weight;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void variance(const uint n, const uint period, const uint divisor, const REAL center, const REAL offset,
              __global const REAL *restrict x, __global REAL *restrict means, __global REAL *restrict spreads)
{
    __local REAL mean[SPAN], squares[SPAN], next_mean[SPAN], next_squares[SPAN], all_mean[SPAN], all_squares[SPAN];
    const long lead = lead_of(period);
    load_span(mean, x, n, lead, center);
    EACH(t, 0)
        squares[t] = next_mean[t] = next_squares[t] = all_mean[t] = all_squares[t] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    uint covered = 0;
    for (uint level = 0; (1u << level) <= period; ++level) {
        const uint reach = 1u << level;
        if (period & reach) {
            if (level % 2)
                join(all_mean, all_squares, next_mean, next_squares, covered, reach);
            else
                join(all_mean, all_squares, mean, squares, covered, reach);
            covered += reach;
        }
        if (2 * reach <= period) {
            if (level % 2)
                widen(next_mean, next_squares, mean, squares, reach);
            else
                widen(mean, squares, next_mean, next_squares, reach);
        }
    }
    /* A first launch of two divides by 1 and adds nothing. */
    EACH(t, period - 1) {
        const long i = lead + t;
        if (i < n) {
            means[i] = i < period - 1 ? REAL_NAN : all_mean[t] + offset;
            spreads[i] = i < period - 1 ? REAL_NAN : all_squares[t] / (REAL)divisor;
        }
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void variance_long(const uint n, const uint period, const REAL offset, __global const REAL *restrict mean,
                   __global const REAL *restrict squares, __global const REAL *restrict rest_mean,
                   __global const REAL *restrict rest_squares, __global REAL *restrict means,
                   __global REAL *restrict spreads)
{
    const uint left = period % MOST;
    for (uint t = get_local_id(0); t < SPAN; t += GROUP) {
        const ulong i = (ulong)get_group_id(0) * SPAN + t;
        if (i >= n)
            continue;
        if (i < period - 1) {
            means[i] = spreads[i] = REAL_NAN;
            continue;
        }
        REAL all_mean = left ? rest_mean[i] : 0, all_squares = left ? rest_squares[i] : 0;
        for (uint covered = left; covered < period; covered += MOST) {
            const REAL share = (REAL)MOST / (REAL)(covered + MOST);
            const REAL away = mean[i - covered] - all_mean;
            all_mean += away * share;
            all_squares += squares[i - covered] + away * away * ((REAL)covered * share);
        }
        means[i] = all_mean + offset;
        spreads[i] = all_squares / (REAL)period;
    }
}
