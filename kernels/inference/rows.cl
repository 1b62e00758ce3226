/* The pieces of a kernel that takes rows through a network, from the first operator to the last, in one launch.
 *
 * Layout:    the kernel itself, `rows`, is written for a graph by src/dynamic_ai/inference/opencl_text.py and follows this
 *            file. Its arrays are REAL[rows][width]; constants is all of the graph's constants, one after the other.
 * Work:      an item takes WIDTH rows, one in each lane; what a row holds between two operators stays in its registers or
 *            on its stack. No lane depends on another, and sums run in the order of k, so the result is the same for
 *            every WIDTH.
 * Precision: the bound is derived in src/dynamic_ai/inference/operators.py, and holds fused or not, with denormals or not.
 *            NaN goes through everything, as IEEE 754 has it: no fmin, no fmax.
 * Macros:    REAL_BITS, WIDTH, GROUP, see common/lanes.clh
 */
#include "common/lanes.clh"

#pragma OPENCL FP_CONTRACT ON

/* Column `at` of WIDTH rows from `first`, of which rows beyond the last are read as 0. */
static inline VREAL gathered(__global const REAL *restrict from, const uint rows, const uint first, const uint width,
                             const uint at)
{
    REAL lanes[WIDTH];
    UNROLL
    for (uint lane = 0; lane < WIDTH; ++lane)
        lanes[lane] = first + lane < rows ? from[(ulong)(first + lane) * width + at] : 0;
    return VLOAD(private, lanes);
}

static inline void scattered(__global REAL *restrict to, const uint rows, const uint first, const uint width, const uint at,
                             const VREAL value)
{
    REAL lanes[WIDTH];
    VSTORE(private, value, lanes);
    for (uint lane = 0; lane < WIDTH && first + lane < rows; ++lane)
        to[(ulong)(first + lane) * width + at] = lanes[lane];
}

static inline VREAL clipped(const VREAL x, const VREAL low, const VREAL high)
{
    const VREAL raised = x < low ? low : x;
    return raised > high ? high : raised;
}

static inline VREAL rectified(const VREAL x)
{
    return x < 0 ? 0 : x;
}

/* exp of what is large and negative is 0, of what is large and positive infinity, and 1 / infinity is 0. */
static inline VREAL logistic(const VREAL x)
{
    return 1 / (1 + exp(-x));
}
