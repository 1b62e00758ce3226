/* Rolling mean and population variance of the last `period` values.
 *
 * Entries:   variance       periods up to 256, see common/windows.clh
 *            variance_long  longer ones, from windows of 256 and one of the rest
 * Layout:    x and the outputs are REAL[n], oldest first; bars 0 .. period - 2 are NaN (warm-up). Between the launches a
 *            window is its mean less the center, and its sum of squared distances from the mean.
 * Precision: two windows are joined by Chan, Golub and LeVeque's formula, which subtracts only means; no sum of squares
 *            is ever subtracted. The bound is derived in src/dynamic_engines/library/rolling/variance.py.
 * Needs:     1 <= period <= n < 2^31, every x finite, |x| < sqrt(REAL's largest / (16 period)); local memory for 3840 REALs.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/windows.clh.
 */
#define SPAN 768
#define MOST 256
#include "common/windows.clh"

/* Takes the window of `other` before it into a window: share is that of the other's values among all, and weight the
 * window's own values times share. */
#define JOIN_WINDOWS(mean, squares, other_mean, other_squares, share, weight)                                          \
    do {                                                                                                               \
        const VREAL away = (other_mean) - (mean);                                                                      \
        (mean) += away * (share);                                                                                      \
        (squares) += (other_squares) + away * away * (weight);                                                         \
    } while (0)

/* Four neighbours of `reach` values each, by halves. */
static inline void four(VREAL *mean, VREAL *squares, __local const REAL *means, __local const REAL *spreads,
                        const uint reach)
{
    VREAL first = VLOAD(local, means), second = VLOAD(local, means - 2 * reach);
    VREAL first_squares = 0, second_squares = 0, third_squares = 0, fourth_squares = 0;
    if (reach > 1) {
        first_squares = VLOAD(local, spreads);
        second_squares = VLOAD(local, spreads - reach);
        third_squares = VLOAD(local, spreads - 2 * reach);
        fourth_squares = VLOAD(local, spreads - 3 * reach);
    }
    JOIN_WINDOWS(first, first_squares, VLOAD(local, means - reach), second_squares, (REAL)0.5, (REAL)0.5 * reach);
    JOIN_WINDOWS(second, third_squares, VLOAD(local, means - 3 * reach), fourth_squares, (REAL)0.5, (REAL)0.5 * reach);
    JOIN_WINDOWS(first, first_squares, second, third_squares, (REAL)0.5, (REAL)reach);
    *mean = first;
    *squares = first_squares;
}

/* Takes `count` windows of `reach` values each into those of a turn, which have `covered` already. A macro,
 * since `squares`, theirs, is an expression of `at`. */
#define CHAIN(means, squares, count, reach)                                                                            \
    for (uint k = 0; k < (count); ++k, covered += (reach)) {                                                           \
        const REAL share = (REAL)(reach) / (REAL)(covered + (reach)), weight = (REAL)covered * share;                  \
        EACH_OF_TURN(v) {                                                                                              \
            const uint at = t + v * ROW - covered;                                                                     \
            JOIN_WINDOWS(all_mean[v], all_squares[v], VLOAD(local, (means) + at), squares, share, weight);             \
        }                                                                                                              \
    }

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void variance(const uint n, const uint period, const uint divisor, const REAL center, const REAL offset,
              __global const REAL *restrict x, __global REAL *restrict means, __global REAL *restrict spreads)
{
    __local REAL ones[SPAN], few[SPAN], few_squares[SPAN], many[SPAN], many_squares[SPAN];
    const uint lead = lead_of(period);
    const long origin = origin_of(lead);
    load_span(ones, x, n, origin, center);
    if (period >= FEW) {
        EACH(t, first_of(FEW)) {
            VREAL mean, squares;
            four(&mean, &squares, ones + t, ones + t, 1);
            VSTORE(local, mean, few + t);
            VSTORE(local, squares, few_squares + t);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (period >= MANY) {
        EACH(t, first_of(MANY)) {
            VREAL mean, squares, before, before_squares;
            four(&mean, &squares, few + t, few_squares + t, FEW);
            four(&before, &before_squares, few + t - 4 * FEW, few_squares + t - 4 * FEW, FEW);
            JOIN_WINDOWS(mean, squares, before, before_squares, (REAL)0.5, (REAL)(2 * FEW));
            VSTORE(local, mean, many + t);
            VSTORE(local, squares, many_squares + t);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    /* A first launch of two divides by 1 and adds nothing. */
    const uint manies = period / MANY, fews = period % MANY / FEW, rest = period % FEW;
    EACH_TURN(t, lead) {
        VREAL all_mean[TURN], all_squares[TURN];
        EACH_OF_TURN(v)
            all_mean[v] = all_squares[v] = 0;
        uint covered = 0;
        CHAIN(many, VLOAD(local, many_squares + at), manies, MANY)
        CHAIN(few, VLOAD(local, few_squares + at), fews, FEW)
        CHAIN(ones, 0, rest, 1)
        EACH_OF_TURN(v) {
            put(means, all_mean[v] + offset, origin + t + v * ROW, period, n);
            put(spreads, all_squares[v] / (REAL)divisor, origin + t + v * ROW, period, n);
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
