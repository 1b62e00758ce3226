/* A stream of random words, see common/philox.clh.
 *
 * Layout:    high and low are uint[n], the halves of word 0, 1, ... of the stream.
 * Work:      one item a block of four words.
 * Precision: exact, bit for bit numpy.random.Philox.
 * Needs:     1 <= n < 2^31.
 * Macros:    REAL_BITS is taken and not used.
 */
#include "common/philox.clh"

__kernel void philox_words(const uint n, const ulong seed, const ulong stream, __global uint *restrict high,
                           __global uint *restrict low)
{
    const uint block = get_global_id(0);
    const ulong4 words = philox(seed, stream, block);
    const ulong each[4] = {words.s0, words.s1, words.s2, words.s3};
    for (uint k = 0; k < 4; ++k) {
        const ulong at = 4ul * block + k;
        if (at < n) {
            high[at] = (uint)(each[k] >> 32);
            low[at] = (uint)each[k];
        }
    }
}
