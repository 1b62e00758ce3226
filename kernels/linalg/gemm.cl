/* Product of two matrices, plus a row of biases, through an activation: c = f(a b + bias), a layer of a network.
 *
 * Layout:    a is REAL[m][k], b REAL[k][n], bias REAL[n], c REAL[m][n], all by rows.
 * Work:      a group makes a tile of 48 x 64 of c from strips of 32 columns of a and 32 rows of b in local memory. It is
 *            cut into pieces of 6 rows by 2 vectors, whose 12 sums stay in registers for a strip: a core that begins two
 *            multiply-adds a cycle and ends them after four has 8 on their way. An item has PIECES of them.
 * Precision: every c is one chain of k multiply-adds, in the order of k, whatever GROUP and WIDTH are. The bound is
 *            derived in src/dynamic_engines/library/linalg/gemm.py, and holds in any order, so also with relaxed maths.
 * Needs:     m n >= 1, m, n, k < 2^31, every value finite, k |a| |b| + |bias| below half of REAL's largest; local memory
 *            for 3584 REALs.
 * Macros:    REAL_BITS, see common/real.clh
 *            WIDTH  lanes in a vector of at most 256 bits; GROUP items, which with WIDTH divide 64
 *            ACTIVATION  0 none, 1 max(x, 0), 2 tanh, 3 logistic
 */
#include "common/lanes.clh"

/* Fused or not, the bound holds; PoCL 3.0 calls fma() as a function, but fuses what it may. */
#pragma OPENCL FP_CONTRACT ON

#define ROWS 6
#define TILE_M 48
#define TILE_N 64
#define TILE_K 32
/* Vectors that an item reads before it stores them: one at a time waits for memory. They divide a tile evenly. */
#define READ (GROUP * WIDTH > 64 ? 2 : 4)
#define COLUMNS (2 * WIDTH)
#define ACROSS (TILE_N / COLUMNS)
#define PIECES (TILE_M / ROWS * ACROSS / GROUP)

static inline REAL activated(const REAL x)
{
#if ACTIVATION == 1
    return x < 0 ? 0 : x; /* NaN stays NaN: what a network makes of it must show */
#elif ACTIVATION == 2
    return tanh(x);
#elif ACTIVATION == 3
    return 1 / (1 + exp(-x));
#else
    return x;
#endif
}

/* Copies the part of a matrix that begins at (row, column) into local memory, by vectors where all of it is there, and
 * with 0 for what is not. */
static inline void stage(__local REAL *to, __global const REAL *restrict from, const uint row, const uint column,
                         const uint rows, const uint columns, const uint high, const uint wide)
{
    if (row + high <= rows && column + wide <= columns) {
        for (uint at = get_local_id(0) * WIDTH; at < high * wide; at += READ * GROUP * WIDTH) {
            VREAL read[READ];
            UNROLL
            for (uint v = 0; v < READ; ++v) {
                const uint k = at + v * GROUP * WIDTH;
                read[v] = VLOAD(global, from + (ulong)(row + k / wide) * columns + column + k % wide);
            }
            UNROLL
            for (uint v = 0; v < READ; ++v)
                VSTORE(local, read[v], to + at + v * GROUP * WIDTH);
        }
        return;
    }
    for (uint at = get_local_id(0); at < high * wide; at += GROUP) {
        const uint i = row + at / wide, j = column + at % wide;
        to[at] = i < rows && j < columns ? from[(ulong)i * columns + j] : 0;
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void gemm(const uint m, const uint n, const uint k, __global const REAL *restrict a, __global const REAL *restrict b,
          __global const REAL *restrict bias, __global REAL *restrict c)
{
    __local REAL left[TILE_M * TILE_K], right[TILE_K * TILE_N];
    const uint tiles = (n + TILE_N - 1) / TILE_N;
    const uint first_row = get_group_id(0) / tiles * TILE_M, first_column = get_group_id(0) % tiles * TILE_N;
    VREAL sums[PIECES][ROWS][2];
    for (uint p = 0; p < PIECES; ++p) {
        UNROLL
        for (uint r = 0; r < ROWS; ++r)
            sums[p][r][0] = sums[p][r][1] = 0;
    }
    for (uint strip = 0; strip < k; strip += TILE_K) {
        barrier(CLK_LOCAL_MEM_FENCE);
        stage(left, a, first_row, strip, m, k, TILE_M, TILE_K);
        stage(right, b, strip, first_column, k, n, TILE_K, TILE_N);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint p = 0; p < PIECES; ++p) {
            const uint piece = p * GROUP + get_local_id(0);
            __local const REAL *rows = left + piece / ACROSS * ROWS * TILE_K;
            __local const REAL *columns = right + piece % ACROSS * COLUMNS;
            VREAL sum[ROWS][2];
            UNROLL
            for (uint r = 0; r < ROWS; ++r) {
                sum[r][0] = sums[p][r][0];
                sum[r][1] = sums[p][r][1];
            }
            for (uint step = 0; step < TILE_K; ++step) {
                const VREAL one = VLOAD(local, columns + step * TILE_N), two = VLOAD(local, columns + step * TILE_N + WIDTH);
                UNROLL
                for (uint r = 0; r < ROWS; ++r) {
                    const VREAL factor = rows[r * TILE_K + step];
                    sum[r][0] += factor * one;
                    sum[r][1] += factor * two;
                }
            }
            UNROLL
            for (uint r = 0; r < ROWS; ++r) {
                sums[p][r][0] = sum[r][0];
                sums[p][r][1] = sum[r][1];
            }
        }
    }
    for (uint p = 0; p < PIECES; ++p) {
        const uint piece = p * GROUP + get_local_id(0);
        UNROLL
        for (uint r = 0; r < ROWS; ++r) {
            REAL each[COLUMNS];
            VSTORE(private, sums[p][r][0], each);
            VSTORE(private, sums[p][r][1], each + WIDTH);
            const uint row = first_row + piece / ACROSS * ROWS + r;
            for (uint q = 0; q < COLUMNS; ++q) {
                const uint column = first_column + piece % ACROSS * COLUMNS + q;
                if (row < m && column < n)
                    c[(ulong)row * n + column] = activated(each[q] + bias[column]);
            }
        }
    }
}
