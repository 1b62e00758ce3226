/* Means of resamples: each is the mean of n values drawn from x with replacement.
 *
 * Layout:    x is REAL[n], means REAL[resamples]. Draw i of resample r is word i of stream r (common/philox.clh).
 * Work:      one item a resample.
 * Precision: a sum is carried as high + low; the bound is derived in src/dynamic_engines/library/statistics/bootstrap.py.
 * Needs:     1 <= n < 2^31, every x finite, n |x| below REAL's largest.
 * Macros:    REAL_BITS, see common/real.clh.
 */
#include "common/philox.clh"
#include "common/real.clh"

__kernel void bootstrap(const uint n, const uint resamples, const ulong seed, __global const REAL *restrict x,
                        __global REAL *restrict means)
{
    const uint r = get_global_id(0);
    if (r >= resamples)
        return;
    REAL sum = 0, lost = 0;
    uint i = 0;
    for (uint block = 0; block < n / 4; ++block, i += 4) {
        const ulong4 words = philox(seed, r, block);
        sum = add_exactly(sum, x[below(words.s0, n)], &lost);
        sum = add_exactly(sum, x[below(words.s1, n)], &lost);
        sum = add_exactly(sum, x[below(words.s2, n)], &lost);
        sum = add_exactly(sum, x[below(words.s3, n)], &lost);
    }
    if (i < n) {
        const ulong4 words = philox(seed, r, n / 4);
        const ulong each[4] = {words.s0, words.s1, words.s2, words.s3};
        for (uint k = 0; i + k < n; ++k)
            sum = add_exactly(sum, x[below(each[k], n)], &lost);
    }
    means[r] = (sum + lost) / (REAL)n;
}
