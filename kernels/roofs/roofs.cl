/* The two roofs of a device: how fast it moves memory, and how fast it computes.
 *
 * Entries:   triad         a[i] = b[i] + s c[i], a group a block of 8192: McCalpin's STREAM
 *            multiply_add  8 chains of vectors, `rounds` multiply-adds each, in registers
 * Layout:    a, b and c are REAL[n], n a multiple of 8192; out is REAL[items * WIDTH].
 * Macros:    REAL_BITS, GROUP, WIDTH, see common/lanes.clh.
 */
#include "common/lanes.clh"

#pragma OPENCL FP_CONTRACT ON

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void triad(const REAL s, __global REAL *restrict a, __global const REAL *restrict b, __global const REAL *restrict c)
{
    const size_t first = (size_t)get_group_id(0) * BLOCK;
    for (uint row = 0; row < STEPS; ++row) {
        UNROLL
        for (uint v = 0; v < PER; ++v) {
            const size_t at = first + row * LANES + LANE(v);
            VSTORE(global, VLOAD(global, b + at) + s * VLOAD(global, c + at), a + at);
        }
    }
}

__kernel void multiply_add(const uint rounds, const REAL factor, const REAL term, __global REAL *restrict out)
{
    const VREAL by = factor, plus = term;
    VREAL a = get_global_id(0), b = a + 1, c = a + 2, d = a + 3, e = a + 4, f = a + 5, g = a + 6, h = a + 7;
    for (uint round = 0; round < rounds; ++round) {
        a = a * by + plus;
        b = b * by + plus;
        c = c * by + plus;
        d = d * by + plus;
        e = e * by + plus;
        f = f * by + plus;
        g = g * by + plus;
        h = h * by + plus;
    }
    VSTORE(global, ((a + b) + (c + d)) + ((e + f) + (g + h)), out + get_global_id(0) * WIDTH);
}
