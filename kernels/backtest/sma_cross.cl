/* A sweep of the SMA cross, one slab of bars a launch: where each pair of windows trades, and what that earns.
 *
 * The three entries run in this order for each slab:
 *   close_ranges  what any run of the slab's closes needs for a drawdown, in two reads
 *   sma_table     every window's averages, as float32 relative to where they are
 *   sma_cross     the signals of a pair as bits, then its trades, from one change of a bit to the next
 *
 * Layout:    a slab is 2^LEVELS bars, a tile 8 segments of 64 bars. Vectors run across segments, bar k of each in one
 *            vector, so that 32 compares in a row give 8 words of 32 signals.
 * Alignment: that of float8 and double4 (32 bytes), which every buffer starts at.
 * Precision: float64, but for the averages. An average is off by at most 2^-24 + 2^-31 of its segment's unit (derived in
 *            src/dynamic_ta/backtest/slabs.py), so a difference beyond NEAR has its true sign; any other is decided
 *            again with 128-bit integers, as the oracle does with Python's.
 * Needs:     fp64; the sums of closes times a window below 2^126.
 * Macros:    LEVELS  log2 of a slab's bars
 *            Vectors of 512 bits are wrong on PoCL 3.0, so there is no double8.
 */
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF

#include "backtest/exact.clh"
#include "backtest/ranges.clh"
#include "common/bits.clh"

#define LANES 8
#define SEGMENT 64
#define TILE (LANES * SEGMENT)
#define SLAB (1u << LEVELS)
#define NEAR 0x1p-22f
#define HASH 0x9E3779B97F4A7C15ul

/* What a pair carries from slab to slab. `since` is the first close of its position, counted in the slab, that is not in
 * `lowest` and `peak` yet; NONE without a position. */
typedef struct {
    double equity, units, peak, lowest, sum, squares, bought;
    ulong hash;
    uint trades, wins, held, since, fast_row, slow_row, fast, slow;
} Account;

#define NONE 0xffffffffu

typedef union {
    uint8 all;
    uint lane[LANES];
} Bits;

__kernel void close_ranges(__global const double *restrict close, __global double4 *restrict ranges)
{
    /* Item 2^d .. 2^(d+1) - 1 has a block of the d-th greatest level: the long ones come first, so that no core waits. */
    const uint item = get_global_id(0) + 1;
    if (item >= SLAB)
        return;
    const uint depth = last_bit(item);
    const uint level = LEVELS - 1 - depth;
    scan_block(close, ranges + (size_t)level * SLAB, (item - (1u << depth)) << (level + 1), 1u << level);
}

/* One item a tile and window. steps[tile][longest + SEGMENT] holds sums of closes less the segment's first. */
__kernel void sma_table(const uint items, const uint windows, const uint longest, __global const uint *restrict window,
                        __global const double4 *restrict steps, __global const double4 *restrict scale,
                        __global const double4 *restrict flat, __global float8 *restrict table)
{
    const uint item = get_global_id(0);
    if (item >= items)
        return;
    const uint tile = item / windows;
    const uint length = window[item % windows];
    const double4 low_scale = scale[2 * tile] / (double4)(length), high_scale = scale[2 * tile + 1] / (double4)(length);
    const double4 low_flat = flat[2 * tile] * (double4)(length), high_flat = flat[2 * tile + 1] * (double4)(length);
    __global const double4 *now = steps + 2 * ((size_t)tile * (longest + SEGMENT) + longest);
    __global const double4 *then = now - 2 * (size_t)length;
    __global float8 *out = table + (size_t)item * SEGMENT;
    for (uint k = 0; k < SEGMENT; ++k) {
        const float4 low = convert_float4((now[2 * k] - then[2 * k]) * low_scale + low_flat);
        const float4 high = convert_float4((now[2 * k + 1] - then[2 * k + 1]) * high_scale + high_flat);
        out[k] = (float8)(low, high);
    }
}

/* Bit k of lane l: whether the fast average is above at bar k of segment l's half. `nearest` gets the least distance. */
static int8 compare_half(__global const float8 *fast, __global const float8 *slow, int8 *nearest)
{
    int8 above = 0;
    int8 least = *nearest;
#pragma unroll 8
    for (int k = 31; k >= 0; --k) {
        const float8 difference = fast[k] - slow[k];
        above = (above + above) - (difference > 0.0f);
        /* Magnitudes of floats are ordered as their bits are. */
        const int8 distance = as_int8(difference) & 0x7fffffff;
        least = distance < least ? distance : least;
    }
    *nearest = least;
    return above;
}

static int8 near_half(__global const float8 *fast, __global const float8 *slow)
{
    int8 near = 0;
    for (int k = 31; k >= 0; --k) {
        const int8 distance = as_int8(fast[k] - slow[k]) & 0x7fffffff;
        near = (near + near) - (distance <= as_int(NEAR));
    }
    return near;
}

/* By hand: PoCL 3.0 would call any(), and spill every vector around the call. */
static int any_near(int8 nearest)
{
    const int4 four = nearest.lo < nearest.hi ? nearest.lo : nearest.hi;
    const int2 two = four.lo < four.hi ? four.lo : four.hi;
    return (two.x < two.y ? two.x : two.y) <= as_int(NEAR);
}

static ulong word_of(const Bits *low, const Bits *high, uint lane)
{
    return ((ulong)high->lane[lane] << 32) | low->lane[lane];
}

/* Decides every near tie of a tile again, exactly. */
static void settle(ulong *above, __global const float8 *fast_row, __global const float8 *slow_row, uint start,
                   uint bars, uint fast, uint slow, __global const ulong2 *restrict sums)
{
    Bits low, high;
    low.all = as_uint8(near_half(fast_row, slow_row));
    high.all = as_uint8(near_half(fast_row + 32, slow_row + 32));
    for (uint lane = 0; lane < LANES; ++lane) {
        for (ulong near = word_of(&low, &high, lane); near; near &= near - 1) {
            const uint bit = first_bit(near);
            const uint bar = start + lane * SEGMENT + bit;
            if (bar < slow - 1 || bar >= bars)
                continue;
            const ulong mask = 1ul << bit;
            above[lane] = is_above(sums, bar, fast, slow) ? above[lane] | mask : above[lane] & ~mask;
        }
    }
}

/* The words of a tile: bit k of word l is the signal at bar 64 l + k of the tile. */
static void signals(ulong *above, const Account *a, uint tile, uint start, uint bars, uint windows,
                    __global const float8 *restrict table, __global const ulong2 *restrict sums)
{
    __global const float8 *fast_row = table + ((size_t)tile * windows + a->fast_row) * SEGMENT;
    __global const float8 *slow_row = table + ((size_t)tile * windows + a->slow_row) * SEGMENT;
    Bits low, high;
    int8 nearest = 0x7fffffff;
    low.all = as_uint8(compare_half(fast_row, slow_row, &nearest));
    high.all = as_uint8(compare_half(fast_row + 32, slow_row + 32, &nearest));
    for (uint lane = 0; lane < LANES; ++lane)
        above[lane] = word_of(&low, &high, lane);
    if (any_near(nearest))
        settle(above, fast_row, slow_row, start, bars, a->fast, a->slow, sums);
    if (start < a->slow - 1) { /* warm-up: no average, no signal */
        for (uint lane = 0; lane < LANES; ++lane) {
            const uint first = start + lane * SEGMENT;
            const uint cold = a->slow - 1 > first ? a->slow - 1 - first : 0;
            above[lane] = cold >= SEGMENT ? 0 : above[lane] & (~0ul << cold);
        }
    }
}

/* Writes the bars, counted in the tile, after which the signal is another; returns how many. `last` is the series' last
 * bar, counted in the tile: its signal has no bar to be executed at. */
static uint changes(ushort *change, const ulong *above, ulong before, uint last)
{
    uint count = 0;
    for (uint lane = 0; lane < LANES; ++lane) {
        ulong word = above[lane] ^ ((above[lane] << 1) | before);
        before = above[lane] >> (SEGMENT - 1);
        while (word) {
            change[count++] = (ushort)(lane * SEGMENT + first_bit(word));
            word &= word - 1;
        }
    }
    while (count > 0 && change[count - 1] >= last)
        --count;
    return count;
}

/* Takes closes first .. last of the slab, held with `units`, into the drawdown. */
static void hold(Account *a, __global const double4 *restrict ranges, uint first, uint last)
{
    const uint level = level_of(first, last);
    const double4 left = ranges[level * SLAB + first], right = ranges[level * SLAB + last];
    /* A fall below what is the lowest so far is rare: compare by multiplying, and divide only then. */
    if (right.x < a->lowest * left.y)
        a->lowest = right.x / left.y;
    const double within = left.z < right.z ? left.z : right.z;
    a->lowest = within < a->lowest ? within : a->lowest;
    const double low = a->units * (left.x < right.x ? left.x : right.x);
    const double high = a->units * (left.y > right.y ? left.y : right.y);
    if (low < a->lowest * a->peak)
        a->lowest = low / a->peak;
    a->peak = high > a->peak ? high : a->peak;
}

static void buy(Account *a, double4 entry, uint slab, uint bar)
{
    a->sum += entry.x;
    a->squares += entry.y;
    a->units = a->equity * entry.z;
    a->bought = entry.w;
    a->since = bar + 1;
    a->held -= slab + bar;
    a->hash = a->hash * HASH + (slab + bar + 1);
}

static void sell(Account *a, double4 exit, __global const double4 *restrict ranges, uint slab, uint bar)
{
    if (a->since <= bar)
        hold(a, ranges, a->since, bar);
    a->sum += exit.x;
    a->squares += exit.y;
    a->equity = a->units * exit.z;
    if (a->equity < a->lowest * a->peak)
        a->lowest = a->equity / a->peak;
    a->peak = a->equity > a->peak ? a->equity : a->peak;
    a->wins += exit.w > a->bought;
    a->since = NONE;
    a->trades += 1;
    a->held += slab + bar;
    a->hash = a->hash * HASH + (slab + bar + 1);
}

/* One tile of one pair. */
static void trade_tile(Account *a, uint tile, uint slab, uint bars, uint windows, __global const float8 *restrict table,
                       __global const double4 *restrict ranges, __global const double4 *restrict entries,
                       __global const double4 *restrict exits, __global const ulong2 *restrict sums)
{
    const uint in_slab = tile * TILE;
    ulong above[LANES];
    ushort change[TILE];
    signals(above, a, tile, slab + in_slab, bars, windows, table, sums);
    const uint count = changes(change, above, a->since != NONE, bars - 1 - slab - in_slab);
    uint n = 0;
    if (count > 0 && a->since != NONE) {
        sell(a, exits[slab + in_slab + change[0]], ranges, slab, in_slab + change[0]);
        n = 1;
    }
    for (; n + 1 < count; n += 2) {
        const uint bought = in_slab + change[n], sold = in_slab + change[n + 1];
        buy(a, entries[slab + bought], slab, bought);
        sell(a, exits[slab + sold], ranges, slab, sold);
    }
    if (n < count)
        buy(a, entries[slab + in_slab + change[n]], slab, in_slab + change[n]);
}

/* One item `block` pairs: tile by tile, so that a tile's averages stay in cache for all of them. */
__kernel void sma_cross(const uint pairs, const uint block, const uint slab, const uint tiles, const uint bars,
                        const uint windows, __global const float8 *restrict table,
                        __global const double4 *restrict ranges, __global const double4 *restrict entries,
                        __global const double4 *restrict exits, __global const ulong2 *restrict sums,
                        __global Account *restrict accounts)
{
    const ulong begin = (ulong)get_global_id(0) * block;
    if (begin >= pairs)
        return;
    const uint first = (uint)begin;
    const uint end = first + min(block, pairs - first);
    for (uint tile = 0; tile < tiles; ++tile) {
        for (uint pair = first; pair < end; ++pair) {
            Account account = accounts[pair];
            trade_tile(&account, tile, slab, bars, windows, table, ranges, entries, exits, sums);
            accounts[pair] = account;
        }
    }
    const uint last = min(SLAB, bars - slab) - 1;
    for (uint pair = first; pair < end; ++pair) {
        Account account = accounts[pair];
        if (account.since != NONE) {
            if (account.since <= last)
                hold(&account, ranges, account.since, last);
            account.since = 0;
        }
        accounts[pair] = account;
    }
}
