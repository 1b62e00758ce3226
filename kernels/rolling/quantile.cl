/* Rolling quantile: what stands at place `rank` + `share` of the last `period` values in order.
 *
 * Entries:   quantile       periods up to 128: one item a tile of 256 bars. It sorts its first window, and then moves each new
 *                           value to its place from that of the one that leaves: about period / 3 moves a bar
 *            quantile_long  longer ones: one item a bar, no scratch memory
 * Layout:    x and out are REAL[n], oldest first; out[0 .. period - 2] is NaN (warm-up).
 * Work:      quantile_long bisects. The bits of a REAL, with the lower ones of a negative turned,
 *            are an integer in the order of the values; bisection between those of the window's least and greatest counts
 *            the window once a step: about log2 of the number of REALs between the two.
 * Precision: the two neighbours in order are exact; between them three roundings.
 * Needs:     1 <= period <= n < 2^31, every x finite, |x| below half of REAL's largest, rank < period, 0 <= share < 1.
 * Macros:    REAL_BITS, see common/real.clh.
 */
#include "common/real.clh"

#if REAL_BITS == 64
typedef long Key;
#define AS_KEY as_long
#define AS_REAL as_double
#define LOWER 0x7fffffffffffffffL
#else
typedef int Key;
#define AS_KEY as_int
#define AS_REAL as_float
#define LOWER 0x7fffffff
#endif

static inline Key key_of(const REAL x)
{
    const Key bits = AS_KEY(x);
    return bits < 0 ? bits ^ LOWER : bits;
}

static inline REAL value_of(const Key key)
{
    return AS_REAL(key < 0 ? key ^ LOWER : key);
}

#define SHORT 128
#define TILE 256

/* Puts `entering` into a sorted window in the place of `leaving`, which is in it. */
static inline void replace(REAL *sorted, const uint period, const REAL leaving, const REAL entering)
{
    uint at = 0, high = period - 1;
    while (at < high) {
        const uint middle = (at + high) / 2;
        if (sorted[middle] < leaving)
            at = middle + 1;
        else
            high = middle;
    }
    for (; at + 1 < period && sorted[at + 1] < entering; ++at)
        sorted[at] = sorted[at + 1];
    for (; at > 0 && sorted[at - 1] > entering; --at)
        sorted[at] = sorted[at - 1];
    sorted[at] = entering;
}

__kernel void quantile(const uint n, const uint period, const uint rank, const REAL share,
                       __global const REAL *restrict x, __global REAL *restrict out)
{
    const ulong start = (ulong)get_global_id(0) * TILE;
    if (start >= n)
        return;
    const uint first = (uint)start;
    const uint end = first + min((uint)TILE, n - first);
    uint i = first;
    for (; i < end && i < period - 1; ++i)
        out[i] = REAL_NAN;
    if (i == end)
        return;
    REAL sorted[SHORT];
    for (uint k = 0; k < period; ++k) {
        const REAL value = x[i - (period - 1) + k];
        uint at = k;
        for (; at > 0 && sorted[at - 1] > value; --at)
            sorted[at] = sorted[at - 1];
        sorted[at] = value;
    }
    const uint above = rank + 1 < period ? rank + 1 : rank;
    for (;; ++i) {
        const REAL found = sorted[rank];
        out[i] = share > 0 ? found + share * (sorted[above] - found) : found;
        if (i + 1 == end)
            return;
        replace(sorted, period, x[i + 1 - period], x[i + 1]);
    }
}

__kernel void quantile_long(const uint n, const uint period, const uint rank, const REAL share,
                                 __global const REAL *restrict x, __global REAL *restrict out)
{
    const size_t i = get_global_id(0);
    if (i >= n)
        return;
    if (i < period - 1) {
        out[i] = REAL_NAN;
        return;
    }
    __global const REAL *window = x + (i - (period - 1));
    REAL least = window[0], greatest = window[0];
    for (uint k = 1; k < period; ++k) {
        least = window[k] < least ? window[k] : least;
        greatest = window[k] > greatest ? window[k] : greatest;
    }
    /* The smallest key that at least rank + 1 values do not exceed. -0 and 0 have two keys, and one place in order. */
    Key low = key_of(least + 0), high = key_of(greatest + 0);
    if (least == 0)
        low = key_of(-0.0f);
    while (low < high) {
        const Key middle = (low & high) + ((low ^ high) >> 1); /* the mean, rounded down, without overflow */
        const REAL pivot = value_of(middle);
        uint count = 0;
        for (uint k = 0; k < period; ++k)
            count += window[k] <= pivot;
        if (count > rank)
            high = middle;
        else
            low = middle + 1;
    }
    const REAL found = value_of(low);
    uint count = 0;
    REAL next = greatest;
    for (uint k = 0; k < period; ++k) {
        const REAL value = window[k];
        count += value <= found;
        next = value > found && value < next ? value : next;
    }
    next = count > rank + 1 ? found : next;
    out[i] = share > 0 ? found + share * (next - found) : found;
}
