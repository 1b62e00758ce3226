/* Inclusive scan: out[i] = x[0] + ... + x[i].
 *
 * Entries:   scan_starts    one group: the sum before each block of 8192 values, from the sums of the blocks, which
 *                           reductions/sum.cl makes
 *            inclusive_sum  one group a block
 * Layout:    x and out are REAL[n]; high, low and the starts are REAL[blocks]. A lane has 128 neighbouring values, eight in
 *            a link: a scan is a chain, so what counts is how many values a link has. Four lanes side by side, which also
 *            shortens the wait, took half as long again on a CPU: it reads four places at once then.
 * Precision: plain within a block, high + low from block to block, so the error does not grow with n; the bound is
 *            derived in src/dynamic_engines/library/scans/inclusive_sum.py.
 * Needs:     1 <= n < 2^31, every x finite, n |x| below REAL's largest; local memory for 256 REALs.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/pairs.clh"

#define REAL4 JOIN(REAL, 4)
typedef struct __attribute__((packed, aligned(REAL_BITS / 8))) {
    REAL4 values;
} Four;

#define FOUR(at) (((__global const Four *)(at))->values)

/* Four sums, each of the values up to its place. */
static inline REAL4 scan4(REAL4 x)
{
    x += (REAL4)(0, x.s0, x.s1, x.s2);
    x += (REAL4)(0, 0, x.s0, x.s1);
    return x;
}

/* Makes of each lane's pair that of all lanes before it (Hillis and Steele's scan, then one place on). */
static inline void scan_lanes(__local REAL *highs, __local REAL *lows, __local REAL *next_highs, __local REAL *next_lows)
{
    for (uint reach = 1; reach < LANES; reach *= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = get_local_id(0); k < LANES; k += GROUP) {
            REAL high = highs[k], low = lows[k];
            if (k >= reach)
                pair_join(&high, &low, highs[k - reach], lows[k - reach]);
            next_highs[k] = high;
            next_lows[k] = low;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = get_local_id(0); k < LANES; k += GROUP) {
            highs[k] = next_highs[k];
            lows[k] = next_lows[k];
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k = get_local_id(0); k < LANES; k += GROUP) {
        next_highs[k] = k ? highs[k - 1] : 0;
        next_lows[k] = k ? lows[k - 1] : 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void scan_starts(const uint blocks, __global const REAL *restrict high, __global const REAL *restrict low,
                 __global REAL *restrict start_high, __global REAL *restrict start_low)
{
    __local REAL highs[LANES], lows[LANES], before_high[LANES], before_low[LANES];
    const uint run = (blocks + LANES - 1) / LANES;
    for (uint k = get_local_id(0); k < LANES; k += GROUP) {
        REAL sum = 0, lost = 0;
        for (uint i = k * run; i < min((k + 1) * run, blocks); ++i)
            pair_join(&sum, &lost, high[i], low[i]);
        highs[k] = sum;
        lows[k] = lost;
    }
    scan_lanes(highs, lows, before_high, before_low);
    for (uint k = get_local_id(0); k < LANES; k += GROUP) {
        REAL sum = before_high[k], lost = before_low[k];
        for (uint i = k * run; i < min((k + 1) * run, blocks); ++i) {
            start_high[i] = sum;
            start_low[i] = lost;
            pair_join(&sum, &lost, high[i], low[i]);
        }
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void inclusive_sum(const uint n, __global const REAL *restrict x, __global const REAL *restrict start_high,
                   __global const REAL *restrict start_low, __global REAL *restrict out)
{
    __local REAL highs[LANES], lows[LANES], before_high[LANES], before_low[LANES];
    const uint first = get_group_id(0) * BLOCK;
    const uint count = min((uint)BLOCK, n - first);
    for (uint k = get_local_id(0); k < LANES; k += GROUP) {
        const uint end = min(count, (k + 1) * STEPS);
        uint i = k * STEPS;
        REAL4 a = 0, b = 0, c = 0, d = 0;
        for (; i + 16 <= end; i += 16) {
            a += FOUR(x + first + i);
            b += FOUR(x + first + i + 4);
            c += FOUR(x + first + i + 8);
            d += FOUR(x + first + i + 12);
        }
        a = (a + b) + (c + d);
        REAL carry = (a.s0 + a.s1) + (a.s2 + a.s3);
        for (; i < end; ++i)
            carry += x[first + i];
        highs[k] = carry;
        lows[k] = 0;
    }
    scan_lanes(highs, lows, before_high, before_low);
    for (uint k = get_local_id(0); k < LANES; k += GROUP) {
        REAL high = start_high[get_group_id(0)], low = start_low[get_group_id(0)];
        pair_join(&high, &low, before_high[k], before_low[k]);
        const uint end = min(count, (k + 1) * STEPS);
        uint i = k * STEPS;
        REAL carry = 0;
        for (; i + 8 <= end; i += 8) {
            const REAL4 sums = scan4(FOUR(x + first + i));
            const REAL4 more = scan4(FOUR(x + first + i + 4)) + sums.s3;
            ((__global Four *)(out + first + i))->values = high + (low + (sums + carry));
            ((__global Four *)(out + first + i + 4))->values = high + (low + (more + carry));
            carry += more.s3;
        }
        for (; i < end; ++i) {
            carry += x[first + i];
            out[first + i] = high + (low + carry);
        }
    }
}
