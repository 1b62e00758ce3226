/* Differences of means under permutation: each time `first` of the n values, drawn without replacement, against the rest.
 *
 * Layout:    x is REAL[n], differences REAL[permutations]. Whether value i belongs to the first is decided by word i of
 *            stream p (common/philox.clh): with r of them still wanted and n - i values left it does with r / (n - i),
 *            which makes every choice of `first` values equally likely and needs no memory.
 * Work:      one item a permutation.
 * Precision: both sums are carried as high + low; the bound is derived in
 *            src/dynamic_engines/library/statistics/permutation.py.
 * Needs:     1 <= first < n < 2^31, every x finite, n |x| below half of REAL's largest.
 * Macros:    REAL_BITS, see common/real.clh.
 * Source:    D. E. Knuth, The Art of Computer Programming 2, 3rd ed., section 3.4.2, algorithm S.
 */
#include "common/philox.clh"
#include "common/real.clh"

__kernel void permutation(const uint n, const uint first, const uint permutations, const ulong seed,
                          __global const REAL *restrict x, __global REAL *restrict differences)
{
    const uint p = get_global_id(0);
    if (p >= permutations)
        return;
    REAL sum = 0, lost = 0, other = 0, other_lost = 0;
    uint wanted = first;
    for (uint i = 0; i < n;) {
        const ulong4 words = philox(seed, p, i / 4);
        const ulong each[4] = {words.s0, words.s1, words.s2, words.s3};
        for (uint k = 0; k < 4 && i < n; ++k, ++i) {
            const uint chosen = below(each[k], n - i) < wanted;
            wanted -= chosen;
            sum = add_exactly(sum, chosen ? x[i] : 0, &lost);
            other = add_exactly(other, chosen ? 0 : x[i], &other_lost);
        }
    }
    differences[p] = (sum + lost) / (REAL)first - (other + other_lost) / (REAL)(n - first);
}
