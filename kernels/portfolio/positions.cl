/* Positions from signals, for many series at once: short (-1), flat (0) or long (1) after each bar, from flat.
 *
 * A bar's signals are a map from the position before it to the one after it:
 *   flat:  enters where `enter` is 1 (long) or -1 (short)
 *   long:  where `enter` is -1 and REVERSE, turns short; else where `leave` is 1 or 2, is flat; else stays
 *   short: the same, with `enter` 1 and `leave` -1 or 2
 * Maps are joined, so chunks need not wait for each other.
 *
 * Entries:   positions_ends  one lane a chunk of 256 bars: its map
 *            carries         one group a series: the map of all chunks before each, see common/carries.clh
 *            positions       one lane a chunk: its positions, and where they change
 * Layout:    enter, leave, position and changed are char[series * bars], series after series, oldest first; ends and before
 *            are uint[series * chunks]. One chunk needs positions only.
 * Precision: exact; whole numbers from -1 to 1.
 * Needs:     series * bars < 2^31; local memory for 4400 uints.
 * Macros:    REVERSE   1 if an entry against the position turns it around, 0 if it is ignored
 *            REAL_BITS (which nothing here depends on), GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/chunks.clh"

#if WIDTH == 1
#define VINT int
#else
#define VINT JOIN(int, WIDTH)
#endif
typedef struct __attribute__((packed, aligned(4))) {
    VINT lanes;
} LooseInt;
#define INT_LOAD(at) (((__local const LooseInt *)(at))->lanes)
#define INT_STORE(value, at) (((__local LooseInt *)(at))->lanes = (value))

/* A map is three positions + 1 in two bits each: after short, after flat, after long. */
#define MAP(after_short, after_flat, after_long)                                                                       \
    ((uint)((after_short) + 1) | (uint)((after_flat) + 1) << 2 | (uint)((after_long) + 1) << 4)
#define AFTER(map, position) (((map) >> (2 * (position) + 2)) & 3)

static inline uint map_join(const uint earlier, const uint later)
{
    return AFTER(later, (int)AFTER(earlier, -1) - 1) | AFTER(later, (int)AFTER(earlier, 0) - 1) << 2 |
           AFTER(later, (int)AFTER(earlier, 1) - 1) << 4;
}

#define CARRY uint
#define carry_join map_join
#include "common/carries.clh"

static inline uint map_of(const char enter, const char leave)
{
    const int after_long = REVERSE && enter < 0 ? -1 : leave > 0 ? 0 : 1;
    const int after_short = REVERSE && enter > 0 ? 1 : leave < 0 || leave == 2 ? 0 : -1;
    return MAP(after_short, (int)enter, after_long);
}

/* Fills a tile with the maps of bars from .. from + STAGE - 1; beyond a chunk they change nothing. */
static inline void stage_maps(__local int *restrict tile, __global const char *restrict enter,
                              __global const char *restrict leave, __local const Chunks *all, const uint from)
{
    EACH_STAGED_LANE(lane) {
        const uint first = all->first[lane] + from, count = all->count[lane];
        EACH_STAGED_BAR(k)
            tile[k * ROW + lane] =
                from + k < count ? (int)map_of(enter[first + k], leave[first + k]) : (int)MAP(-1, 0, 1);
    }
}

/* Positions are 2 (p + 1) here: 0, 2, 4, by how far a map is shifted for them. */
static inline VINT step(const VINT map, const VINT shift)
{
    return ((map >> shift) & 3) << 1;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void positions_ends(const uint series, const uint bars, const uint chunks, __global const char *restrict enter,
                    __global const char *restrict leave, __global uint *restrict ends)
{
    __local Chunks all;
    __local int tile[STAGE * ROW], maps[SLICE];
    find_chunks(&all, series, bars, chunks);
    VINT after_short = 0, after_flat = 2, after_long = 4;
    for (uint from = 0; from < min(bars, (uint)CHUNK); from += STAGE) {
        stage_maps(tile, enter, leave, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            const VINT map = INT_LOAD(AT(tile, k));
            after_short = step(map, after_short);
            after_flat = step(map, after_flat);
            after_long = step(map, after_long);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    INT_STORE((after_short >> 1) | (after_flat << 1) | (after_long << 3), maps + OWN);
    barrier(CLK_LOCAL_MEM_FENCE);
    EACH_LANE(lane) {
        if (all.count[lane])
            ends[(uint)get_group_id(0) * SLICE + lane] = (uint)maps[lane];
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void positions(const uint series, const uint bars, const uint chunks, __global const char *restrict enter,
               __global const char *restrict leave, __global const uint *restrict before,
               __global char *restrict position, __global char *restrict changed)
{
    __local Chunks all;
    __local int tile[STAGE * ROW], moved[STAGE * ROW], starts[SLICE];
    find_chunks(&all, series, bars, chunks);
    EACH_LANE(lane) {
        const int begun = all.count[lane] && all.place[lane];
        starts[lane] = begun ? 2 * (int)AFTER(before[(uint)get_group_id(0) * SLICE + lane], 0) : 2;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    VINT shift = INT_LOAD(starts + OWN);
    for (uint from = 0; from < min(bars, (uint)CHUNK); from += STAGE) {
        stage_maps(tile, enter, leave, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            const VINT next = step(INT_LOAD(AT(tile, k)), shift);
            INT_STORE((next >> 1) - 1, AT(tile, k));
            INT_STORE(next ^ shift, AT(moved, k));
            shift = next;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        EACH_STAGED_LANE(lane) {
            const uint first = all.first[lane] + from, count = all.count[lane];
            EACH_STAGED_BAR(k) {
                if (from + k < count) {
                    position[first + k] = (char)tile[k * ROW + lane];
                    changed[first + k] = moved[k * ROW + lane] != 0;
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}
