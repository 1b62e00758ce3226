/* Where one series crosses another: 1 upwards, -1 downwards, 0 elsewhere.
 *
 * Layout:    a and b are REAL[n], out is char[n], oldest first; out[0] is 0.
 * Work:      one item eight bars, so that a group writes whole lines.
 * Precision: exact; only comparisons. A touch is no cross: up is a > b now and a <= b before.
 * Needs:     1 <= n < 2^31, every value finite.
 * Macros:    REAL_BITS, see common/real.clh.
 */
#include "common/real.clh"

#define BARS 8

__kernel void cross_lines(const uint n, __global const REAL *restrict a, __global const REAL *restrict b,
                          __global char *restrict out)
{
    const uint first = get_global_id(0) * BARS;
    const uint end = first < n ? first + min((uint)BARS, n - first) : first;
    for (uint i = first; i < end; ++i) {
        const uint before = i ? i - 1 : 0;
        const char above = a[i] > b[i], was_above = a[before] > b[before];
        const char beneath = a[i] < b[i], was_beneath = a[before] < b[before];
        out[i] = i ? (char)((above & !was_above) - (beneath & !was_beneath)) : 0;
    }
}
