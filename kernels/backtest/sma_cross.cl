/* A sweep of the SMA cross, one slab of bars a launch: where each pair of windows trades, and what that earns.
 *
 * The three entries run in this order for each slab:
 *   close_ranges  what any run of a tile's closes needs for a drawdown, in two reads
 *   sma_table     every window's averages, as 16-bit integers relative to where they are
 *   sma_cross     the signals of a pair as bits, then its trades, from one change of a bit to the next
 *
 * Layout:    a slab is some tiles, a tile BLOCKS blocks of 256 bars, a block 16 lanes of 16 bars. Vectors run across
 *            lanes, bar k of each in one vector, so that 16 signs in a row give 256 signals in the order of time.
 * Alignment: that of short16 and double4 (32 bytes), which every buffer starts at.
 * Precision: float64, but for the averages. An average is off by at most 1/2 + 2^-17 of its block's unit (derived in
 *            src/dynamic_ta/backtest/slabs.py), so a difference of 2 and more has its true sign; any other is decided
 *            again in float64 with a bound, and within that with 128-bit integers, as the oracle does with Python's.
 *            An account is kept as its logarithm: a trade is then two additions, and so is its drawdown.
 * Needs:     fp64; the sums of closes times a window below 2^126.
 *            Vectors of 512 bits are wrong on PoCL 3.0, so there is no double8.
 */
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF

#include "backtest/exact.clh"
#include "backtest/ranges.clh"
#include "common/bits.clh"

#define LANES 16
#define BLOCK (LANES * LANES)
#define BLOCKS 4
#define TILE (BLOCKS * BLOCK)
#define TILE_LEVELS 10
#define WORDS (BLOCK / 64)
#define HALF 16384.5
#define HASH 0x9E3779B97F4A7C15ul

/* What a pair carries from tile to tile. `sums` are those of returns, of their squares, the logarithm of the account (of
 * its units while a position is held), and the bars held. `worst` is the deepest fall of the logarithm. */
typedef struct {
    double4 sums;
    double peak, worst, bought;
    ulong hash;
    uint trades, wins, holds, fast_row, slow_row, fast, slow;
} Account;

/* From a tile's first bar on: what a change of the signal at a close adds to `sums`, as an entry and as an exit; the price
 * as an entry, and less both fees as an exit; and ranges.clh. */
typedef struct {
    __global const double4 *change;
    __global const double2 *price;
    __global const double4 *ranges;
} Book;

/* vload4 would load one by one on PoCL 3.0. */
typedef double4 double4_anywhere __attribute__((aligned(8)));

typedef union {
    ushort16 all;
    ulong word[WORDS];
} Bits;

/* One item a level of a tile. */
__kernel void close_ranges(const uint items, __global const double *restrict close, __global double4 *restrict ranges)
{
    const uint item = get_global_id(0);
    if (item >= items)
        return;
    const uint half_size = 1u << (item % TILE_LEVELS);
    __global const double *value = close + (size_t)(item / TILE_LEVELS) * TILE;
    for (uint start = 0; start < TILE; start += 2 * half_size)
        scan_block(value, ranges + (size_t)item * TILE, start, half_size);
}

/* One item a block and window; `ones` of the windows, the fast ones, come first, and get one more.
 * steps[block][16][columns] holds running sums of closes less the block's first, sum i in row i % 16. The block's bar 0 is
 * sum 16 * (columns - 16). */
__kernel void sma_table(const uint items, const uint windows, const uint ones, const uint columns,
                        __global const uint *restrict window, __global const double *restrict steps,
                        __global const double *restrict scale, __global ushort *restrict table)
{
    const uint item = get_global_id(0);
    if (item >= items)
        return;
    const uint block = item / windows;
    const uint row = item % windows;
    const uint length = window[row];
    const double4 unit = (double4)(scale[block] / length);
    const double4 middle = (double4)(HALF + (row < ones ? 1 : 0));
    __global const double *sums = steps + (size_t)block * LANES * columns;
    __global ushort *out = table + (size_t)item * BLOCK;
    for (uint k = 0; k < LANES; ++k) {
        const uint before = LANES * (columns - LANES) + k - length;
        __global const double *now = sums + k * columns + columns - LANES;
        __global const double *then = sums + (before % LANES) * columns + before / LANES;
        for (uint lane = 0; lane < LANES; lane += 4) {
            const double4 mean = (*(__global const double4_anywhere *)(now + lane) - *(__global const double4_anywhere *)(then + lane)) * unit + middle;
            *(__global ushort4 *)(out + k * LANES + lane) = convert_ushort4(convert_int4(mean));
        }
    }
}

/* Bit k of lane l: whether the fast average is above at bar k of the lane. `nearest` gets the least difference plus 1, so
 * that -1, 0 and 1, which prove nothing, are the only ones below 3. */
static ushort16 signals(__global const ushort16 *restrict fast, __global const ushort16 *restrict slow, ushort16 *nearest)
{
    ushort16 below = 0;
    ushort16 least = 0xffff;
#pragma unroll
    for (int k = 0; k < LANES; ++k) {
        const ushort16 difference = fast[k] - slow[k];
        below = (below >> (ushort16)1) | (difference & (ushort16)0x8000);
        least = difference < least ? difference : least;
    }
    *nearest = least;
    return ~below;
}

static ushort16 near_bits(__global const ushort16 *restrict fast, __global const ushort16 *restrict slow)
{
    ushort16 near = 0;
    for (int k = 0; k < LANES; ++k)
        near = (near >> (ushort16)1) | (as_ushort16(fast[k] - slow[k] < (ushort16)3) & (ushort16)0x8000);
    return near;
}

/* By hand: PoCL 3.0 would call any(), and spill every vector around the call. */
static int any_near(ushort16 nearest)
{
    const ulong4 near = as_ulong4(nearest < (ushort16)3);
    const ulong2 two = near.lo | near.hi;
    return (two.x | two.y) != 0;
}

static double step_at(__global const double *restrict steps, uint columns, uint i)
{
    return steps[(i % LANES) * columns + i / LANES];
}

/* Decides every near tie of a block again: by float64 sums where `slack`, their bound, lets them, else exactly. */
static void settle(Bits *above, __global const ushort16 *restrict fast_row, __global const ushort16 *restrict slow_row,
                   __global const double *restrict steps, uint columns, double slack, uint start, uint bars, uint fast,
                   uint slow, __global const ulong2 *restrict sums)
{
    if (slack == 0) { /* equal closes only */
        above->all = 0;
        return;
    }
    Bits near;
    near.all = near_bits(fast_row, slow_row);
    const double bound = slack * fast * slow;
    for (uint n = 0; n < WORDS; ++n) {
        ulong word = above->word[n];
        for (ulong left = near.word[n]; left; left &= left - 1) {
            const uint bit = first_bit(left);
            const uint at = n * 64 + bit;
            const uint bar = start + at;
            if (bar < slow - 1 || bar >= bars)
                continue;
            const uint i = LANES * (columns - LANES) + at;
            const double now = step_at(steps, columns, i);
            const double difference = (now - step_at(steps, columns, i - fast)) * slow -
                                      (now - step_at(steps, columns, i - slow)) * fast;
            const int is = fabs(difference) > bound ? difference > 0 : is_above(sums, bar, fast, slow);
            word = is ? word | (1ul << bit) : word & ~(1ul << bit);
        }
        above->word[n] = word;
    }
}

/* Writes the bars, counted in the tile, after which the signal is another; returns how many are written in all. Two are
 * written whether they are there or not: a word has one or two mostly, and a wrong guess costs more. */
static uint changes(ushort *change, uint count, const Bits *above, uint first, ulong *before)
{
#pragma unroll
    for (uint n = 0; n < WORDS; ++n) {
        ulong word = above->word[n] ^ ((above->word[n] << 1) | *before);
        const uint bar = first + 64 * n;
        *before = above->word[n] >> 63;
        uint next = count;
        count += count_bits(word);
        change[next++] = (ushort)(bar + first_bit(word | (1ul << 63)));
        word &= word - 1;
        change[next++] = (ushort)(bar + first_bit(word | (1ul << 63)));
        word &= word - 1;
        while (word) {
            change[next++] = (ushort)(bar + first_bit(word));
            word &= word - 1;
        }
    }
    return count;
}

/* Clears the first `cold` signals of a block. */
static void warm_up(Bits *above, uint cold)
{
    for (uint n = 0; n < WORDS; ++n)
        above->word[n] &= cold <= 64 * n ? ~0ul : cold >= 64 * n + 64 ? 0 : ~0ul << (cold - 64 * n);
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

/* Takes closes first .. last of the tile, held with `units`, into peak and worst. */
static void hold(Account *a, const Book *book, double units, uint first, uint last)
{
    const uint level = level_of(first, last);
    __global const double4 *left = book->ranges + level * TILE + first, *right = book->ranges + level * TILE + last;
    const double within = greater(greater(left->z, right->z), left->y + right->x);
    const double low = a->peak - units + greater(left->x, right->x);
    a->worst = greater(a->worst, greater(within, low));
    a->peak = greater(a->peak, units + greater(left->y, right->y));
}

/* The account is at `equity` between two positions. */
static void mark(Account *a, double equity)
{
    a->worst = greater(a->worst, a->peak - equity);
    a->peak = greater(a->peak, equity);
}

/* Buys after close `bought` of the tile, and sells after close `sold`. */
static void round_trip(Account *a, const Book *book, uint first_bar, uint bought, uint sold)
{
    const double4 entry = book->change[2 * bought], exit = book->change[2 * sold + 1];
    hold(a, book, a->sums.z + entry.z, bought + 1, sold);
    a->sums += entry + exit;
    mark(a, a->sums.z);
    a->wins += book->price[sold].y > book->price[bought].x;
    a->hash = a->hash * (HASH * HASH) + ((first_bar + bought + 1) * HASH + (first_bar + sold + 1));
    a->trades += 1;
}

static void sell(Account *a, const Book *book, uint first_bar, uint sold)
{
    hold(a, book, a->sums.z, 0, sold);
    a->sums += book->change[2 * sold + 1];
    mark(a, a->sums.z);
    a->wins += book->price[sold].y > a->bought;
    a->hash = a->hash * HASH + (first_bar + sold + 1);
    a->trades += 1;
    a->holds = 0;
}

static void buy(Account *a, const Book *book, uint first_bar, uint bought)
{
    a->sums += book->change[2 * bought];
    a->bought = book->price[bought].x;
    a->hash = a->hash * HASH + (first_bar + bought + 1);
    a->holds = 1;
    if (bought + 1 < TILE)
        hold(a, book, a->sums.z, bought + 1, TILE - 1);
}

/* One tile of one pair: its `count` changes, counted in the tile. Behind the last bar the last close goes on. */
static void trade(Account *a, const Book *book, uint first_bar, const ushort *change, uint count)
{
    uint n = 0;
    if (a->holds) {
        if (count > 0)
            sell(a, book, first_bar, change[n++]);
        else
            hold(a, book, a->sums.z, 0, TILE - 1);
    }
    for (; n + 1 < count; n += 2)
        round_trip(a, book, first_bar, change[n], change[n + 1]);
    if (n < count)
        buy(a, book, first_bar, change[n]);
}

/* One item `share` pairs: tile by tile, so that a tile's averages stay in cache for all of them. */
__kernel void sma_cross(const uint pairs, const uint share, const uint slab, const uint tiles, const uint bars,
                        const uint windows, const uint columns, __global const ushort16 *restrict table,
                        __global const double *restrict steps, __global const double *restrict slack,
                        __global const double4 *restrict ranges, __global const double4 *restrict change_of,
                        __global const double2 *restrict prices, __global const ulong2 *restrict sums,
                        __global Account *restrict accounts)
{
    const ulong begin = (ulong)get_global_id(0) * share;
    if (begin >= pairs)
        return;
    const uint first = (uint)begin;
    const uint end = first + min(share, pairs - first);
    ushort change[TILE + 2];
    for (uint tile = 0; tile < tiles; ++tile) {
        const uint start = slab + tile * TILE;
        const uint last = bars - 1 - start; /* its signal has no bar to be executed at */
        const Book book = {change_of + 2 * (size_t)start, prices + start, ranges + (size_t)tile * TILE_LEVELS * TILE};
        for (uint pair = first; pair < end; ++pair) {
            Account account = accounts[pair];
            ulong before = account.holds;
            uint count = 0;
            for (uint n = 0; n < BLOCKS; ++n) {
                const uint block = tile * BLOCKS + n, bar = start + n * BLOCK;
                __global const ushort16 *fast = table + ((size_t)block * windows + account.fast_row) * LANES;
                __global const ushort16 *slow = table + ((size_t)block * windows + account.slow_row) * LANES;
                ushort16 nearest;
                Bits above;
                above.all = signals(fast, slow, &nearest);
                if (any_near(nearest))
                    settle(&above, fast, slow, steps + (size_t)block * LANES * columns, columns, slack[block], bar,
                           bars, account.fast, account.slow, sums);
                if (bar < account.slow - 1) /* warm-up: no average, no signal */
                    warm_up(&above, account.slow - 1 - bar);
                count = changes(change, count, &above, n * BLOCK, &before);
            }
            while (count > 0 && change[count - 1] >= last)
                --count;
            trade(&account, &book, start, change, count);
            accounts[pair] = account;
        }
    }
}
