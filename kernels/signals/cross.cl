/* Where one series crosses another: 1 upwards, -1 downwards, 0 elsewhere.
 *
 * Layout:    a and b are REAL[n], out is char[n], oldest first; out[0] is 0.
 * Work:      a group 8192 bars, its items side by side; where it has one item, the compiler makes vectors of that loop,
 *            which has no branch for it.
 * Precision: exact; only comparisons. A touch is no cross: up is a > b now and a <= b before.
 * Needs:     1 <= n < 2^31, every value finite.
 * Macros:    REAL_BITS, see common/real.clh
 *            GROUP  items in a work group
 */
#include "common/real.clh"

#define BARS 8192

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void cross_lines(const uint n, __global const REAL *restrict a, __global const REAL *restrict b,
                 __global char *restrict out)
{
    const uint first = get_group_id(0) * BARS;
    const uint count = min((uint)BARS, n - first);
    const uint skipped = first ? 0 : 1; /* the first bar has none before it */
    if (!first && get_local_id(0) == 0)
        out[0] = 0;
    __global const REAL *one = a + first, *two = b + first;
    __global char *to = out + first;
    for (uint i = skipped + get_local_id(0); i < count; i += GROUP) {
        const char above = one[i] > two[i], was_above = one[(long)i - 1] > two[(long)i - 1];
        const char beneath = one[i] < two[i], was_beneath = one[(long)i - 1] < two[(long)i - 1];
        to[i] = (above & !was_above) - (beneath & !was_beneath);
    }
}
