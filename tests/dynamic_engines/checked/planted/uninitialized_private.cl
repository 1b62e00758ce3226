__kernel __attribute__((reqd_work_group_size(8, 1, 1)))
void uninitialized_private(const uint n, __global const float *x, __global float *y)
{
    const uint i = get_global_id(0);
    float sum;
    for (uint k = 0; k < 4; ++k)
        sum += x[k];
    y[i] = sum;
}
