/* Drawdown of many equity curves at once: 1 - equity / its maximum so far, and the deepest, with its peak and trough.
 *
 * Entries:   drawdown_ends   one lane a chunk of 256 bars: its maximum, and where it stands
 *            carries         one group a series: the same of all chunks before each, see common/carries.clh
 *            drawdown        one lane a chunk: its drawdowns, and the deepest of them
 *            drawdown_worst  one group a series: the deepest of its chunks
 * Layout:    equity and out are REAL[series * bars], series after series, oldest first; ends and before are Peak[series *
 *            chunks], falls Fall[series * chunks]; worst is REAL[series], peak_at and trough_at uint[series], counted in
 *            the series. One chunk needs no drawdown_ends and no carries.
 * Precision: which fall is the deepest is exact: trough / peak is compared with another by their products, each a product
 *            and its rounding error by fma. Of equal falls the first counts, and of equal maxima the first is the peak.
 *            1 - trough / peak itself is a division and a subtraction.
 * Needs:     series * bars < 2^31; 2^-40 <= equity <= 2^40 (float64: 2^-400 to 2^400), so that no product's error is lost;
 *            local memory for 2300 REALs and 400 uints.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/chunks.clh"

/* A maximum so far, and the first bar of the series where it stands. */
typedef struct {
    REAL high;
    uint at;
} Peak;

static inline Peak peak_join(const Peak earlier, const Peak later)
{
    return later.high > earlier.high ? later : earlier;
}

#define CARRY Peak
#define carry_join peak_join
#include "common/carries.clh"

typedef struct {
    REAL trough, peak;
    uint trough_at, peak_at;
} Fall;

/* Whether a / b is less than c / d, exactly; each is above 0. A vector's lanes are -1 where it is. */
#define IS_DEEPER(name, TYPE, MASK)                                                                                    \
    static inline MASK name(const TYPE a, const TYPE b, const TYPE c, const TYPE d)                                    \
    {                                                                                                                  \
        const TYPE left = a * d, right = c * b;                                                                        \
        const TYPE left_low = fma(a, d, -left), right_low = fma(c, b, -right);                                         \
        return (left < right) | ((left == right) & (left_low < right_low));                                            \
    }

#if WIDTH == 1
#define VMASK int
#elif REAL_BITS == 64
#define VMASK JOIN(long, WIDTH)
#else
#define VMASK JOIN(int, WIDTH)
#endif
IS_DEEPER(is_deeper, REAL, int)
IS_DEEPER(are_deeper, VREAL, VMASK)

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void drawdown_ends(const uint series, const uint bars, const uint chunks, __global const REAL *restrict equity,
                   __global Peak *restrict ends)
{
    __local Chunks all;
    __local REAL tile[STAGE * ROW], highs[SLICE], places[SLICE];
    find_chunks(&all, series, bars, chunks);
    VREAL high = 0, at = 0; /* a chunk's 256 places fit every REAL */
    for (uint from = 0; from < min(bars, (uint)CHUNK); from += STAGE) {
        stage_in(tile, equity, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            const VREAL now = VLOAD(local, AT(tile, k));
            at = now > high ? (VREAL)(REAL)(from + k) : at;
            high = now > high ? now : high;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    VSTORE(local, high, highs + OWN);
    VSTORE(local, at, places + OWN);
    barrier(CLK_LOCAL_MEM_FENCE);
    EACH_LANE(lane) {
        if (all.count[lane]) {
            const Peak end = {highs[lane], all.place[lane] * CHUNK + (uint)places[lane]};
            ends[(uint)get_group_id(0) * SLICE + lane] = end;
        }
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void drawdown(const uint series, const uint bars, const uint chunks, __global const REAL *restrict equity,
              __global const Peak *restrict before, __global REAL *restrict out, __global Fall *restrict falls)
{
    __local Chunks all;
    __local REAL tile[STAGE * ROW], highs[SLICE], troughs[SLICE], peaks[SLICE], trough_places[SLICE], peak_places[SLICE];
    __local uint peaks_before[SLICE];
    find_chunks(&all, series, bars, chunks);
    EACH_LANE(lane) {
        Peak peak = {0, 0};
        if (all.count[lane] && all.place[lane])
            peak = before[(uint)get_group_id(0) * SLICE + lane];
        highs[lane] = peak.high;
        peaks_before[lane] = peak.at;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    /* The first bar's own fall, none, is deeper than 2 / 1. A place of -1 is before the chunk. */
    VREAL high = VLOAD(local, highs + OWN), at = -1;
    VREAL trough = 2, peak = 1, trough_at = 0, peak_at = 0;
    for (uint from = 0; from < min(bars, (uint)CHUNK); from += STAGE) {
        stage_in(tile, equity, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < STAGE; ++k) {
            const VREAL now = VLOAD(local, AT(tile, k)), here = (REAL)(from + k);
            at = now > high ? here : at;
            high = now > high ? now : high;
            /* Beyond a chunk there is 0, which is no equity. */
            const VMASK deeper = (now > 0) & are_deeper(now, high, trough, peak);
            trough = deeper ? now : trough;
            peak = deeper ? high : peak;
            trough_at = deeper ? here : trough_at;
            peak_at = deeper ? at : peak_at;
            VSTORE(local, 1 - now / high, AT(tile, k));
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        stage_out(out, tile, &all, from);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    VSTORE(local, trough, troughs + OWN);
    VSTORE(local, peak, peaks + OWN);
    VSTORE(local, trough_at, trough_places + OWN);
    VSTORE(local, peak_at, peak_places + OWN);
    barrier(CLK_LOCAL_MEM_FENCE);
    EACH_LANE(lane) {
        if (all.count[lane]) {
            const uint first = all.place[lane] * CHUNK;
            const uint top = peak_places[lane] < 0 ? peaks_before[lane] : first + (uint)peak_places[lane];
            const Fall fall = {troughs[lane], peaks[lane], first + (uint)trough_places[lane], top};
            falls[(uint)get_group_id(0) * SLICE + lane] = fall;
        }
    }
}

/* The deeper of two, the earlier where they are equal. */
static inline Fall deeper_of(const Fall earlier, const Fall later)
{
    return is_deeper(later.trough, later.peak, earlier.trough, earlier.peak) ? later : earlier;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void drawdown_worst(const uint chunks, __global const Fall *restrict falls, __global REAL *restrict worst,
                    __global uint *restrict peak_at, __global uint *restrict trough_at)
{
    __local Fall lanes[LANES];
    const uint line = get_group_id(0), run = (chunks + LANES - 1) / LANES;
    const size_t first = (size_t)line * chunks;
    for (uint k = get_local_id(0); k * run < chunks && k < LANES; k += GROUP) {
        Fall deepest = falls[first + k * run];
        for (uint i = k * run + 1; i < min((k + 1) * run, chunks); ++i)
            deepest = deeper_of(deepest, falls[first + i]);
        lanes[k] = deepest;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (get_local_id(0) == 0) {
        Fall deepest = lanes[0];
        for (uint k = 1; k * run < chunks && k < LANES; ++k)
            deepest = deeper_of(deepest, lanes[k]);
        worst[line] = 1 - deepest.trough / deepest.peak;
        peak_at[line] = deepest.peak_at;
        trough_at[line] = deepest.trough_at;
    }
}
