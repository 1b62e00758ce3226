/* Rolling quantile: what stands at place `rank` + `share` of the last `period` values in order.
 *
 * Entries:   quantile       periods up to 128: one item WIDTH tiles of 256 bars, a lane each. It keeps each lane's window
 *                           sorted, and in one pass over it takes out the value that leaves and puts in the new one
 *            quantile_long  longer ones: one item a bar, no scratch memory
 * Layout:    x and out are REAL[n], oldest first; out[0 .. period - 2] is NaN (warm-up).
 * Work:      quantile_long bisects. The bits of a REAL, with the lower ones of a negative turned,
 *            are an integer in the order of the values; bisection between those of the window's least and greatest counts
 *            the window once a step: about log2 of the number of REALs between the two.
 * Precision: the two neighbours in order are exact; between them three roundings.
 * Needs:     1 <= period <= n < 2^31, every x finite, |x| below half of REAL's largest, rank < period, 0 <= share < 1.
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh; the first entry's groups are of GROUP items.
 */
#include "common/lanes.clh"

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

#define LESSER(a, b) ((a) < (b) ? (a) : (b))
#define GREATER(a, b) ((a) > (b) ? (a) : (b))

/* The value of each lane's bar: those of `bar`, a tile later, and so on. Where there is no bar stands the nearest one's. */
static inline VREAL value_at(__global const REAL *restrict x, const long bar, const uint n)
{
    REAL each[WIDTH];
    UNROLL
    for (uint lane = 0; lane < WIDTH; ++lane)
        each[lane] = x[clamp(bar + lane * TILE, 0L, (long)n - 1)];
    return VLOAD(private, each);
}

/* Takes `leaving` out of sorted windows, each of which has it, and puts `entering` in. No branch depends on a value, so
 * the lanes go together: what is left without the one that leaves is t, and a place of the new order has the middle one
 * of t before it, t here, and what enters. */
static inline void replace(VREAL *sorted, const uint period, const VREAL leaving, const VREAL entering)
{
    VREAL before = -INFINITY, here = sorted[0];
    for (uint k = 0; k + 1 < period; ++k) {
        const VREAL next = sorted[k + 1];
        const VREAL t = here < leaving ? here : next;
        const VREAL most = LESSER(entering, t);
        sorted[k] = GREATER(before, most);
        before = t;
        here = next;
    }
    sorted[period - 1] = GREATER(before, entering);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void quantile(const uint n, const uint period, const uint rank, const REAL share, __global const REAL *restrict x,
              __global REAL *restrict out)
{
    const long first = (long)get_global_id(0) * (TILE * WIDTH), oldest = first - (period - 1);
    if (first >= n)
        return;
    VREAL sorted[SHORT];
    for (uint k = 0; k < period; ++k) {
        VREAL greatest = value_at(x, oldest + k, n);
        for (uint m = 0; m < k; ++m) {
            const VREAL value = sorted[m];
            sorted[m] = LESSER(greatest, value);
            greatest = GREATER(greatest, value);
        }
        sorted[k] = greatest;
    }
    const uint above = rank + 1 < period ? rank + 1 : rank;
    for (uint step = 0; step < TILE; ++step) {
        const VREAL found = sorted[rank];
        REAL each[WIDTH];
        VREAL between = found;
        if (share > 0)
            between += share * (sorted[above] - found);
        VSTORE(private, between, each);
        UNROLL
        for (uint lane = 0; lane < WIDTH; ++lane) {
            const long bar = first + lane * TILE + step;
            if (bar < n)
                out[bar] = bar + 1 < period ? REAL_NAN : each[lane];
        }
        replace(sorted, period, value_at(x, oldest + step, n), value_at(x, first + step + 1, n));
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
