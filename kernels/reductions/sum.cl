/* Sum of a series, as high + low.
 *
 * Entries:   sum        one group a block of 8192 values; writes one pair a block
 *            sum_pairs  one group a block of 8192 pairs; the caller repeats it until one pair is left
 * Layout:    x is REAL[n]; high and low are REAL[blocks].
 * Precision: see common/pairs.clh; the bound is derived in src/dynamic_engines/library/pairs.py.
 * Needs:     1 <= n < 2^31, every x finite, n |x| below REAL's largest; local memory for 128 REALs.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/pairs.clh"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void sum(const uint n, __global const REAL *restrict x, __global REAL *restrict high, __global REAL *restrict low)
{
    __local REAL highs[LANES], lows[LANES];
    const ulong first = (ulong)get_group_id(0) * BLOCK;
    __global const REAL *from = x + first;
    VREAL sums[PER], lost[PER];
    UNROLL
    for (uint v = 0; v < PER; ++v)
        sums[v] = lost[v] = 0;
    /* Whole rows of lanes by vectors; what is left of the last row lane by lane. */
    const uint count = (uint)min((ulong)BLOCK, n - first);
    const uint rows = count / LANES;
    for (uint row = 0; row < rows; ++row)
        UNROLL
        for (uint v = 0; v < PER; ++v)
            pair_add(&sums[v], &lost[v], VLOAD(global, from + row * LANES + LANE(v)));
    UNROLL
    for (uint v = 0; v < PER; ++v) {
        VSTORE(local, sums[v], highs + LANE(v));
        VSTORE(local, lost[v], lows + LANE(v));
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k = get_local_id(0); k < count - rows * LANES; k += GROUP) {
        REAL a = highs[k], b = lows[k];
        a = add_exactly(a, from[rows * LANES + k], &b);
        highs[k] = a;
        lows[k] = b;
    }
    pair_fold(highs, lows);
    if (get_local_id(0) == 0) {
        high[get_group_id(0)] = highs[0];
        low[get_group_id(0)] = lows[0];
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void sum_pairs(const uint n, __global const REAL *restrict high_in, __global const REAL *restrict low_in,
               __global REAL *restrict high, __global REAL *restrict low)
{
    __local REAL highs[LANES], lows[LANES];
    const ulong first = (ulong)get_group_id(0) * BLOCK;
    pair_gather(first, (uint)min((ulong)BLOCK, n - first), high_in, low_in, highs, lows);
    if (get_local_id(0) == 0) {
        high[get_group_id(0)] = highs[0];
        low[get_group_id(0)] = lows[0];
    }
}
