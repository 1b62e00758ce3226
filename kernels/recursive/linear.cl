/* Linear recurrence of the first order: y[t] = a[t] * y[t - 1] + b[t], from y[-1] = start, for many series at once.
 *
 * Entries:   linear_ends  one lane a chunk of 256 bars: what it does to the y before it
 *            carries      one group a series: what all chunks before a chunk do, see common/carries.clh
 *            linear       one lane a chunk: its y
 * Layout:    a, b and out are REAL[series * bars], series after series, oldest first; start is REAL[series]; ends and
 *            before are REAL[series * chunks][4], where chunks is bars / 256, rounded up. One chunk needs linear only.
 * Precision: a, b and y are carried as high + low, see common/affine.clh.
 * Needs:     series * bars < 2^31, every value finite, |y| and every product of neighbouring |a| below REAL's largest / 8;
 *            local memory for 2300 REALs.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/affine.clh"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void linear_ends(const uint series, const uint bars, const uint chunks, __global const REAL *restrict a,
                 __global const REAL *restrict b, __global Affine *restrict ends)
{
    __local Chunks all;
    __local Affines found;
    __local REAL factors[STAGE * ROW], addends[STAGE * ROW];
    find_chunks(&all, series, bars, chunks);
    VREAL high = 1, low = 0, add_high = 0, add_low = 0;
    for (uint from = 0; from < min(bars, (uint)CHUNK); from += STAGE) {
        stage_in(factors, a, &all, from);
        stage_in(addends, b, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            const VREAL factor = VLOAD(local, AT(factors, k));
            affine_scale(&high, &low, factor);
            affine_step(&add_high, &add_low, factor, VLOAD(local, AT(addends, k)));
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    affine_out(ends, &found, series * chunks, high, low, add_high, add_low);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void linear(const uint series, const uint bars, const uint chunks, __global const REAL *restrict a,
            __global const REAL *restrict b, __global const REAL *restrict start, __global const Affine *restrict before,
            __global REAL *restrict out)
{
    __local Chunks all;
    __local REAL factors[STAGE * ROW], addends[STAGE * ROW], highs[SLICE], lows[SLICE];
    find_chunks(&all, series, bars, chunks);
    EACH_LANE(lane) {
        const uint number = (uint)get_group_id(0) * SLICE + lane;
        REAL high = 0, low = 0;
        if (all.count[lane]) {
            high = start[number / chunks];
            if (all.place[lane])
                high = affine_apply(before[number], high, 0, &low);
        }
        highs[lane] = high;
        lows[lane] = low;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    VREAL high = VLOAD(local, highs + OWN), low = VLOAD(local, lows + OWN);
    for (uint from = 0; from < min(bars, (uint)CHUNK); from += STAGE) {
        stage_in(factors, a, &all, from);
        stage_in(addends, b, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            affine_step(&high, &low, VLOAD(local, AT(factors, k)), VLOAD(local, AT(addends, k)));
            VSTORE(local, high + low, AT(addends, k));
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        stage_out(out, addends, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}
