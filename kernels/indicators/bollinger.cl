/* Bollinger bands: the mean of the last `period` closes, and `width` population standard deviations above and below.
 *
 * Layout:    close and the outputs are REAL[bars], oldest first; bars 0 .. period - 2 are NaN (warm-up).
 * Work:      one item a bar, which reads its window twice: 2 * period steps a bar. A sliding sum of squares would need
 *            few, but keeps the square of a spike as an error long after the spike has left the window.
 * Precision: relative to the newest close, compensated; the bound is derived in src/dynamic_ta/indicators/bollinger.py.
 * Needs:     1 <= period <= bars, |close| < sqrt(REAL's largest / (16 * period)), every close finite.
 * Macros:    REAL_BITS, see common/real.clh.
 */
#include "common/real.clh"

__kernel void bollinger(const uint bars, const uint period, const REAL width, __global const REAL *restrict close,
                        __global REAL *restrict upper, __global REAL *restrict middle, __global REAL *restrict lower)
{
    const size_t i = get_global_id(0);
    if (i >= bars)
        return;
    if (i < period - 1) {
        upper[i] = middle[i] = lower[i] = REAL_NAN;
        return;
    }
    __global const REAL *window = close + (i - (period - 1));
    const REAL newest = close[i];

    REAL sum = 0;
    REAL lost = 0;
    for (uint k = 0; k < period; ++k)
        sum = add_exactly(sum, window[k] - newest, &lost);
    const REAL shift = (sum + lost) / (REAL)period;

    REAL squares = 0;
    for (uint k = 0; k < period; ++k) {
        const REAL away = (window[k] - newest) - shift;
        squares += away * away;
    }
    const REAL reach = width * sqrt(squares / (REAL)period);

    const REAL mean = newest + shift;
    upper[i] = mean + reach;
    middle[i] = mean;
    lower[i] = mean - reach;
}
