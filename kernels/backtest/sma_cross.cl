/* A sweep of the SMA cross, one slab of bars a launch: where each pair of windows trades, and what that earns.
 *
 * changes_of runs once: what a change of the signal adds to an account. The others run in this order for each slab:
 *   close_ranges  what any run of a tile's closes needs for a drawdown, in two reads
 *   sma_table     every window's averages, as 16-bit integers relative to where they are
 *   sma_cross     for BATCH pairs at a time: their signals as bits; those too near to tell; then the trades of each,
 *                 from one change of a bit to the next. Small loops, each with its tables in the first cache
 *
 * Layout:    a slab is some tiles, a tile BLOCKS blocks of 256 bars, a block 16 lanes of 16 bars. Vectors run across
 *            lanes, bar k of each in one vector, so that 16 signs in a row give 256 signals in the order of time.
 * Alignment: that of short16 and double4 (32 bytes), which every buffer starts at.
 * Precision: float64, but for the averages. An average is off by at most 1/2 + 2^-17 of its block's unit (derived in
 *            src/dynamic_ta/backtest/slabs.py), so a difference of 2 and more has its true sign; any other is decided
 *            again in float64 with a bound, and within that with 128-bit integers, as the oracle does with Python's.
 *            An account is kept as its logarithm: a trade is then two additions, and so is its drawdown. The logarithm
 *            stands beside itself less, so that one vector's maximum finds a highest and a lowest.
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
#define BATCH 64
#define AT_ONCE 4

/* What a pair carries from tile to tile. `sums` are the logarithm of the account (of its units while a position is
 * held), the same less, and those of returns and of their squares. `top` is the logarithm's peak, and its deepest fall
 * up to there; `far` the highest since, which is no higher, and the lowest since, less. `held` counts bars, modulo
 * 2^32: while a position is held, less its first. */
typedef struct {
    double4 sums;
    double2 far, top;
    double bought;
    ulong hash;
    uint held, trades, wins, holds, fast_row, slow_row, fast, slow;
} Account;

/* What a change of the signal at a bar's close adds to `sums`, as an entry and as an exit; the price as an entry, and
 * less both fees as an exit; and the mark of the bar that executes it. */
typedef struct {
    double4 entry, exit;
    double paid, brought;
    ulong mark, spare;
} Change;

/* From a tile's first bar on, and ranges.clh. */
typedef struct {
    __global const Change *change;
    __global const double2 *ranges;
    __global const double *falls;
} Book;

/* vload4 would load one by one on PoCL 3.0. */
typedef double4 double4_anywhere __attribute__((aligned(8)));

typedef union {
    ushort16 all;
    ulong word[WORDS];
} Bits;

/* One item a level of a tile. */
__kernel void close_ranges(const uint items, __global const double *restrict close, __global double2 *restrict ranges,
                           __global double *restrict falls)
{
    const uint item = get_global_id(0);
    if (item >= items)
        return;
    const uint half_size = 1u << (item % TILE_LEVELS);
    __global const double *value = close + (size_t)(item / TILE_LEVELS) * TILE;
    for (uint start = 0; start < TILE; start += 2 * half_size)
        scan_block(value, ranges + (size_t)item * TILE, falls + (size_t)item * TILE, start, half_size);
}

/* A number for each bar that looks drawn at random, so that a sum of some tells which: SplitMix64 (Steele, Lea and
 * Flood 2014, figure 18). marks_of in src/dynamic_ta/backtest/certify.py is the same. */
static ulong mark_of(ulong bar)
{
    ulong mark = bar * 0x9E3779B97F4A7C15ul;
    mark = (mark ^ (mark >> 30)) * 0xBF58476D1CE4E5B9ul;
    mark = (mark ^ (mark >> 27)) * 0x94D049BB133111EBul;
    return mark ^ (mark >> 31);
}

/* One item a bar t, whose change of the signal is executed at the open of t + 1. `returns` and `squares` are sums up to
 * each close. */
__kernel void changes_of(const uint bars, const double kept, const double log_kept,
                         __global const double *restrict open, __global const double *restrict close,
                         __global const double *restrict log_open,
                         __global const double *restrict returns, __global const double *restrict squares,
                         __global Change *restrict changes)
{
    const uint t = get_global_id(0);
    if (t + 1 >= bars)
        return;
    const double entered = kept * close[t + 1] / open[t + 1] - 1, left = kept * open[t + 1] / close[t] - 1;
    const double bought = log_kept - log_open[t + 1], sold = log_kept + log_open[t + 1];
    const Change change = {
        (double4)(bought, -bought, entered - returns[t + 1], entered * entered - squares[t + 1]),
        (double4)(sold, -sold, left + returns[t], left * left + squares[t]),
        open[t + 1],
        kept * kept * open[t + 1],
        mark_of(t + 1),
        0,
    };
    changes[t] = change;
}

/* One item a block and window; `ones` of the windows, the fast ones, come first, and get one more.
 * steps[block][16][columns] holds running sums of closes less the block's base, sum i in row i % 16. The block's bar 0
 * is sum 16 * (columns - 16). */
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

/* Bit k of lane l: whether the fast average is above at bar k of the lane. The last bar comes first, as a sign shifted
 * in from the right is one instruction on CPUs that can shift across two numbers. `nearest` gets the least difference
 * plus 1, so that -1, 0 and 1, which prove nothing, are the only ones below 3. */
static ushort16 signals(__global const ushort16 *restrict fast, __global const ushort16 *restrict slow,
                        ushort16 *nearest)
{
    ushort16 below = 0;
    ushort16 least = 0xffff;
#pragma unroll
    for (int k = LANES - 1; k >= 0; --k) {
        const ushort16 difference = fast[k] - slow[k];
        below = (below << (ushort16)1) | (difference >> (ushort16)15);
        least = difference < least ? difference : least;
    }
    *nearest = least;
    return ~below;
}

/* Bit k of lane l: whether the averages are too near there. */
static ushort16 near_bits(__global const ushort16 *restrict fast, __global const ushort16 *restrict slow)
{
    ushort16 near = 0;
#pragma unroll
    for (int k = LANES - 1; k >= 0; --k) {
        const ushort16 difference = fast[k] - slow[k];
        const ushort16 is_near = (difference < (ushort16)3 ? difference : (ushort16)3) - (ushort16)3;
        near = (near << (ushort16)1) | (is_near >> (ushort16)15);
    }
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

/* Clears the signals of a tile before its bar `cold`, which have no average yet. */
static void warm_up(ulong *above, uint cold)
{
    for (uint n = 0; n < BLOCKS * WORDS && 64 * n < cold; ++n)
        above[n] &= cold >= 64 * n + 64 ? 0 : ~0ul << (cold - 64 * n);
}

/* Writes the bars, counted in the tile, after which the signal is another, and returns how many there are. Two are
 * written whether they are there or not, since a word has one or two mostly and a wrong guess costs more, and of others
 * AT_ONCE: behind those that count stand any places. `before` is the signal before the tile, `warm` the first bar with an
 * average. */
static uint changes(ushort *change, ulong *above, uint start, uint bars, uint warm, ulong before)
{
    if (start < warm)
        warm_up(above, warm - start);
    uint count = 0;
#pragma unroll 4
    for (uint n = 0; n < BLOCKS * WORDS; ++n) {
        ulong word = above[n] ^ ((above[n] << 1) | before);
        before = above[n] >> 63;
        uint next = count;
        count += count_bits(word);
        change[next++] = (ushort)(64 * n + first_bit(word));
        word &= word - 1;
        change[next++] = (ushort)(64 * n + first_bit(word));
        word &= word - 1;
        while (word) {
#pragma unroll
            for (uint more = 0; more < AT_ONCE; ++more) {
                change[next++] = (ushort)(64 * n + first_bit(word));
                word &= word - 1;
            }
        }
    }
    const uint last = bars - 1 - start; /* its signal has no bar to be executed at */
    while (count > 0 && change[count - 1] >= last)
        --count;
    return count;
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

/* Takes in what `hold` does, where some of it is a new peak. */
static void rise(Account *a, const Book *book, double2 units, uint left, uint right, double2 next)
{
    const double2 first = book->ranges[left], last = book->ranges[right];
    const double2 closes = units + (first > last ? first : last);
    const double within = greater(greater(book->falls[left], book->falls[right]), first.x + last.y);
    const double before = a->top.x + greater(a->far.y, closes.y);
    const double peak = greater(a->top.x, closes.x);
    a->top = (double2)(greater(peak, next.x), greater(greater(a->top.y, peak + next.y), greater(within, before)));
    a->far = next;
}

/* Takes in closes first .. last of the tile, held with `units`, and the account after them, `next`. Below the peak the
 * least of them is all that counts: a fall among them is no deeper than that from the peak. */
static void hold(Account *a, const Book *book, double2 units, uint first, uint last, double2 next)
{
    const uint level = level_of(first, last) * TILE, left = level + first, right = level + last;
    const double2 one = book->ranges[left], other = book->ranges[right];
    const double2 closes = units + (one > other ? one : other);
    const double2 far = closes > next ? closes : next;
    if (far.x > a->top.x)
        rise(a, book, units, left, right, next);
    else
        a->far = far > a->far ? far : a->far;
}

/* Takes in closes first .. of the tile, all that are left of it: level 0 has the last one alone. */
static void keep(Account *a, const Book *book, uint first)
{
    hold(a, book, a->sums.lo, first, TILE - 1, a->sums.lo + book->ranges[TILE - 1]);
}

/* Sells after close `sold` of the tile what was bought before it. */
static void sell(Account *a, const Book *book, uint first_bar, uint sold)
{
    const double2 units = a->sums.lo;
    a->sums += book->change[sold].exit;
    hold(a, book, units, 0, sold, a->sums.lo);
    a->wins += book->change[sold].brought > a->bought;
    a->hash += book->change[sold].mark;
    a->held += first_bar + sold;
    a->trades += 1;
    a->holds = 0;
}

/* Buys after close `bought` of the tile, and does not sell in it. */
static void buy(Account *a, const Book *book, uint first_bar, uint bought)
{
    a->sums += book->change[bought].entry;
    a->bought = book->change[bought].paid;
    a->hash -= book->change[bought].mark;
    a->held -= first_bar + bought;
    a->holds = 1;
    if (bought + 1 < TILE)
        keep(a, book, bought + 1);
}

/* One tile of one pair: its `count` changes, counted in the tile. Behind the last bar the last close goes on. */
static void trade(Account *a, const Book *book, uint first_bar, const ushort *change, uint count)
{
    const ushort *const end = change + count;
    if (a->holds) {
        if (count > 0)
            sell(a, book, first_bar, *change++);
        else
            keep(a, book, 0);
    }
    a->trades += (uint)(end - change) / 2;
    for (; change + 1 < end; change += 2) {
        const uint bought = change[0], sold = change[1];
        __global const Change *entry = book->change + bought, *exit = book->change + sold;
        const double4 holding = a->sums + entry->entry;
        a->sums = holding + exit->exit;
        hold(a, book, holding.lo, bought + 1, sold, a->sums.lo);
        a->wins += exit->brought > entry->paid;
        a->hash += exit->mark - entry->mark;
        a->held += sold - bought;
    }
    if (change < end)
        buy(a, book, first_bar, *change);
}

/* The signals of one tile for `batch` pairs; then again, one by one, those of each block where any is too near. */
static void decide(Bits *above, ushort *near, uint batch, __global const Account *account, uint tile, uint slab,
                   uint bars, uint windows, uint columns, __global const ushort16 *restrict table,
                   __global const double *restrict steps, __global const double *restrict slack,
                   __global const ulong2 *restrict sums)
{
    const uint first = tile * BLOCKS;
    uint count = 0;
    for (uint n = 0; n < BLOCKS; ++n) {
        __global const ushort16 *rows = table + (size_t)(first + n) * windows * LANES;
        for (uint k = 0; k < batch; ++k) {
            ushort16 nearest;
            above[k * BLOCKS + n].all =
                signals(rows + account[k].fast_row * LANES, rows + account[k].slow_row * LANES, &nearest);
            near[count] = (ushort)(k * BLOCKS + n); /* written whether it is or not, as no guess is wrong so */
            count += any_near(nearest);
        }
    }
    for (uint i = 0; i < count; ++i) {
        const uint block = first + near[i] % BLOCKS;
        __global const Account *one = account + near[i] / BLOCKS;
        __global const ushort16 *rows = table + (size_t)block * windows * LANES;
        settle(above + near[i], rows + one->fast_row * LANES, rows + one->slow_row * LANES,
               steps + (size_t)block * LANES * columns, columns, slack[block], slab + block * BLOCK, bars, one->fast,
               one->slow, sums);
    }
}

/* One item `share` pairs: tile by tile, so that a tile's averages stay in cache for all of them. */
__kernel void sma_cross(const uint pairs, const uint share, const uint slab, const uint tiles, const uint bars,
                        const uint windows, const uint columns, __global const ushort16 *restrict table,
                        __global const double *restrict steps, __global const double *restrict slack,
                        __global const double2 *restrict ranges, __global const double *restrict falls,
                        __global const Change *restrict change_of, __global const ulong2 *restrict sums,
                        __global Account *restrict accounts)
{
    const ulong begin = (ulong)get_global_id(0) * share;
    if (begin >= pairs)
        return;
    const uint end = (uint)begin + min(share, pairs - (uint)begin);
    Bits above[BATCH * BLOCKS];
    ushort near[BATCH * BLOCKS];
    ushort change[TILE + AT_ONCE];
    for (uint tile = 0; tile < tiles; ++tile) {
        const uint start = slab + tile * TILE;
        const size_t level = (size_t)tile * TILE_LEVELS * TILE;
        const Book book = {change_of + start, ranges + level, falls + level};
        for (uint pair = (uint)begin; pair < end; pair += BATCH) {
            __global Account *account = accounts + pair;
            const uint batch = min((uint)BATCH, end - pair);
            decide(above, near, batch, account, tile, slab, bars, windows, columns, table, steps, slack, sums);
            for (uint k = 0; k < batch; ++k) {
                Account now = account[k];
                ulong *signal = (ulong *)(above + k * BLOCKS);
                const uint count = changes(change, signal, start, bars, now.slow - 1, now.holds);
                trade(&now, &book, start, change, count);
                account[k] = now;
            }
        }
    }
}
