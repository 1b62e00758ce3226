__kernel __attribute__((reqd_work_group_size(8, 1, 1)))
void local_race(const uint n, __global const float *x, __global float *y)
{
    __local float shared[8];
    const uint k = get_local_id(0);
    shared[k] = x[get_global_id(0)];
    barrier(CLK_LOCAL_MEM_FENCE);
    y[get_global_id(0)] = shared[(k + 1) % 8];
}
