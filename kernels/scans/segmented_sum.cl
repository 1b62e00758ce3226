/* Segmented scan: out[i] = x[k] + ... + x[i], where k is the last place up to i whose flag is 1, or 0.
 *
 * Entries:   segmented_ends  one lane a chunk of 256 values: its sum since its last flag
 *            carries         one group: the same of all chunks before each, see common/carries.clh
 *            segmented_sum   one lane a chunk: its sums
 * Layout:    x and out are REAL[n], flags char[n], 0 or 1; ends and before are REAL[chunks][3]. One chunk needs
 *            segmented_sum only.
 * Precision: high + low throughout, so a sum is rounded once; and nothing is subtracted, so no error passes a flag. The
 *            bound is derived in src/dynamic_engines/library/scans/segmented_sum.py.
 * Needs:     1 <= n < 2^31, every x finite, n |x| below REAL's largest; local memory for 2300 REALs.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/chunks.clh"
#include "common/pairs.clh"

/* A chunk, or several: the sum since the last flag. `keep` is 0 after a flag: what came before no longer counts. */
typedef struct {
    REAL high, low, keep;
} Segment;

static inline Segment segment_join(const Segment earlier, const Segment later)
{
    Segment both = {later.keep * earlier.high, later.keep * earlier.low, later.keep * earlier.keep};
    pair_join(&both.high, &both.low, later.high, later.low);
    return both;
}

#define CARRY Segment
#define carry_join segment_join
#include "common/carries.clh"

/* Fills a tile with 1 less the flags: what of the sum so far is kept. */
static inline void stage_kept(__local REAL *restrict tile, __global const char *restrict flags, __local const Chunks *all,
                              const uint from)
{
    EACH_STAGED_LANE(lane) {
        __global const char *restrict chunk = flags + all->first[lane] + from;
        const uint count = all->count[lane];
        EACH_STAGED_BAR(k)
            tile[k * ROW + lane] = from + k < count ? (REAL)(1 - chunk[k]) : 1;
    }
}

static inline void segment_step(VREAL *high, VREAL *low, const VREAL keep, const VREAL x)
{
    *high *= keep;
    *low *= keep;
    pair_add(high, low, x);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void segmented_ends(const uint series, const uint n, const uint chunks, __global const REAL *restrict x,
                    __global const char *restrict flags, __global Segment *restrict ends)
{
    __local Chunks all;
    __local REAL values[STAGE * ROW], kept[STAGE * ROW], highs[SLICE], lows[SLICE], keeps[SLICE];
    find_chunks(&all, series, n, chunks);
    VREAL high = 0, low = 0, keep = 1;
    for (uint from = 0; from < min(n, (uint)CHUNK); from += STAGE) {
        stage_in(values, x, &all, from);
        stage_kept(kept, flags, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            const VREAL kept_now = VLOAD(local, AT(kept, k));
            segment_step(&high, &low, kept_now, VLOAD(local, AT(values, k)));
            keep *= kept_now;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    VSTORE(local, high, highs + OWN);
    VSTORE(local, low, lows + OWN);
    VSTORE(local, keep, keeps + OWN);
    barrier(CLK_LOCAL_MEM_FENCE);
    EACH_LANE(lane) {
        if (all.count[lane]) {
            const Segment end = {highs[lane], lows[lane], keeps[lane]};
            ends[(uint)get_group_id(0) * SLICE + lane] = end;
        }
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void segmented_sum(const uint series, const uint n, const uint chunks, __global const REAL *restrict x,
                   __global const char *restrict flags, __global const Segment *restrict before,
                   __global REAL *restrict out)
{
    __local Chunks all;
    __local REAL values[STAGE * ROW], kept[STAGE * ROW], highs[SLICE], lows[SLICE];
    find_chunks(&all, series, n, chunks);
    EACH_LANE(lane) {
        const int begun = all.count[lane] && all.place[lane];
        const uint number = (uint)get_group_id(0) * SLICE + lane;
        highs[lane] = begun ? before[number].high : 0;
        lows[lane] = begun ? before[number].low : 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    VREAL high = VLOAD(local, highs + OWN), low = VLOAD(local, lows + OWN);
    for (uint from = 0; from < min(n, (uint)CHUNK); from += STAGE) {
        stage_in(values, x, &all, from);
        stage_kept(kept, flags, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            segment_step(&high, &low, VLOAD(local, AT(kept, k)), VLOAD(local, AT(values, k)));
            VSTORE(local, high + low, AT(values, k));
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        stage_out(out, values, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}
