/* The least and the greatest value of a series, and where each stands first.
 *
 * Entries:   extrema         one group a block of 8192 values: the values only, since that loop is nearly all
 *            extrema_places  one group: the extrema of all blocks, and their places, looked for in one block each
 * Layout:    x is REAL[n]; least and greatest are REAL[blocks]; found is REAL[2] and places uint[2], least first.
 * Precision: exact; only comparisons. -0 and 0 are equal, so the first of them is taken.
 * Needs:     1 <= n < 2^31, every x finite; local memory for 128 REALs and 128 uints.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/lanes.clh"

#define NOWHERE 0xffffffffu

/* The extrema of all lanes are in lows[0] and highs[0] afterwards. */
static inline void fold(__local REAL *lows, __local REAL *highs)
{
    for (uint stride = LANES / 2; stride > 0; stride /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = get_local_id(0); k < stride; k += GROUP) {
            lows[k] = lows[k + stride] < lows[k] ? lows[k + stride] : lows[k];
            highs[k] = highs[k + stride] > highs[k] ? highs[k + stride] : highs[k];
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* Returns where `wanted` stands first among count values; every item of the group gets it. */
static inline uint first_place(__global const REAL *restrict from, const uint count, const REAL wanted,
                               __local uint *places)
{
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k = get_local_id(0); k < LANES; k += GROUP) {
        uint place = NOWHERE;
        for (uint i = k; i < count && place == NOWHERE; i += LANES)
            place = from[i] == wanted ? i : NOWHERE;
        places[k] = place;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    uint first = NOWHERE;
    for (uint k = 0; k < LANES; ++k)
        first = min(first, places[k]);
    return first;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void extrema(const uint n, __global const REAL *restrict x, __global REAL *restrict least,
             __global REAL *restrict greatest)
{
    __local REAL lows[LANES], highs[LANES];
    const uint first = get_group_id(0) * BLOCK;
    const uint count = min((uint)BLOCK, n - first);
    const uint rows = count / LANES;
    __global const REAL *from = x + first;
    VREAL low[PER], high[PER];
    UNROLL
    for (uint v = 0; v < PER; ++v)
        low[v] = high[v] = from[0];
    for (uint row = 0; row < rows; ++row) {
        UNROLL
        for (uint v = 0; v < PER; ++v) {
            const VREAL value = VLOAD(global, from + row * LANES + LANE(v));
            low[v] = value < low[v] ? value : low[v];
            high[v] = value > high[v] ? value : high[v];
        }
    }
    UNROLL
    for (uint v = 0; v < PER; ++v) {
        VSTORE(local, low[v], lows + LANE(v));
        VSTORE(local, high[v], highs + LANE(v));
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k = get_local_id(0); k < count - rows * LANES; k += GROUP) {
        const REAL value = from[rows * LANES + k];
        lows[k] = value < lows[k] ? value : lows[k];
        highs[k] = value > highs[k] ? value : highs[k];
    }
    fold(lows, highs);
    if (get_local_id(0) == 0) {
        least[get_group_id(0)] = lows[0];
        greatest[get_group_id(0)] = highs[0];
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void extrema_places(const uint n, const uint blocks, __global const REAL *restrict x,
                    __global const REAL *restrict least, __global const REAL *restrict greatest,
                    __global REAL *restrict found, __global uint *restrict places)
{
    __local REAL lows[LANES], highs[LANES];
    __local uint seen[LANES];
    for (uint k = get_local_id(0); k < LANES; k += GROUP) {
        REAL low = least[0], high = greatest[0];
        for (uint i = k; i < blocks; i += LANES) {
            low = least[i] < low ? least[i] : low;
            high = greatest[i] > high ? greatest[i] : high;
        }
        lows[k] = low;
        highs[k] = high;
    }
    fold(lows, highs);
    const REAL low = lows[0], high = highs[0];
    const uint low_block = first_place(least, blocks, low, seen) * BLOCK;
    const uint high_block = first_place(greatest, blocks, high, seen) * BLOCK;
    const uint low_at = first_place(x + low_block, min((uint)BLOCK, n - low_block), low, seen);
    const uint high_at = first_place(x + high_block, min((uint)BLOCK, n - high_block), high, seen);
    if (get_local_id(0) == 0) {
        found[0] = low;
        found[1] = high;
        places[0] = low_block + low_at;
        places[1] = high_block + high_at;
    }
}
