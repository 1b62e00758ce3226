/* Sum of products of two series, as high + low.
 *
 * Entries:   inner      one group a block of 8192 products; writes one pair a block
 *            inner_pairs  as sum_pairs of reductions/sum.cl
 * Layout:    a and b are REAL[n]; high and low are REAL[blocks].
 * Precision: a product's rounding error is fma(a, b, -a * b), exactly, and low adds it; the rest is as in
 *            common/pairs.clh. The bound is derived in src/dynamic_engines/library/pairs.py.
 * Needs:     1 <= n < 2^31, every value finite, n |a| |b| below REAL's largest; local memory for 128 REALs.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/pairs.clh"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void inner(const uint n, __global const REAL *restrict a, __global const REAL *restrict b, __global REAL *restrict high,
         __global REAL *restrict low)
{
    __local REAL highs[LANES], lows[LANES];
    const ulong first = (ulong)get_group_id(0) * BLOCK;
    VREAL sums[PER], lost[PER];
    UNROLL
    for (uint v = 0; v < PER; ++v)
        sums[v] = lost[v] = 0;
    const uint count = (uint)min((ulong)BLOCK, n - first);
    const uint rows = count / LANES;
    for (uint row = 0; row < rows; ++row) {
        UNROLL
        for (uint v = 0; v < PER; ++v) {
            const VREAL left = VLOAD(global, a + first + row * LANES + LANE(v));
            const VREAL right = VLOAD(global, b + first + row * LANES + LANE(v));
            const VREAL product = left * right;
            pair_add(&sums[v], &lost[v], product);
            lost[v] += fma(left, right, -product);
        }
    }
    UNROLL
    for (uint v = 0; v < PER; ++v) {
        VSTORE(local, sums[v], highs + LANE(v));
        VSTORE(local, lost[v], lows + LANE(v));
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k = get_local_id(0); k < count - rows * LANES; k += GROUP) {
        const ulong at = first + rows * LANES + k;
        const REAL product = a[at] * b[at];
        REAL total = highs[k], rest = lows[k];
        total = add_exactly(total, product, &rest);
        highs[k] = total;
        lows[k] = rest + fma(a[at], b[at], -product);
    }
    pair_fold(highs, lows);
    if (get_local_id(0) == 0) {
        high[get_group_id(0)] = highs[0];
        low[get_group_id(0)] = lows[0];
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void inner_pairs(const uint n, __global const REAL *restrict high_in, __global const REAL *restrict low_in,
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
