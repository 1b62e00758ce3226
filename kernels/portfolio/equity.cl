/* Equity of a portfolio of many assets, from the weights that it holds and what the assets return, after costs.
 *
 * Weights of bar t are known at its close, and earn the returns of bar t + 1. At each close the positions, which the
 * returns have moved, are brought back to the weights, and what is bought or sold costs `fee` of its value:
 *   gain[t]     = sum weights[t - 1] * returns[t]
 *   turnover[t] = sum |weights[t] - weights[t - 1] * (1 + returns[t]) / (1 + gain[t])|
 *   equity[t]   = equity[t - 1] * (1 + gain[t]) * (1 - fee * turnover[t])
 * from an account of 1 and no positions. What is not in an asset is cash, which earns nothing.
 *
 * Entries:   growths      one lane a bar: its factor, and its turnover
 *            equity_ends  one lane a chunk of 256 bars: its product
 *            carries      one group: the product of all chunks before each, see common/carries.clh
 *            equity       one lane a chunk: its equities
 * Layout:    weights and returns are REAL[bars][assets], oldest first; turnover, high, low and out are REAL[bars]; ends and
 *            before are REAL[chunks][4]. One chunk needs growths and equity only.
 * Precision: gains, factors and products are high + low (fma and TwoSum); turnovers are plain sums, which only the fee
 *            brings in. The bound is derived in src/dynamic_engines/library/portfolio/equity.py.
 * Needs:     bars * assets < 2^31; every factor above 0, each product of neighbouring ones well within REAL;
 *            local memory for 1300 REALs at a time.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/affine.clh"

/* The rows of the group's bars: the values of all assets. Nothing was held before the first bar. */
static inline void find_rows(__local Chunks *rows, const uint bars, const uint assets, const uint back)
{
    EACH_LANE(lane) {
        const uint bar = (uint)get_group_id(0) * SLICE + lane;
        const int there = bar >= back && bar < bars;
        rows->first[lane] = there ? (bar - back) * assets : 0;
        rows->count[lane] = there ? assets : 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

static inline VREAL magnitude(const VREAL x)
{
    return x < 0 ? -x : x;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void growths(const uint bars, const uint assets, const REAL fee, __global const REAL *restrict weights,
             __global const REAL *restrict returns, __global REAL *restrict high, __global REAL *restrict low,
             __global REAL *restrict turnover)
{
    __local Chunks now, then;
    __local REAL targets[STAGE * ROW], held[STAGE * ROW], moves[STAGE * ROW], found[3 * SLICE];
    find_rows(&now, bars, assets, 0);
    find_rows(&then, bars, assets, 1);
    VREAL gain = 0, rest = 0, lost;
    for (uint from = 0; from < assets; from += STAGE) {
        stage_in(held, weights, &then, from);
        stage_in(moves, returns, &now, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            VREAL of_product, of_sum;
            const VREAL part = product(VLOAD(local, AT(held, k)), VLOAD(local, AT(moves, k)), &of_product);
            gain = total(gain, part, &of_sum);
            rest += of_product + of_sum;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const VREAL factor = total(1, gain, &lost);
    rest += lost;
    const VREAL grown = factor + rest;
    VREAL traded = 0;
    for (uint from = 0; from < assets; from += STAGE) {
        stage_in(targets, weights, &now, from);
        stage_in(held, weights, &then, from);
        stage_in(moves, returns, &now, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            const VREAL drifted = VLOAD(local, AT(held, k)) * (1 + VLOAD(local, AT(moves, k))) / grown;
            traded += magnitude(VLOAD(local, AT(targets, k)) - drifted);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    /* (factor + rest) (kept + lost), as high + low */
    VREAL of_product;
    const VREAL kept = total(1, -(fee * traded), &lost);
    const VREAL both = product(factor, kept, &of_product);
    VSTORE(local, both, found + OWN);
    VSTORE(local, of_product + (factor * lost + rest * kept), found + SLICE + OWN);
    VSTORE(local, traded, found + 2 * SLICE + OWN);
    barrier(CLK_LOCAL_MEM_FENCE);
    EACH_LANE(lane) {
        const uint bar = (uint)get_group_id(0) * SLICE + lane;
        if (bar < bars) {
            high[bar] = found[lane];
            low[bar] = found[SLICE + lane];
            turnover[bar] = found[2 * SLICE + lane];
        }
    }
}

/* high + low becomes (factor + rest) times that. */
static inline void grow(VREAL *high, VREAL *low, const VREAL factor, const VREAL rest)
{
    VREAL lost;
    const VREAL beside = rest * *high;
    *high = product(factor, *high, &lost);
    *low = factor * *low + (lost + beside);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void equity_ends(const uint series, const uint bars, const uint chunks, __global const REAL *restrict factor,
                 __global const REAL *restrict rest, __global Affine *restrict ends)
{
    __local Chunks all;
    __local Affines found;
    __local REAL factors[STAGE * ROW], rests[STAGE * ROW];
    find_chunks(&all, series, bars, chunks);
    VREAL high = 1, low = 0;
    for (uint from = 0; from < min(bars, (uint)CHUNK); from += STAGE) {
        stage_in(factors, factor, &all, from);
        stage_in(rests, rest, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k)
            grow(&high, &low, VLOAD(local, AT(factors, k)), VLOAD(local, AT(rests, k)));
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    affine_out(ends, &found, series * chunks, high, low, 0, 0);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void equity(const uint series, const uint bars, const uint chunks, __global const REAL *restrict factor,
            __global const REAL *restrict rest, __global const Affine *restrict before, __global REAL *restrict out)
{
    __local Chunks all;
    __local REAL factors[STAGE * ROW], rests[STAGE * ROW], highs[SLICE], lows[SLICE];
    find_chunks(&all, series, bars, chunks);
    EACH_LANE(lane) {
        const int begun = all.count[lane] && all.place[lane];
        const uint number = (uint)get_group_id(0) * SLICE + lane;
        highs[lane] = begun ? before[number].high : 1;
        lows[lane] = begun ? before[number].low : 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    VREAL high = VLOAD(local, highs + OWN), low = VLOAD(local, lows + OWN);
    for (uint from = 0; from < min(bars, (uint)CHUNK); from += STAGE) {
        stage_in(factors, factor, &all, from);
        stage_in(rests, rest, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            grow(&high, &low, VLOAD(local, AT(factors, k)), VLOAD(local, AT(rests, k)));
            VSTORE(local, high + low, AT(factors, k));
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        stage_out(out, factors, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}
